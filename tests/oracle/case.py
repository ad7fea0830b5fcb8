"""One test case: a model, random inputs, and what the oracle answers."""
import csv
import pathlib
import zlib

import numpy as np

from build import Graph, TYPES, snake
from oracles import ask

ROOT = pathlib.Path(__file__).resolve().parent.parent / "vectors"
CASES = []  # (op, case, type, build function, inputs, outputs, runs, oracle)


def noise(rng, run, t):
    """Even runs: uniform over the type, with its extremes. Odd runs: near the middle."""
    shape, n = t.shape, int(np.prod(t.shape))
    if t.type == "bool":
        return rng.integers(0, 2, shape).astype(np.bool_)
    if t.type == "float32":
        low, high = t.range or (-4.0, 4.0)
        a = rng.uniform(low, high, n) if run % 2 == 0 else np.clip(
            rng.normal((low + high) / 2, (high - low) / 8, n), low, high)
        if run == 0 and n > 2:
            a[rng.integers(n)] = low
            a[rng.integers(n)] = high
        return a.astype(np.float32).reshape(shape)
    info = np.iinfo(TYPES[t.type][1])
    low, high = t.range or ((info.min, info.max) if info.bits <= 16 else (-100, 100))
    if run % 2 == 0:
        a = rng.integers(low, high, n, endpoint=True)
        if n > 2:
            a[rng.integers(n)] = low
            a[rng.integers(n)] = high
    else:
        zero = int(np.ravel(t.zero)[0]) if t.scale is not None else (low + high) // 2
        a = np.clip(np.rint(rng.normal(zero, (high - low) / 8, n)), low, high)
    return a.astype(TYPES[t.type][1]).reshape(shape)


def add(op, case, type, operators, inputs, outputs, runs=3, oracle=None, others=()):
    """Register a case. operators as in Graph.subgraph; others: further subgraphs."""
    CASES.append((snake(op), snake(case), type, operators, inputs, outputs, runs, oracle, others))


def single(op, case, type, ins, outs, options=None, runs=3, version=1, oracle=None):
    """A case of one operator; tensors without data are the model's inputs."""
    inputs = []
    for t in ins:
        if t is not None and t.data is None and not t.variable and all(t is not o for o in inputs):
            inputs.append(t)
    add(op, case, type, [(op, ins, outs, options, version)], inputs, outs, runs, oracle)


def pack(operators, inputs, outputs, others):
    g = Graph()
    g.subgraph(inputs, outputs, operators)
    for ins, outs, ops in others:
        g.subgraph(ins, outs, ops)
    return g.pack()


def same(a, b):
    """Exact for whole numbers, 1e-5 of the largest answer for real ones."""
    if a is None or b is None:
        return False
    for x, y in zip((t for r in a for t in r), (t for r in b for t in r)):
        if x.dtype != y.dtype or x.size != y.size:
            return False
        if x.dtype != np.float32:
            if not np.array_equal(x.ravel(), y.ravel()):
                return False
        elif x.size and not np.all(np.abs(x.ravel() - y.ravel()) <= 1e-5 * max(np.abs(y).max(), 1e-30)):
            return False
    return True


def make(only=None):
    """Write every case. Returns the rows of the index and a list of remarks."""
    rows, remarks, seen = [], [], set()
    for op, case, type, operators, inputs, outputs, runs, oracle, others in CASES:
        if only and not any(f"{op}/{case}".startswith(o) if "/" in o else op == o for o in only):
            continue
        if (op, case) in seen:
            raise SystemExit(f"{op}/{case} exists twice")
        seen.add((op, case))
        rng = np.random.default_rng(zlib.crc32(f"{op}/{case}".encode()))
        feeds = [[np.ascontiguousarray((t.make(rng, r) if t.make else noise(rng, r, t)).astype(TYPES[t.type][1])).reshape(t.shape)
                  for t in inputs] for r in range(runs)]
        model = pack(operators, inputs, outputs, others)
        ref, ref_why = ask("litert_ref", model, feeds, len(outputs))
        if any(t.shape is None for t in outputs):
            if ref is None:
                remarks.append(f"{op}/{case}: NO SHAPE, litert_ref: {ref_why}")
                continue
            for t, a in zip(outputs, ref[0]):
                t.shape = list(a.shape)
            model = pack(operators, inputs, outputs, others)
        micro, micro_why = ask("tflm", model, feeds, len(outputs))
        narrow = [t for _, ins, _, _, _ in operators for t in ins if t is not None and t.type == "int4"]
        if micro is None and narrow:  # TFLM's int8 kernel has the same arithmetic
            for t in narrow:
                t.type = "int8"
            micro, micro_why = ask("tflm", pack(operators, inputs, outputs, others), feeds, len(outputs))
        if oracle == "litert_ref":
            answer, used = ref, "litert_ref"
        else:
            answer, used = (micro, "tflm") if micro is not None else (ref, "litert_ref")
        if answer is None:
            remarks.append(f"{op}/{case}: REFUSED tflm: {micro_why} || litert_ref: {ref_why}")
            continue
        if micro is None:
            remarks.append(f"{op}/{case}: tflm refuses: {micro_why}")
        elif ref is None:
            remarks.append(f"{op}/{case}: litert_ref refuses: {ref_why}")
        elif not same(micro, ref):
            worst = max(float(np.max(np.abs(x.ravel().astype(float) - y.ravel().astype(float)))) if x.size == y.size else -1
                        for a, b in zip(micro, ref) for x, y in zip(a, b) if x.size)
            remarks.append(f"{op}/{case}: tflm and litert_ref differ by up to {worst:g}")
        flat = np.concatenate([np.ravel(x).astype(float) for r in answer for x in r]) if answer else np.zeros(0)
        if flat.size > 8 and len(np.unique(flat)) < 3 and answer[0][0].dtype != np.bool_:
            remarks.append(f"{op}/{case}: answers hold only {len(np.unique(flat))} values")
        if not np.all(np.isfinite(flat)):
            remarks.append(f"{op}/{case}: answers hold inf or nan")
        folder = ROOT / op
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{case}.tflite").write_bytes(model)
        (folder / f"{case}.in.bin").write_bytes(b"".join(a.tobytes() for r in feeds for a in r))
        (folder / f"{case}.out.bin").write_bytes(b"".join(np.ascontiguousarray(a).tobytes() for r in answer for a in r))
        kind = "float" if any(t.type == "float32" for t in outputs) else "exact"
        rows.append([op, case, type, used, kind])
    return rows, remarks


def write_index(rows):
    """Rows of operators not made this time stay."""
    path = ROOT / "INDEX.csv"
    made = {tuple(r[:2]) for r in rows}
    old = []
    if path.exists():
        with open(path, newline="") as f:
            old = [r for r in csv.reader(f)][1:]
    keep = [r for r in old if tuple(r[:2]) not in made and (ROOT / r[0] / f"{r[1]}.tflite").exists()]
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["op", "case", "type", "oracle", "tolerance"])
        w.writerows(sorted(keep + rows))
