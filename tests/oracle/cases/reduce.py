"""Reductions along axes, and conversions between types."""
import numpy as np

from build import T, const
from build import fb
from case import single
from cases.arithmetic import quant
from cases.unary import every

AXES = {  # name -> (shape, axes)
    "spatial": ([1, 5, 7, 3], [1, 2]),
    "spatial_7": ([1, 7, 7, 5], [1, 2]),
    "spatial_batch": ([2, 3, 3, 4], [1, 2]),
    "last": ([2, 3, 5], [2]),
    "last_negative": ([2, 3, 5], [-1]),
    "first": ([3, 5], [0]),
    "middle": ([2, 3, 5], [1]),
    "outer_inner": ([2, 3, 5], [0, 2]),
    "unsorted": ([2, 3, 4, 5], [3, 1]),
    "repeated": ([2, 3, 5], [1, 1]),
    "all": ([3, 5, 2], [0, 1, 2]),
    "rank_1": ([33], [0]),
    "one": ([1], [0]),
    "height": ([1, 5, 4, 3], [1]),
    "width": ([1, 5, 4, 3], [2]),
}
for op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"):
    for kind in ("float32", "int8", "int16") if op in ("MEAN", "SUM") else ("float32", "int8"):
        for name, (shape, axes) in AXES.items():
            for keep in (False, True):
                if keep and name not in ("spatial", "last_negative", "unsorted", "all"):
                    continue
                gain = 1 if op != "SUM" else np.sqrt(np.prod(shape))
                q, y = quant(kind, 0.05, 3), quant(kind, 0.05 * gain, 3)
                if op in ("MEAN", "SUM") and "zero" in y and kind == "int8":
                    y["zero"] = -9
                    y["scale"] *= 0.4
                single(op, f"{name}{'_keep' if keep else ''}_{kind}", kind, [T(shape, **q), const(axes)], [T(None, **y)],
                       ("ReducerOptions", dict(keepDims=keep)))
    for name in ("spatial", "last", "all"):
        shape, axes = AXES[name]
        q = dict(type="int8", scale=0.05, zero=3)
        single(op, f"{name}_same_scale_int8", "int8", [T(shape, **q), const(axes)], [T(None, **q)],
               ("ReducerOptions", dict(keepDims=False)))
        single(op, f"{name}_same_scale_zero_low_int8", "int8", [T(shape, "int8", 0.05, -128), const(axes)],
               [T(None, "int8", 0.05, -128)], ("ReducerOptions", dict(keepDims=False)))
    if op in ("MEAN", "SUM"):
        for name in ("spatial", "last"):
            shape, axes = AXES[name]
            single(op, f"{name}_zero_low_int8", "int8", [T(shape, "int8", 0.05, -128), const(axes)],
                   [T(None, "int8", 0.06 if op == "MEAN" else 0.9, -128)], ("ReducerOptions", dict(keepDims=False)))
            single(op, f"{name}_multiplier_above_1_int8", "int8", [T(shape, "int8", 0.05, 3, range=(-5, 10)), const(axes)],
                   [T(None, "int8", 0.011, 3)], ("ReducerOptions", dict(keepDims=False)))
            single(op, f"{name}_other_scale_int16", "int16", [T(shape, "int16", 0.0005, 0), const(axes)],
                   [T(None, "int16", 0.0003 if op == "MEAN" else 0.003, 0)], ("ReducerOptions", dict(keepDims=False)))
        # old TFLite rounded twice here: some of these answers differ between the two
        single(op, "spatial_keep_finer_int8", "int8", [T([1, 3, 3, 64], "int8", 0.05, 3), const([1, 2])],
               [T(None, "int8", 0.02 if op == "MEAN" else 0.4, -9)], ("ReducerOptions", dict(keepDims=True)))
        single(op, "spatial_large_int8", "int8", [T([1, 30, 30, 2], "int8", 0.05, 3), const([1, 2])],
               [T(None, "int8", 0.05 if op == "MEAN" else 2.0, 3)], ("ReducerOptions", dict(keepDims=True)))

for op, kind_of in (("ARG_MAX", "ArgMaxOptions"), ("ARG_MIN", "ArgMinOptions")):
    for kind in ("float32", "int8"):
        for name, shape, axis in (("last", [3, 7], 1), ("last_negative", [2, 3, 5], -1), ("first", [3, 5], 0),
                                  ("middle", [2, 3, 5], 1), ("rank_1", [10], 0), ("rank_4", [1, 3, 5, 3], 3), ("one", [1], 0)):
            single(op, f"{name}_{kind}", kind, [T(shape, **quant(kind, 0.05, 3)), const(axis)], [T(None, "int32")],
                   (kind_of, dict(outputType=fb.TensorType.INT32)))
        def ties(rng, run):
            return rng.integers(-1, 2, [4, 9])
        single(op, f"ties_{kind}", kind, [T([4, 9], make=ties, **quant(kind, 0.05, 3)), const(1)], [T(None, "int32")],
               (kind_of, dict(outputType=fb.TensorType.INT32)))
    single(op, "output_int64", "float32", [T([3, 7]), const(1)], [T(None, "int64")],
           (kind_of, dict(outputType=fb.TensorType.INT64)))


def halves(rng, run):
    """Real values that fall on, just below and just above half a step of 1/16."""
    a = np.arange(-48, 48) / 32
    return np.concatenate([a, np.nextafter(a.astype(np.float32), np.float32(9)), rng.uniform(-20, 20, 64)]) if run == 0 \
        else rng.normal(0, 3, 256)


for kind, scale, zero in (("int8", 0.0625, 0), ("int8", 0.05, 3), ("int8", 0.05, -128), ("int8", 0.013, 127), ("uint8", 0.0625, 128),
                          ("uint8", 0.05, 3), ("int16", 0.0003, 0), ("int16", 0.0625, 0)):
    name = f"{scale}_{zero}".replace(".", "_").replace("-", "m")
    single("QUANTIZE", f"float32_to_{kind}_{name}", "float32", [T([256], make=halves)], [T([256], kind, scale, zero)],
           ("QuantizeOptions", {}), 2)

RANGE = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-100000, 100000)}


def spread(kind):
    low, high = RANGE[kind]
    return lambda rng, run: np.linspace(low, high, 256).round() if run == 0 else rng.integers(low, high, 256, endpoint=True)


def requantize(a, b, case, xs, xz, ys, yz):
    single("QUANTIZE", f"{a}_to_{b}_{case}", a, [T([256], a, xs, xz, make=spread(a))], [T([256], b, ys, yz)], ("QuantizeOptions", {}), 2)


requantize("int8", "int8", "same", 0.05, 3, 0.05, 3)
requantize("int8", "int8", "finer", 0.05, 3, 0.021, -9)
requantize("int8", "int8", "coarser", 0.05, 3, 0.13, 40)
requantize("int8", "int8", "half", 0.05, 3, 0.1, 3)
requantize("int8", "int8", "shifted", 0.05, 3, 0.05, 5)
requantize("int8", "int8", "extremes", 0.05, -128, 0.06, -128)
requantize("int8", "int8", "extremes_high", 0.05, 127, 0.06, 127)
requantize("int8", "int8", "tiny", 0.002, 3, 0.05, 3)
requantize("int8", "uint8", "same", 0.05, 3, 0.05, 131)
requantize("int8", "uint8", "other", 0.05, 3, 0.04, 100)
requantize("uint8", "int8", "same", 0.05, 131, 0.05, 3)
requantize("uint8", "int8", "other", 0.05, 131, 0.07, -20)
requantize("uint8", "uint8", "other", 0.05, 131, 0.07, 20)
requantize("int8", "int16", "basic", 0.05, 3, 0.0003, 0)
requantize("int16", "int8", "basic", 0.0003, 0, 0.05, 3)
requantize("int16", "int8", "finer", 0.0003, 0, 0.013, -20)
requantize("int16", "int16", "coarser", 0.0003, 0, 0.0005, 0)
requantize("int16", "int16", "finer", 0.0003, 0, 0.00011, 0)
requantize("uint8", "int16", "basic", 0.05, 128, 0.0003, 0)
requantize("int8", "int32", "basic", 0.05, 3, 0.001, 0)
requantize("int16", "int32", "basic", 0.0003, 0, 0.0001, 0)
requantize("int32", "int8", "basic", 0.0001, 0, 0.05, 3)
requantize("int32", "int16", "basic", 0.0001, 0, 0.0005, 0)

for kind, scale, zero in (("int8", 0.05, 3), ("int8", 0.05, -128), ("uint8", 0.05, 131), ("int16", 0.0003, 0), ("int16", 0.0003, 100)):
    single("DEQUANTIZE", f"{kind}_zero_{str(zero).replace('-', 'm')}", kind, [T([256], kind, scale, zero, make=spread(kind))],
           [T([256])], ("DequantizeOptions", {}), 2)

for a, b in (("float32", "int32"), ("float32", "int8"), ("float32", "int16"), ("float32", "uint8"), ("int8", "float32"),
             ("int8", "int32"), ("int8", "int16"), ("int16", "float32"), ("int16", "int32"), ("int32", "float32"), ("int32", "int8"),
             ("int32", "int16"), ("uint8", "float32"), ("uint8", "int8"), ("uint8", "int32"), ("int8", "uint8"), ("bool", "float32"),
             ("bool", "int8"), ("bool", "int32"), ("float32", "bool"), ("int8", "bool"), ("int32", "int64"), ("int64", "int32")):
    x = T([2, 3, 5], a, range=(0, 100) if "uint8" in (a, b) else (-100, 100))
    if a == "bool":
        x.range = None
    single("CAST", f"{a}_to_{b}", a, [x], [T([2, 3, 5], b)],
           ("CastOptions", dict(inDataType=getattr(fb.TensorType, a.upper()), outDataType=getattr(fb.TensorType, b.upper()))), 2)

for kind in ("float32", "int8"):
    for name, shape, axis, exclusive, reverse in (
            ("last", [2, 3, 5], 2, False, False), ("first", [3, 5], 0, False, False), ("negative", [2, 3, 5], -2, False, False),
            ("exclusive", [2, 7], 1, True, False), ("reverse", [2, 7], 1, False, True), ("exclusive_reverse", [2, 7], 1, True, True),
            ("one", [1], 0, False, False)):
        q = dict(type="int8", scale=0.05, zero=3) if kind == "int8" else {}
        y = dict(type="int8", scale=0.11, zero=-3) if kind == "int8" else {}
        single("CUMSUM", f"{name}_{kind}", kind, [T(shape, **q), const(axis)], [T(shape, **y)],
               ("CumsumOptions", dict(exclusive=exclusive, reverse=reverse)))
