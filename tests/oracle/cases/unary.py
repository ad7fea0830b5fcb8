"""Operators of one tensor, element by element, and the softmax pair."""
import numpy as np

from build import T
from case import single
from cases.arithmetic import quant


def every(rng, run):
    """Run 0: each int8 value once."""
    return np.arange(-128, 128) if run == 0 else rng.integers(-128, 128, 256)


def sweep(rng, run):
    """Run 0: the int16 range in even steps, ends included."""
    return np.linspace(-32768, 32767, 513).round() if run == 0 else rng.integers(-32768, 32768, 513)


def floats(op, case="float32", low=-4.0, high=4.0, options=None, shape=(2, 3, 7)):
    single(op, case, "float32", [T(list(shape), range=(low, high))], [T(list(shape))], options)
    if case == "float32":
        single(op, "one_float32", "float32", [T([1], range=(low, high))], [T([1])], options)


def bytes8(op, case, x_scale, x_zero, y_scale, y_zero, options=None, low=-128):
    def make(rng, run):
        return np.maximum(every(rng, run), low)
    single(op, f"{case}_int8", "int8", [T([256], "int8", x_scale, x_zero, make=make)], [T([256], "int8", y_scale, y_zero)],
           options, 2)


def words(op, case, x_scale, y_scale, options=None):
    single(op, f"{case}_int16", "int16", [T([513], "int16", x_scale, 0, make=sweep)], [T([513], "int16", y_scale, 0)],
           options, 2)


floats("ABS", options=("AbsOptions", {}))
bytes8("ABS", "same_scale", 0.05, 0, 0.05, 0, ("AbsOptions", {}))
bytes8("ABS", "other_scale", 0.05, 7, 0.03, -128, ("AbsOptions", {}))
words("ABS", "same_scale", 0.001, 0.001, ("AbsOptions", {}))
words("ABS", "other_scale", 0.001, 0.0007, ("AbsOptions", {}))
floats("NEG", options=("NegOptions", {}))
bytes8("NEG", "same_scale", 0.05, 0, 0.05, 0, ("NegOptions", {}))
floats("SQUARE", options=("SquareOptions", {}))
floats("SQRT", low=0.0, high=20.0)
bytes8("SQRT", "basic", 0.05, -128, 0.02, -128)
floats("RSQRT", low=0.05, high=20.0)
bytes8("RSQRT", "basic", 0.05, -128, 0.02, -128, low=-127)
bytes8("RSQRT", "zero_0", 0.05, -129 + 1, 0.003, 5, low=-120)
floats("EXP", low=-6.0, high=3.0, options=("ExpOptions", {}))
bytes8("EXP", "basic", 0.03, 20, 0.1, -128, ("ExpOptions", {}))
words("EXP", "basic", 0.0001, 0.001, ("ExpOptions", {}))
floats("LOG", low=0.01, high=20.0)
bytes8("LOG", "basic", 0.05, -128, 0.03, 20, low=-127)
for op in ("FLOOR", "ROUND"):
    floats(op, low=-5.0, high=5.0)
    single(op, "halves_float32", "float32", [T([21], make=lambda rng, run: np.arange(-10, 11) / 2)], [T([21])], None, 1)
floats("SIN", low=-7.0, high=7.0)
floats("COS", low=-7.0, high=7.0, options=("CosOptions", {}))

for op in ("RELU", "RELU6", "RELU_N1_TO_1"):
    floats(op, low=-8.0, high=8.0)
    bytes8(op, "same_scale", 0.05, 3, 0.05, 3)
    bytes8(op, "other_scale", 0.07, 3, 0.025, -128)
    bytes8(op, "multiplier_tiny", 0.001, 3, 0.05, -20)
    bytes8(op, "zero_low", 0.05, -128, 0.04, -128)
    if op == "RELU":
        words(op, "same_scale", 0.0003, 0.0003)
        words(op, "other_scale", 0.0003, 0.0002)

# Scales whose quotient rounded to float32 gives another byte for one of the inputs: TFLM divides in float64, LiteRT does not.
for op, options in (("RELU", None), ("RELU_N1_TO_1", None), ("LEAKY_RELU", ("LeakyReluOptions", dict(alpha=0.25)))):
    bytes8(op, "scale_quotient", 0.01169070228934288, 0, 0.017078591510653496, 0, options)
    bytes8(op, "scale_quotient_above_1", 0.014485306106507778, 0, 0.010083694010972977, 0, options)

for alpha in (0.1, 0.3):
    floats("LEAKY_RELU", f"alpha_{int(alpha * 10)}_float32", -8.0, 8.0, ("LeakyReluOptions", dict(alpha=alpha)))
    bytes8("LEAKY_RELU", f"alpha_{int(alpha * 10)}", 0.05, 3, 0.05, 3, ("LeakyReluOptions", dict(alpha=alpha)))
    words("LEAKY_RELU", f"alpha_{int(alpha * 10)}", 0.0003, 0.0003, ("LeakyReluOptions", dict(alpha=alpha)))
bytes8("LEAKY_RELU", "other_scale", 0.07, 30, 0.025, -80, ("LeakyReluOptions", dict(alpha=0.2)))
bytes8("LEAKY_RELU", "alpha_above_1", 0.04, -3, 0.07, 9, ("LeakyReluOptions", dict(alpha=1.7)))
bytes8("LEAKY_RELU", "alpha_negative", 0.04, -3, 0.05, 9, ("LeakyReluOptions", dict(alpha=-0.5)))
words("LEAKY_RELU", "other_scale", 0.0003, 0.0002, ("LeakyReluOptions", dict(alpha=0.2)))

rng = np.random.default_rng(5)
for name, shape, a_shape in (("channel", [1, 3, 5, 3], [1, 1, 3]), ("channel_rank_4", [1, 3, 5, 3], [1, 1, 1, 3]),
                             ("whole", [1, 3, 5, 3], [3, 5, 3]), ("scalar", [2, 3, 5], [1]), ("rows", [1, 3, 5, 2], [3, 1, 1])):
    single("PRELU", f"{name}_float32", "float32", [T(shape), T(a_shape, data=rng.uniform(-0.5, 1, a_shape).astype(np.float32))],
           [T(shape)])
    single("PRELU", f"{name}_int8", "int8",
           [T(shape, "int8", 0.05, 3), T(a_shape, "int8", 0.008, -5, data=rng.integers(-128, 128, a_shape).astype(np.int8))],
           [T(shape, "int8", 0.04, -9)])

floats("ELU", low=-6.0, high=3.0)
bytes8("ELU", "basic", 0.04, 20, 0.03, -90)
bytes8("ELU", "zero_0", 0.02, 0, 0.02, 0)
floats("HARD_SWISH", low=-6.0, high=6.0, options=("HardSwishOptions", {}))
bytes8("HARD_SWISH", "basic", 0.05, 3, 0.04, -110, ("HardSwishOptions", {}))
bytes8("HARD_SWISH", "small_scale", 0.005, -40, 0.006, 20, ("HardSwishOptions", {}))
bytes8("HARD_SWISH", "wide_scale", 0.11, 10, 0.1, -120, ("HardSwishOptions", {}))
bytes8("HARD_SWISH", "zero_low", 0.03, -128, 0.02, -128, ("HardSwishOptions", {}))
for approximate in (False, True):
    name = "approximate" if approximate else "exact"
    floats("GELU", f"{name}_float32", -5.0, 5.0, ("GeluOptions", dict(approximate=approximate)))
    bytes8("GELU", name, 0.04, 3, 0.02, -110, ("GeluOptions", dict(approximate=approximate)))

for op in ("LOGISTIC", "TANH"):
    y_scale, y_zero = (1 / 256, -128) if op == "LOGISTIC" else (1 / 128, 0)
    floats(op, low=-9.0, high=9.0)
    for name, x_scale, x_zero in (("basic", 0.05, 3), ("scale_small", 0.004, -20), ("scale_large", 0.3, 9), ("zero_low", 0.06, -128),
                                  ("zero_high", 0.06, 127), ("scale_16th", 0.0625, 0), ("scale_above_1", 1.7, 0)):
        bytes8(op, name, x_scale, x_zero, y_scale, y_zero)
    for name, x_scale in (("q3_12", 2.0**-12), ("q4_11", 2.0**-11), ("scale_small", 0.00003), ("general", 0.0003),
                          ("scale_large", 0.0011), ("q0_15", 2.0**-15)):
        words(op, name, x_scale, 2.0**-15)

for beta in (1.0, 0.4):
    o = ("SoftmaxOptions", dict(beta=beta))
    b = "" if beta == 1 else "beta_"
    single("SOFTMAX", f"{b}basic_float32", "float32", [T([3, 7])], [T([3, 7])], o)
    single("SOFTMAX", f"{b}rank_4_float32", "float32", [T([1, 2, 3, 5])], [T([1, 2, 3, 5])], o)
    for name, shape, scale, zero in (("basic", [3, 7], 0.05, 3), ("scale_small", [2, 10], 0.003, -3), ("scale_large", [2, 10], 0.7, 3),
                                     ("scale_huge", [2, 10], 11.0, 3), ("rank_4", [1, 2, 3, 5], 0.1, 127), ("one", [3, 1], 0.1, 0),
                                     ("wide", [1, 300], 0.04, 0), ("classes_1001", [1, 1001], 0.02, 0)):
        single("SOFTMAX", f"{b}{name}_int8", "int8", [T(shape, "int8", scale, zero)], [T(shape, "int8", 1 / 256, -128)], o)
    for name, shape, scale in (("basic", [3, 7], 0.0002), ("scale_small", [2, 10], 0.00001), ("scale_large", [2, 10], 0.002),
                               ("rank_4", [1, 2, 3, 5], 0.0005), ("one", [3, 1], 0.0003), ("wide", [1, 300], 0.0002)):
        single("SOFTMAX", f"{b}{name}_int16", "int16", [T(shape, "int16", scale, 0)], [T(shape, "int16", 1 / 32768, 0)], o)
    single("SOFTMAX", f"{b}int8_to_int16", "int8", [T([3, 7], "int8", 0.05, 3)], [T([3, 7], "int16", 1 / 65536, -32768)], o)
single("SOFTMAX", "equal_int8", "int8", [T([2, 16], "int8", 0.05, 3, make=lambda rng, run: np.full([2, 16], run - 1))],
       [T([2, 16], "int8", 1 / 256, -128)], ("SoftmaxOptions", dict(beta=1.0)))

single("LOG_SOFTMAX", "basic_float32", "float32", [T([3, 7])], [T([3, 7])], ("LogSoftmaxOptions", {}))
single("LOG_SOFTMAX", "rank_4_float32", "float32", [T([1, 2, 3, 5])], [T([1, 2, 3, 5])], ("LogSoftmaxOptions", {}))
for name, shape, scale, zero in (("basic", [3, 7], 0.05, 3), ("scale_small", [2, 10], 0.003, -3), ("scale_large", [2, 10], 0.3, 3),
                                 ("one", [3, 1], 0.1, 0), ("wide", [1, 300], 0.04, 0)):
    single("LOG_SOFTMAX", f"{name}_int8", "int8", [T(shape, "int8", scale, zero)], [T(shape, "int8", 16 / 256, 127)],
           ("LogSoftmaxOptions", {}))

for name, shape in (("basic", [3, 7]), ("rank_4", [1, 2, 3, 5]), ("one", [1, 1]), ("wide", [1, 130])):
    o = ("L2NormOptions", dict(fusedActivationFunction=0))
    single("L2_NORMALIZATION", f"{name}_float32", "float32", [T(shape)], [T(shape)], o)
    single("L2_NORMALIZATION", f"{name}_int8", "int8", [T(shape, "int8", 0.05, 3)], [T(shape, "int8", 1 / 128, 0)], o)
single("L2_NORMALIZATION", "zero_low_int8", "int8", [T([3, 7], "int8", 0.05, -128)], [T([3, 7], "int8", 1 / 128, 0)],
       ("L2NormOptions", dict(fusedActivationFunction=0)))
single("L2_NORMALIZATION", "all_zero_float32", "float32", [T([2, 3], make=lambda rng, run: np.zeros([2, 3]))], [T([2, 3])],
       ("L2NormOptions", dict(fusedActivationFunction=0)), 1)
single("L2_NORMALIZATION", "all_zero_int8", "int8", [T([2, 3], "int8", 0.05, 3, make=lambda rng, run: np.full([2, 3], 3))],
       [T([2, 3], "int8", 1 / 128, 0)], ("L2NormOptions", dict(fusedActivationFunction=0)), 1)
