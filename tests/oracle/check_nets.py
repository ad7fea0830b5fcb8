"""Ask the runtimes about networks that shrinc trained and quantised: python check_nets.py SHRINC FILE.tflite...

The answers of `shrinc run` must be those of the runtimes, over inputs made here:
  TFLite Micro   int8, int16: every byte; float: 1e-5 of the largest answer. It has no hybrid kernels and no float16 weights.
  LiteRT, reference kernels   float, float16, hybrid: 1e-5; int8: 1 step, int16: 2 (where it differs from TFLite Micro, whose
                    bytes are ours)
  LiteRT, XNNPACK   float, float16: 1e-5; int8, int16: 2 steps (it rounds otherwise); hybrid: a tenth of the largest, a check of
                    sanity (it quantises each row of pixels by itself; 0.053 was seen on a keyword model)
The last line is "N passed, N failed".
"""
import pathlib
import subprocess
import sys
import tempfile
import zlib

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from build import fb
from oracles import ask

NUMPY = {fb.TensorType.FLOAT32: np.float32, fb.TensorType.INT8: np.int8, fb.TensorType.INT16: np.int16}
LIMITS = {  # steps of an integer output, or shares of the largest answer; None: the runtime refuses
    "int": {"tflm": 0, "litert_ref": 1, "litert_xnnpack": 2},
    "int16": {"tflm": 0, "litert_ref": 2, "litert_xnnpack": 2},
    "float": {"tflm": 1e-5, "litert_ref": 1e-5, "litert_xnnpack": 1e-5},
    "float16": {"tflm": None, "litert_ref": 1e-5, "litert_xnnpack": 1e-5},
    "hybrid": {"tflm": None, "litert_ref": 1e-5, "litert_xnnpack": 0.1},
}


def kind_of(g):
    types = {t.type for t in g.tensors}
    if g.tensors[g.inputs[0]].type == fb.TensorType.INT8:
        return "int"
    if g.tensors[g.inputs[0]].type == fb.TensorType.INT16:
        return "int16"
    return "float16" if fb.TensorType.FLOAT16 in types else "hybrid" if fb.TensorType.INT8 in types else "float"


def inputs(g, rng):
    runs = []
    for _ in range(6):
        run = []
        for t in (g.tensors[i] for i in g.inputs):
            if t.type == fb.TensorType.FLOAT32:
                run.append(rng.normal(0, 1.5, t.shape).astype(np.float32))
            else:
                info = np.iinfo(NUMPY[t.type])
                run.append(np.clip(rng.normal(0, info.max / 2, t.shape), info.min, info.max).astype(NUMPY[t.type]))
        runs.append(run)
    return runs


def answers(shrinc, path, runs, type):
    with tempfile.TemporaryDirectory() as d:
        (pathlib.Path(d) / "in.bin").write_bytes(b"".join(a.tobytes() for r in runs for a in r))
        subprocess.run([shrinc, "run", path, "--input", f"{d}/in.bin", "--output", f"{d}/out.bin"], check=True, capture_output=True)
        return np.fromfile(f"{d}/out.bin", NUMPY[type]).astype(np.float64)


def main():
    passed = failed = 0
    for path in sys.argv[2:]:
        data = pathlib.Path(path).read_bytes()
        g = fb.ModelT.InitFromPackedBuf(data).subgraphs[0]
        runs = inputs(g, np.random.default_rng(zlib.crc32(path.encode())))
        kind = kind_of(g)
        got = answers(sys.argv[1], path, runs, g.tensors[g.outputs[0]].type)
        for oracle, limit in LIMITS[kind].items():
            want, why = ask(oracle, data, runs, 1)
            if limit is None:
                continue
            if want is None:
                error = f"{oracle} refuses it: {why[:200]}"
            else:
                want = np.concatenate([r[0].ravel() for r in want]).astype(np.float64)
                most = 1.0 if kind in ("int", "int16") else np.abs(want).max()
                worst = np.abs(want - got).max() / most
                error = "" if worst <= limit else f"{oracle} differs by {worst:g}, {limit:g} is allowed"
            passed += not error
            failed += bool(error)
            if error:
                print(f"FAIL export oracle: {pathlib.Path(path).name}: {error}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
