"""Ask LiteRT (reference kernels, XNNPACK) and TFLite Micro about .tflite files that shrinc wrote.

usage: python check_export.py LIST    lines "WRITTEN ORIGINAL"; ORIGINAL's inputs are ORIGINAL with .in.bin

A written file must be what TFLite's own schema says, name what the original names, and give in every runtime the very
bytes that the original gives there. The first file has metadata (tests/export/export_test.c): checked against
TFLite's metadata format. The last line is "N passed, N failed".
"""
import json
import pathlib
import struct
import sys
import zipfile

import flatbuffers
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from build import fb
from oracles import ask

NUMPY = {fb.TensorType.FLOAT32: np.float32, fb.TensorType.INT8: np.int8, fb.TensorType.UINT8: np.uint8, fb.TensorType.INT16: np.int16,
         fb.TensorType.INT32: np.int32, fb.TensorType.INT64: np.int64, fb.TensorType.BOOL: np.bool_, fb.TensorType.FLOAT16: np.float16}
passed = failed = 0


def report(good, what):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL export oracle:", what)


def load(path):
    data = pathlib.Path(path).read_bytes()
    return data, fb.ModelT.InitFromPackedBuf(data)


def text(name):
    return name.decode() if isinstance(name, bytes) else name


def check_schema(path, model):
    """Every reference in range, sizes right, and packing it again loses nothing."""
    g = model.subgraphs[0]
    good = model.version == 3 and len(model.subgraphs) == 1 and not model.buffers[0].data
    for t in g.tensors:
        data = model.buffers[t.buffer].data
        if data is not None and len(data):
            good &= len(data) == int(np.prod(t.shape)) * np.dtype(NUMPY[t.type]).itemsize
    used = {i for o in g.operators for i in [*o.inputs, *o.outputs] if i >= 0} | {*g.inputs, *g.outputs}
    good &= used == set(range(len(g.tensors)))
    good &= all(o.opcodeIndex < len(model.operatorCodes) for o in g.operators)
    b = flatbuffers.Builder(1024)
    b.Finish(model.Pack(b), b"TFL3")
    again = fb.ModelT.InitFromPackedBuf(bytes(b.Output()))
    good &= [text(t.name) for t in again.subgraphs[0].tensors] == [text(t.name) for t in g.tensors]
    report(good, f"{path}: not as the schema wants it")


def edge_names(model):
    g = model.subgraphs[0]
    return [text(g.tensors[i].name) for i in [*g.inputs, *g.outputs]]


def feeds(model, path):
    g = model.subgraphs[0]
    raw = pathlib.Path(path).read_bytes()
    runs, at = [], 0
    while at < len(raw) or not runs:
        ins = []
        for i in g.inputs:
            t = g.tensors[i]
            n = int(np.prod(t.shape)) * np.dtype(NUMPY[t.type]).itemsize
            ins.append(np.frombuffer(raw[at:at + n], NUMPY[t.type]).reshape(t.shape))
            at += n
        runs.append(ins)
        if not g.inputs.size or len(runs) == 4:
            break
    return runs


def same(a, b):
    return all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for p, q in zip(a, b) for x, y in zip(p, q))


def check_answers(written, original, wrote, orig, with_metadata):
    runs = feeds(orig, str(original)[:-len(".tflite")] + ".in.bin")
    outputs = len(orig.subgraphs[0].outputs)
    for oracle in ("tflm", "litert_ref", "litert_xnnpack"):
        want, _ = ask(oracle, pathlib.Path(original).read_bytes(), runs, outputs)
        got, why = ask(oracle, wrote, runs, outputs)
        if want is None and got is None:
            continue
        report(want is not None and got is not None and same(want, got) if want is not None else True,
               f"{written}: {oracle}: " + (f"refuses it: {why[:200]}" if got is None else "other answers than the original's"))


# --- TFLite metadata, field by field: metadata_schema.fbs is not in the packages ---

class Table:
    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def where(self, slot):
        size = struct.unpack_from("<H", self.data, self.vtable)[0]
        o = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * slot)[0] if 4 + 2 * slot < size else 0
        return self.at + o if o else None

    def follow(self, slot):
        at = self.where(slot)
        return None if at is None else at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, slot):
        return Table(self.data, self.follow(slot))

    def byte(self, slot):
        at = self.where(slot)
        return 0 if at is None else self.data[at]

    def string(self, slot):
        at = self.follow(slot)
        if at is None:
            return None
        n = struct.unpack_from("<I", self.data, at)[0]
        assert self.data[at + 4 + n] == 0
        return self.data[at + 4:at + 4 + n].decode()

    def floats(self, slot):
        at = self.follow(slot)
        return list(struct.unpack_from(f"<{struct.unpack_from('<I', self.data, at)[0]}f", self.data, at + 4))

    def tables(self, slot):
        at = self.follow(slot)
        if at is None:
            return []
        n = struct.unpack_from("<I", self.data, at)[0]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in range(at + 4, at + 4 + 4 * n, 4)]


def check_metadata(path, wrote, model):
    entries = {text(m.name): bytes(model.buffers[m.buffer].data) for m in model.metadata or []}
    report({"TFLITE_METADATA", "shrinc"} <= entries.keys(), f"{path}: metadata {sorted(entries)}")
    data = entries["TFLITE_METADATA"]
    report(data[4:8] == b"M001", f"{path}: TFLite metadata without their identifier")
    root = Table(data, struct.unpack_from("<I", data, 0)[0])
    sub = root.tables(3)[0]
    ins, outs = sub.tables(2), sub.tables(3)
    g = model.subgraphs[0]
    report((len(ins), len(outs)) == (len(g.inputs), len(g.outputs)), f"{path}: metadata of {len(ins)} inputs and {len(outs)} outputs")
    report([t.string(0) for t in ins + outs] == ["speed_0", "force_0"], f"{path}: names {[t.string(0) for t in ins + outs]}")
    unit = ins[0].tables(4)[0]
    report(unit.byte(0) == 1, f"{path}: the process unit is no NormalizationOptions")
    mean, deviation = unit.table(1).floats(0), unit.table(1).floats(1)
    document = json.loads(entries["shrinc"])
    said = document["inputs"][0]
    report(np.allclose(mean, said["offset"]) and np.allclose(1 / np.float32(deviation), said["gain"]), f"{path}: {mean} {deviation} {said}")
    report(document["schema"] == "shrinc/model/1" and document["notes"]["training"] == "replaced: epochs 501\nseed 1" and
           said["units"] == "m/s\u00b2", f"{path}: {document}")
    file = outs[0].tables(6)[0]
    report((file.string(0), file.byte(2)) == ("labels.txt", 2), f"{path}: the label file is called {file.string(0)}")
    with zipfile.ZipFile(path) as z:
        report(z.testzip() is None and z.read("labels.txt").decode() == 'background\ngr\u00f6\u00dfe, "quoted"\n\nlast\n',
               f"{path}: the labels in the archive are damaged")
    from ai_edge_litert import interpreter as litert
    signature = litert.Interpreter(model_content=wrote).get_signature_list()
    report(signature == {"serving_default": {"inputs": ["speed_0"], "outputs": ["force_0"]}}, f"{path}: signature {signature}")


def main():
    lines = [l.split() for l in pathlib.Path(sys.argv[1]).read_text().splitlines()]
    for i, (written, original) in enumerate(lines):
        wrote, model = load(written)
        _, orig = load(original)
        check_schema(written, model)
        report(edge_names(model) == edge_names(orig), f"{written}: inputs and outputs are called {edge_names(model)}")
        if i == 0:
            check_metadata(written, wrote, model)
        check_answers(written, original, wrote, orig, i == 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
