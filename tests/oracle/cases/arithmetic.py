"""Operators of two tensors, comparisons and selection."""
from build import ACT, T, const
from case import single
import numpy as np
import zlib

SHAPES = {  # name -> (first, second); every broadcast pattern
    "same": ([1, 3, 5, 3], [1, 3, 5, 3]),
    "channel_right": ([1, 3, 5, 3], [1, 1, 1, 3]),
    "channel_left": ([1, 1, 1, 3], [1, 3, 5, 3]),
    "lower_rank_right": ([2, 3, 5], [5]),
    "lower_rank_left": ([5], [2, 3, 5]),
    "scalar_right": ([3, 7], [1]),
    "scalar_left": ([1], [3, 7]),
    "rows": ([2, 3, 4, 5], [1, 3, 1, 1]),
    "columns": ([2, 3, 4, 5], [1, 1, 4, 1]),
    "batch": ([2, 3, 4, 5], [2, 1, 1, 1]),
    "spatial": ([2, 3, 4, 5], [1, 3, 4, 1]),
    "both": ([2, 1, 4, 1], [1, 3, 1, 5]),
    "both_crossed": ([1, 3, 4, 1], [2, 1, 1, 5]),
    "rank_1": ([7], [7]),
    "one": ([1], [1]),
    "rank_5": ([2, 1, 3, 1, 2], [1, 2, 1, 3, 2]),
}


def quant(kind, scale, zero):
    if kind in ("int8", "uint8"):
        return dict(type=kind, scale=scale, zero=zero)
    if kind == "int16":
        return dict(type=kind, scale=scale / 256, zero=0)
    return dict(type=kind)


def binary(op, case, shapes, kind, options=None, scales=(0.04, 0.03, 0.06), zeros=(3, -7, -5), fixed=None, y_type=None,
           range=None, runs=3):
    rng = np.random.default_rng(zlib.crc32(f"{op}{case}{kind}".encode()))
    ts = []
    for i in (0, 1):
        t = T(list(shapes[i]), **quant(kind, scales[i], zeros[i]))
        if kind == "float32" and range:
            t.range = range[i]
        if fixed == i:
            if kind == "float32":
                low, high = t.range or (-3, 3)
                t.data = rng.uniform(low, high, t.shape).astype(np.float32)
            else:
                reach = {"int8": 128, "int16": 32768, "int32": 100}[kind]
                t.data = rng.integers(-reach, reach, t.shape).astype(t.type)
        ts.append(t)
    y = T(None, y_type) if y_type else T(None, **quant(kind, scales[2], zeros[2]))
    single(op, f"{case}_{kind}", kind, ts, [y], options, runs)


for op, kind_of in (("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions")):
    gain = 0.04 if op == "MUL" else 0.06
    for kind in ("float32", "int8", "int16"):
        def o(act="none", **more):
            return (kind_of, dict(fusedActivationFunction=ACT[act], **more))
        pot = {} if op == "MUL" else dict(potScaleInt16=False)
        for name, shapes in SHAPES.items():
            binary(op, name, shapes, kind, o(**pot), (0.04, 0.03, gain))
        for act in ("relu", "relu6", "relu_n1"):
            binary(op, act, SHAPES["same"], kind, o(act, **pot), (0.04, 0.03, 0.04 if kind != "int16" else 0.06))
        binary(op, "constant_right", SHAPES["channel_right"], kind, o(**pot), (0.04, 0.03, gain), fixed=1)
        binary(op, "constant_left", SHAPES["channel_left"], kind, o(**pot), (0.04, 0.03, gain), fixed=0)
        binary(op, "constant_scalar", ([2, 3, 5], []), kind, o(**pot), (0.04, 0.03, gain), fixed=1)
    for kind in ("int8", "int16"):
        pot = {} if op == "MUL" else dict(potScaleInt16=False)
        opt = (kind_of, dict(fusedActivationFunction=0, **pot))
        binary(op, "scales_far_apart", ([3, 33], [3, 33]), kind, opt, (0.1, 0.0007, 0.1 if op != "MUL" else 0.001))
        binary(op, "scales_far_apart_left", ([3, 33], [3, 33]), kind, opt, (0.0007, 0.1, 0.1 if op != "MUL" else 0.001))
        binary(op, "equal_scales", ([3, 33], [3, 33]), kind, opt, (0.05, 0.05, 0.05 if op != "MUL" else 0.1), (0, 0, 0))
        binary(op, "multiplier_above_1", ([3, 33], [3, 33]), kind, opt, (0.05, 0.04, 0.001), (10, -20, 30))
        binary(op, "multiplier_tiny", ([3, 33], [3, 33]), kind, opt, (0.0005, 0.0004, 0.04) if op != "MUL" else (0.004, 0.003, 0.02))
    for name, zeros in (("zero_low_high", (-128, 127, 127 if op == "MUL" else -128)), ("zero_high_low", (127, -128, 127))):
        binary(op, name, ([3, 33], [3, 33]), "int8", (kind_of, dict(fusedActivationFunction=0)), (0.04, 0.03, 0.2), zeros)
    binary(op, "same", ([3, 5], [3, 5]), "int32", (kind_of, dict(fusedActivationFunction=0)))
    binary(op, "broadcast", ([3, 5], [1, 5]), "int32", (kind_of, dict(fusedActivationFunction=0)))
for op, kind_of in (("ADD", "AddOptions"), ("SUB", "SubOptions")):  # power-of-two scales, flag left at its default
    binary(op, "power_of_two_scales", ([3, 33], [3, 33]), "int16", (kind_of, dict(fusedActivationFunction=0, potScaleInt16=True)),
           (2.0**-4, 2.0**-3, 2.0**-3))

for name in ("same", "channel_right", "channel_left", "scalar_left", "both", "one", "rank_5"):
    binary("DIV", name, SHAPES[name], "float32", ("DivOptions", dict(fusedActivationFunction=0)), range=((-4, 4), (0.3, 5)))
for act in ("relu", "relu6", "relu_n1"):
    binary("DIV", act, SHAPES["same"], "float32", ("DivOptions", dict(fusedActivationFunction=ACT[act])),
           range=((-4, 4), (0.3, 2)))
binary("DIV", "constant_right", SHAPES["channel_right"], "float32", ("DivOptions", dict(fusedActivationFunction=0)), fixed=1,
       range=((-4, 4), (0.3, 5)))
binary("DIV", "constant_left", ([1], [3, 5]), "float32", ("DivOptions", dict(fusedActivationFunction=0)), fixed=0,
       range=((-4, 4), (0.3, 5)))

for op in ("MAXIMUM", "MINIMUM"):
    for kind in ("float32", "int8", "int16", "int32"):
        for name in ("same", "channel_right", "channel_left", "lower_rank_right", "scalar_left", "both", "both_crossed", "one",
                     "rank_5"):
            binary(op, name, SHAPES[name], kind, ("MaximumMinimumOptions", {}), (0.05, 0.05, 0.05), (3, 3, 3))
        binary(op, "constant_right", SHAPES["scalar_right"], kind, ("MaximumMinimumOptions", {}), (0.05, 0.05, 0.05), (3, 3, 3),
               fixed=1)
    binary(op, "other_scales", ([3, 33], [3, 33]), "int8", ("MaximumMinimumOptions", {}))

for kind in ("float32", "int8", "int32"):
    for name in ("same", "channel_right", "channel_left", "scalar_left", "both", "one"):
        binary("SQUARED_DIFFERENCE", name, SHAPES[name], kind, ("SquaredDifferenceOptions", {}), (0.04, 0.03, 0.25), (3, -7, -128))
    binary("SQUARED_DIFFERENCE", "constant_right", SHAPES["channel_right"], kind, ("SquaredDifferenceOptions", {}),
           (0.04, 0.03, 0.25), (3, -7, -128), fixed=1)
binary("SQUARED_DIFFERENCE", "multiplier_above_1", ([3, 33], [3, 33]), "int8", ("SquaredDifferenceOptions", {}),
       (0.04, 0.03, 0.01), (3, -7, -20))

for name in ("same", "channel_right", "scalar_right", "both", "one"):
    binary("POW", name, SHAPES[name], "float32", ("PowOptions", {}), range=((0.1, 4), (-2, 3)))
binary("POW", "constant_right", SHAPES["scalar_right"], "float32", ("PowOptions", {}), range=((0.1, 4), (-2, 3)), fixed=1)

for op, kind_of in (("EQUAL", "EqualOptions"), ("NOT_EQUAL", "NotEqualOptions"), ("GREATER", "GreaterOptions"),
                    ("GREATER_EQUAL", "GreaterEqualOptions"), ("LESS", "LessOptions"), ("LESS_EQUAL", "LessEqualOptions")):
    for kind in ("float32", "int8", "int32"):
        scales = (0.04, 0.03, 1)
        for name in ("same", "channel_right", "scalar_left", "both") if op in ("EQUAL", "GREATER") else ("same", "both"):
            def near(rng, run, s=SHAPES[name], k=kind):
                return rng.integers(-3, 4, s[0])

            def near2(rng, run, s=SHAPES[name], k=kind):
                return rng.integers(-3, 4, s[1])
            binary(op, name, SHAPES[name], kind, (kind_of, {}), scales, y_type="bool", runs=2)
            if name == "same":  # many equal values
                a, b = (T(list(s), **quant(kind, 0.05, 0), make=f) for s, f in zip(SHAPES[name], (near, near2)))
                single(op, f"near_{kind}", kind, [a, b], [T(None, "bool")], (kind_of, {}), 2)
    binary(op, "constant_right", SHAPES["scalar_right"], "int8", (kind_of, {}), (0.04, 0.03, 1), y_type="bool", fixed=1, runs=2)
    binary(op, "scales_far_apart", ([3, 33], [3, 33]), "int8", (kind_of, {}), (0.04, 0.0004, 1), y_type="bool", runs=2)
for op in ("EQUAL", "NOT_EQUAL"):
    single(op, "same_bool", "bool", [T([3, 5], "bool"), T([3, 5], "bool")], [T(None, "bool")],
           ("EqualOptions" if op == "EQUAL" else "NotEqualOptions", {}), 2)

for kind in ("float32", "int8", "int16", "int32"):
    q = quant(kind, 0.05, 3)
    for name, (c, a, b) in {"same": ([2, 3, 5],) * 3, "condition_row": ([3, 1], [3, 5], [3, 5]),
                            "scalars": ([3, 5], [1], [1]), "all": ([2, 1, 1, 5], [1, 3, 1, 5], [1, 1, 4, 1]),
                            "one": ([1], [1], [1])}.items():
        single("SELECT_V2", f"{name}_{kind}", kind, [T(c, "bool"), T(a, **q), T(b, **q)], [T(None, **q)], ("SelectV2Options", {}))
