"""Make *.x.out.bin: answers of LiteRT with XNNPACK ("family X", one rounding), and compare.

usage: python make_single_rounding.py
"""
import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_facts
from check_facts import Case, F, ROOT
from oracles import ask

MODELS = ROOT.parent.parent / "examples" / "models"
STORE = ("double_rounding", "basic", "per_channel", "valid_3x3", "same_3x3", "same_stride_2", "relu6", "batch_3", "pointwise")


def once(acc, m, e):
    """Multiply and shift in 64 bits, one rounding, ties upward."""
    return (acc * m + (1 << (30 - e))) >> (31 - e)


def compare(case, got):
    """Unequal values against R, 64-bit single rounding, and float32 with ties to even."""
    op = case[0]
    def count(f):
        old = check_facts.mul
        check_facts.mul = f
        c = Case(*case)
        bad = sum(int((np.ravel(a) != np.ravel(b).astype(np.int64)).sum())
                  for (ins, _), run in zip(c.runs, got) for a, b in zip(check_facts.CHECKS[op](c, c.values(ins)), run))
        check_facts.mul = old
        return bad
    real = {}
    old = check_facts.quantise_multiplier
    def remember(r):
        m = old(r)
        real[m] = F(r)
        return m
    check_facts.quantise_multiplier = remember
    def by_float(acc, m, e):
        return int(np.rint(F(F(acc) * real[(m, e)])))
    result = count(check_facts.mul), count(once), count(by_float)
    check_facts.quantise_multiplier = old
    return result


def main():
    total = {}
    for op in ("conv_2d", "depthwise_conv_2d", "fully_connected"):
        for path in sorted((ROOT / op).glob("*_int8.tflite")):
            c = Case(op, path.stem)
            got, why = ask("litert_xnnpack", path.read_bytes(), [ins for ins, _ in c.runs], len(c.outs))
            if got is None:
                print(f"{op}/{path.stem}: refused: {why}")
                continue
            n = sum(a.size for run in got for a in run)
            t = total.setdefault(op, np.zeros(4, int))
            t += [n, *compare((op, path.stem), got)]
            if path.stem[: -len("_int8")].startswith(STORE):
                path.with_name(f"{path.stem}.x.out.bin").write_bytes(b"".join(np.ascontiguousarray(a).tobytes() for run in got for a in run))
    for op, (n, r, x, f) in total.items():
        print(f"{op}: {n} values; unequal to R {r}, to 64-bit single rounding {x}, to float32 ties-to-even {f}")
    name = MODELS / "digits_int8"
    data = np.frombuffer(pathlib.Path(f"{name}.in.bin").read_bytes(), np.int8).reshape(-1, 1, 8, 8, 1)
    got, why = ask("litert_xnnpack", pathlib.Path(f"{name}.tflite").read_bytes(), [[d] for d in data], 1)
    answer = b"".join(run[0].tobytes() for run in got)
    r = pathlib.Path(f"{name}.out.bin").read_bytes()
    pathlib.Path(f"{name}.x.out.bin").write_bytes(answer)
    rows = [(answer[i : i + 10], r[i : i + 10]) for i in range(0, len(r), 10)]
    print(f"digits_int8: {sum(a != b for a, b in rows)} of {len(rows)} runs differ from R, "
          f"{sum(p != q for a, b in rows for p, q in zip(a, b))} bytes")


if __name__ == "__main__":
    main()
