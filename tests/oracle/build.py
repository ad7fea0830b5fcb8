"""Build small .tflite files field by field, with the flatbuffers object API."""
import dataclasses
import re

import flatbuffers
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as fb

TYPES = {  # name -> (TensorType, numpy type)
    "float32": (fb.TensorType.FLOAT32, np.float32),
    "float16": (fb.TensorType.FLOAT16, np.float16),
    "int8": (fb.TensorType.INT8, np.int8),
    "uint8": (fb.TensorType.UINT8, np.uint8),
    "int16": (fb.TensorType.INT16, np.int16),
    "int32": (fb.TensorType.INT32, np.int32),
    "int64": (fb.TensorType.INT64, np.int64),
    "bool": (fb.TensorType.BOOL, np.bool_),
    "resource": (fb.TensorType.RESOURCE, np.int32),
    "int4": (fb.TensorType.INT4, np.int8),
}

ACT = {"none": 0, "relu": 1, "relu_n1": 2, "relu6": 3, "tanh": 4}
PADDING = {"same": 0, "valid": 1}


@dataclasses.dataclass
class T:
    """One tensor. No data and not variable: it is produced, or a graph input."""
    shape: object  # list, or None: ask LiteRT
    type: str = "float32"
    scale: object = None  # number, or list for per-channel
    zero: object = 0
    data: object = None  # constant
    axis: int = 0  # quantized_dimension
    variable: bool = False
    range: object = None  # (low, high) of random input values
    make: object = None  # function(rng, run) -> array, for inputs that are not noise
    name: str = ""


def const(values, type="int32", **more):
    """A constant tensor holding exactly these values."""
    a = np.array(values, TYPES[type][1])
    return T(list(a.shape), type, data=a, **more)


def tensor_shape(t):
    return list(np.shape(t.data)) if t.shape is None and t.data is not None else list(t.shape or [])


def data_bytes(t):
    """A constant's bytes in the file; numbers of 4 bits lie two to a byte, the first one lower."""
    a = np.ascontiguousarray(t.data)
    if t.type == "int4":
        n = np.append(a.ravel(), np.zeros(a.size % 2, np.int8)).astype(np.uint8) & 15
        a = n[0::2] | n[1::2] << 4
    return a.tobytes()


class Graph:
    """A model under construction: subgraphs of operators over tensors."""

    def __init__(self):
        self.buffers = [fb.BufferT()]
        self.codes = []
        self.subgraphs = []

    def code(self, name, version=1):
        number = getattr(fb.BuiltinOperator, name)
        for i, c in enumerate(self.codes):
            if (c.builtinCode, c.version) == (number, version):
                return i
        c = fb.OperatorCodeT()
        c.builtinCode, c.deprecatedBuiltinCode, c.version = number, min(number, 127), version
        self.codes.append(c)
        return len(self.codes) - 1

    def subgraph(self, inputs, outputs, operators, name="main"):
        """operators: list of (op name, inputs, outputs, options or None, version)."""
        tensors, index = [], {}

        def add(t):
            if t is None:
                return -1
            if id(t) in index:
                return index[id(t)]
            f = fb.TensorT()
            f.shape = np.array(tensor_shape(t), np.int32)
            f.type = TYPES[t.type][0]
            f.name = t.name or f"t{len(tensors)}"
            f.isVariable = t.variable
            f.buffer = 0
            if t.data is not None:
                b = fb.BufferT()
                b.data = np.frombuffer(data_bytes(t), np.uint8)
                self.buffers.append(b)
                f.buffer = len(self.buffers) - 1
            if t.scale is not None:
                q = fb.QuantizationParametersT()
                q.scale = np.atleast_1d(np.array(t.scale, np.float32))
                q.zeroPoint = np.zeros(len(q.scale), np.int64) + np.array(t.zero, np.int64)
                q.quantizedDimension = t.axis
                f.quantization = q
            index[id(t)] = len(tensors)
            tensors.append(f)
            return index[id(t)]

        g = fb.SubGraphT()
        g.name = name
        g.inputs = np.array([add(t) for t in inputs], np.int32)
        g.operators = []
        for op, ins, outs, options, version in operators:
            o = fb.OperatorT()
            o.opcodeIndex = self.code(op, version)
            o.inputs = np.array([add(t) for t in ins], np.int32)
            o.outputs = np.array([add(t) for t in outs], np.int32)
            if options:
                kind, fields = options
                o.builtinOptionsType = getattr(fb.BuiltinOptions, kind)
                o.builtinOptions = getattr(fb, kind + "T")()
                for key, value in fields.items():
                    if not hasattr(o.builtinOptions, key):
                        raise AttributeError(f"{kind} has no {key}")
                    setattr(o.builtinOptions, key, value)
            g.operators.append(o)
        g.outputs = np.array([add(t) for t in outputs], np.int32)
        g.tensors = tensors
        self.subgraphs.append(g)

    def pack(self):
        m = fb.ModelT()
        m.version = 3
        m.description = "shrinc test vector"
        m.operatorCodes, m.subgraphs, m.buffers = self.codes, self.subgraphs, self.buffers
        b = flatbuffers.Builder(1024)
        b.Finish(m.Pack(b), b"TFL3")
        return bytes(b.Output())


def snake(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
