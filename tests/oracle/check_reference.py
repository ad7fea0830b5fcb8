"""Ask TFLite about random configurations of tests/ref: is the reference itself right?

usage: build/tests/ref/fuzz_ops --rounding=tflite --save DIR OP 0 600; python check_reference.py DIR [ORACLE]
Each DIR/OP-SEED.tflite runs in TFLite Micro (or the named oracle); its answer is compared with .out.bin.
"""
import collections
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from build import TYPES, fb
from oracles import ask

NUMPY = {number: np.dtype(kind) for number, kind in TYPES.values()}


def arrays(graph, index, raw):
    runs, at = [], 0
    while at < len(raw) or not runs:
        run = []
        for i in index:
            t = graph.tensors[i]
            shape = [int(v) for v in t.shape] if t.shape is not None else []
            kind = NUMPY[t.type]
            n = int(np.prod(shape)) * kind.itemsize
            run.append(np.frombuffer(raw[at : at + n], kind).reshape(shape))
            at += n
        runs.append(run)
    return runs


def equal(got, want):
    if want.dtype.kind == "f":
        finite = want[np.isfinite(want)]
        most = np.abs(finite).max() if finite.size else 0.0
        with np.errstate(all="ignore"):
            fine = (np.abs(got.ravel() - want.ravel()) <= 1e-5 * most) | (got.ravel() == want.ravel())
        return bool((fine | (np.isnan(got.ravel()) & np.isnan(want.ravel()))).all())
    return bool((got.ravel() == want.ravel()).all())


def main():
    oracle = sys.argv[2] if len(sys.argv) > 2 else "tflm"
    count, shown = collections.Counter(), collections.Counter()
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tflite")):
        model = path.read_bytes()
        graph = fb.ModelT.InitFromObj(fb.Model.GetRootAsModel(model, 0)).subgraphs[0]
        ins = arrays(graph, graph.inputs, path.with_suffix(".in.bin").read_bytes())
        want = arrays(graph, graph.outputs, path.with_suffix(".out.bin").read_bytes())
        op = path.stem.split("-")[0]
        answer, why = ask(oracle, model, ins, len(graph.outputs))
        if answer is None:
            count[op, "refused"] += 1
            if shown[op, why[-60:]] < 1:
                shown[op, why[-60:]] += 1
                print(f"  {path.stem}: refused: {why[-300:]}")
            continue
        bad = [(a, b) for got, wish in zip(answer, want) for a, b in zip(got, wish) if not equal(a, b)]
        count[op, "differ" if bad else "equal"] += 1
        if bad and shown[op] < 4:
            shown[op] += 1
            a, b = bad[0]
            i = int(np.flatnonzero(a.ravel() != b.ravel())[0])
            kind = NUMPY[graph.tensors[graph.inputs[0]].type]
            print(f"  {path.stem} ({kind}): element {i}: {oracle} {a.ravel()[i]}, reference {b.ravel()[i]}")
    for op in sorted({op for op, _ in count}):
        print(f"{op}: {count[op, 'equal']} equal, {count[op, 'differ']} differ, {count[op, 'refused']} refused by {oracle}")


if __name__ == "__main__":
    main()
