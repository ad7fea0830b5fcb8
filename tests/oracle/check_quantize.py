"""Models that shrinc quantised, asked of TFLite Micro and of LiteRT with and without XNNPACK.
Usage: check_quantize.py SHRINC FILE.tflite...   Random inputs (seeded); the last line is "N passed, N failed".
TFLite Micro must give the bytes of `shrinc run`, floats within 1e-5 of the largest. LiteRT rounds once in some kernels
and twice in others: integers within STEPS of either rounding family, floats within as many steps of the last scale; the
report says how many are equal.
SPDX-License-Identifier: Apache-2.0"""
import os
import subprocess
import sys
import tempfile

import numpy as np

import oracles

RUNS = 8
STEPS = 4          # of the output's scale, LiteRT int8
STEPS_16 = 8       # of an int16 output: LiteRT's int16 kernels keep 16 bits of a multiplier at another place
HYBRID = 0.15      # int8 weights, float activations: XNNPACK rounds the activations in its own way


def shrinc_run(shrinc, path, inputs, family, dtype):
    with tempfile.TemporaryDirectory() as tmp:
        source, target = os.path.join(tmp, "in.bin"), os.path.join(tmp, "out.bin")
        with open(source, "wb") as f:
            for run in inputs:
                for a in run:
                    f.write(a.tobytes())
        subprocess.run([shrinc, "run", path, "--input", source, "--output", target, "--rounding", family], check=True)
        with open(target, "rb") as f:
            return f.read()


def split(blob, details, runs):
    """Bytes of all outputs, run after run, to arrays."""
    at, out = 0, []
    for _ in range(runs):
        row = []
        for d in details:
            n = int(np.prod(d["shape"])) * np.dtype(d["dtype"]).itemsize
            row.append(np.frombuffer(blob[at:at + n], d["dtype"]).reshape(d["shape"]))
            at += n
        out.append(row)
    return out


def make_inputs(details, seed):
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(RUNS):
        row = []
        for d in details:
            if np.issubdtype(d["dtype"], np.floating):
                row.append(rng.uniform(-1.5, 1.5, d["shape"]).astype(d["dtype"]))
            else:
                i = np.iinfo(d["dtype"])
                row.append(rng.integers(i.min, i.max + 1, d["shape"]).astype(d["dtype"]))
        out.append(row)
    return out


def distance(got, want):
    """Largest distance, share of equal elements; floats: relative to the largest."""
    worst, equal, count = 0.0, 0, 0
    for g, w in zip(got, want):
        for a, b in zip(g, w):
            d = np.abs(a.astype(np.float64) - b.astype(np.float64))
            if np.issubdtype(b.dtype, np.floating):
                d = d / max(np.abs(b).max(), 1e-30)
            worst = max(worst, float(d.max()))
            equal += int((d == 0).sum())
            count += d.size
    return worst, equal / count


def is_wide(details):
    return any(np.dtype(d["dtype"]).itemsize == 2 for d in details)


def is_hybrid(it):
    """Float16 tensors, or int8 weights in a model without an int8 activation."""
    kinds = {np.dtype(d["dtype"]).name for d in it.get_tensor_details()}
    ops = {o["op_name"] for o in it._get_ops_details()}
    return "float16" in kinds or ("int8" in kinds and "QUANTIZE" not in ops and "DEQUANTIZE" not in ops and
                                  all(np.issubdtype(d["dtype"], np.floating) for d in it.get_input_details()))


def check(shrinc, path, seed):
    with open(path, "rb") as f:
        model = f.read()
    it = oracles.litert.Interpreter(model_content=model)
    it.allocate_tensors()
    ins, outs = it.get_input_details(), it.get_output_details()
    inputs = make_inputs(ins, seed)
    ours = {k: split(shrinc_run(shrinc, path, inputs, k, None), outs, RUNS) for k in ("tflite", "single")}
    floats = all(np.issubdtype(d["dtype"], np.floating) for d in outs)
    wide = is_wide(ins) or is_wide(it.get_tensor_details())
    good = True
    for oracle in oracles.ORACLES:
        got, why = oracles.ask(oracle, model, inputs, len(outs))
        name = os.path.basename(path)
        if got is None:
            hybrid = is_hybrid(it)  # TFLite Micro has neither float16 nor hybrid layers
            print(f"{'SKIPPED' if oracle == 'tflm' and hybrid else 'FAIL'} {name} {oracle}: refused: {why[:200]}")
            good = good and oracle == "tflm" and hybrid
            continue
        got = [[np.asarray(a).reshape(d["shape"]) for a, d in zip(run, outs)] for run in got]
        results = {k: distance(got, ours[k]) for k in ours}
        family = min(results, key=lambda k: (-results[k][1], results[k][0]))
        worst, equal = results["tflite"] if oracle == "tflm" else results[family]
        limit = (1e-5 if floats else 0) if oracle == "tflm" else \
            (HYBRID if is_hybrid(it) else 0.05 if floats else STEPS_16 if wide else STEPS)
        ok = worst <= limit
        good = good and ok
        print(f"{'ok' if ok else 'FAIL'} {name} {oracle}: {equal:.1%} equal, worst {worst:g}"
              f"{'' if oracle == 'tflm' else ' (rounding ' + family + ')'}")
    return good


def main():
    shrinc, passed, failed = sys.argv[1], 0, 0
    for i, path in enumerate(sys.argv[2:]):
        ok = check(shrinc, path, i)
        passed += ok
        failed += not ok
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
