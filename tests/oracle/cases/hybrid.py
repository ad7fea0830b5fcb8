"""Layers with int8 weights on float activations (dynamic-range quantisation), and weights stored as float16. TFLite Micro has
neither hybrid kernels nor float16 weights beside them: LiteRT's reference kernels answer."""
import zlib

import numpy as np

from build import ACT, PADDING, T
from case import add, single
from cases.conv import reach


def weights(rng, shape, axis, scales):
    """scales: "one", "each" or "same" (several, all equal)."""
    n = 1 if scales == "one" else shape[axis]
    scale = rng.uniform(0.002, 0.02, n) if scales != "same" else np.full(n, 0.0123)
    return T(shape, "int8", scale=list(scale.astype(np.float32)), zero=0, axis=axis,
             data=rng.integers(-127, 127, shape, endpoint=True).astype(np.int8))


def bias(rng, n):
    return T([n], "float32", data=rng.uniform(-2, 2, n).astype(np.float32))


def layer(op, case, x, w, scales="each", s=(1, 1), d=(1, 1), pad="valid", act="none", low=-4.0, high=4.0, make=None, mult=1):
    rng = np.random.default_rng(zlib.crc32(f"{op}{case}hybrid".encode()))
    axis = 3 if op == "DEPTHWISE_CONV_2D" else 0
    tw = weights(rng, list(w), axis, scales)
    options = dict(padding=PADDING[pad], strideH=s[0], strideW=s[1], fusedActivationFunction=ACT[act], dilationHFactor=d[0],
                   dilationWFactor=d[1])
    if axis == 3:
        options["depthMultiplier"] = mult
    ty = T([x[0], reach(x[1], w[1], s[0], d[0], pad), reach(x[2], w[2], s[1], d[1], pad), w[axis]], "float32")
    single(op, f"hybrid_{case}_float32", "float32",
           [T(list(x), "float32", range=(low, high), make=make), tw, bias(rng, w[axis])], [ty],
           ("DepthwiseConv2DOptions" if axis == 3 else "Conv2DOptions", options), version=5 if axis == 0 else 6,
           oracle="litert_ref")


def dense(case, x, n, scales="each", asymmetric=False, act="none", low=-4.0, high=4.0, has_bias=True, make=None, keep=False):
    rng = np.random.default_rng(zlib.crc32(f"dense{case}hybrid".encode()))
    tw = weights(rng, [n, x[-1]], 0, scales)
    single("FULLY_CONNECTED", f"hybrid_{case}_float32", "float32",
           [T(list(x), "float32", range=(low, high), make=make), tw, bias(rng, n) if has_bias else None],
           [T(list(x[:-1]) + [n] if keep else [int(np.prod(x[:-1])), n])],
           ("FullyConnectedOptions", dict(fusedActivationFunction=ACT[act], asymmetricQuantizeInputs=asymmetric, keepNumDims=keep)),
           version=12 if scales == "each" else 9, oracle="litert_ref")


def zeros(rng, run):
    """Run 0: nothing at all. Run 1: positive only. Run 2: negative only."""
    return rng.uniform(0, 3, 60) * (0, 1, -1)[run]


def halves(rng, run):
    """Multiples of half a step, so that rounding meets ties."""
    a = rng.integers(-254, 255, 60) / 2.0
    a[7], a[11] = 127.0, -127.0
    return a


for asymmetric in (False, True):
    k = "asymmetric" if asymmetric else "symmetric"
    dense(f"{k}_one_scale", [1, 40], 10, "one", asymmetric)
    dense(f"{k}_scales", [1, 40], 10, "each", asymmetric)
    dense(f"{k}_batch", [3, 24], 7, "each", asymmetric, "relu", low=-1.0, high=5.0)
    dense(f"{k}_growing", [4, 8], 20, "one", asymmetric)
    dense(f"{k}_zeros", [2, 30], 5, "one", asymmetric, has_bias=asymmetric, make=zeros)
    dense(f"{k}_ties", [1, 60], 6, "one", asymmetric, make=halves)
    dense(f"{k}_one", [1, 1], 1, "one", asymmetric)
dense("keep_dims", [2, 3, 12], 5, "each", True, keep=True)

for scales in ("one", "each", "same"):
    layer("CONV_2D", f"{scales}_same", (1, 7, 6, 3), (5, 3, 3, 3), scales, pad="same")
    layer("CONV_2D", f"{scales}_stride", (1, 9, 8, 4), (6, 3, 2, 4), scales, s=(2, 3), pad="valid", act="relu6", low=0.0, high=6.0)
    layer("CONV_2D", f"{scales}_point", (1, 4, 5, 8), (12, 1, 1, 8), scales, pad="same", low=-2.0, high=2.0)
layer("CONV_2D", "batch", (3, 5, 5, 2), (4, 3, 3, 2), "each", pad="same", act="relu")
layer("CONV_2D", "batch_one_scale", (3, 5, 5, 2), (4, 3, 3, 2), "one", pad="same", act="relu")
layer("CONV_2D", "dilated", (1, 9, 9, 2), (4, 3, 3, 2), "each", d=(2, 3), pad="same")
layer("CONV_2D", "dilated_one_scale", (1, 9, 9, 2), (4, 3, 3, 2), "one", d=(2, 2), pad="valid")
layer("CONV_2D", "wide_pad", (1, 3, 2, 1), (3, 5, 7, 1), "each", pad="same")
layer("CONV_2D", "whole", (1, 4, 5, 3), (3, 4, 5, 3), "each")
layer("CONV_2D", "zeros", (1, 4, 5, 3), (3, 3, 3, 3), "each", pad="same", make=zeros)
layer("CONV_2D", "ties", (1, 4, 5, 3), (3, 3, 3, 3), "one", pad="same", make=halves)
layer("CONV_2D", "grouped", (1, 5, 5, 4), (6, 3, 3, 2), "each", pad="same")
layer("CONV_2D", "one", (1, 1, 1, 1), (1, 1, 1, 1), "one")
for scales in ("each", "same"):
    layer("DEPTHWISE_CONV_2D", f"{scales}_same", (1, 7, 6, 5), (1, 3, 3, 5), scales, pad="same")
layer("DEPTHWISE_CONV_2D", "stride", (1, 9, 8, 4), (1, 3, 3, 4), "each", s=(2, 2), pad="valid", act="relu6", low=0.0, high=6.0)
layer("DEPTHWISE_CONV_2D", "multiplier", (1, 6, 6, 3), (1, 3, 3, 6), "each", pad="same", act="relu", mult=2)
layer("DEPTHWISE_CONV_2D", "batch", (2, 5, 5, 3), (1, 3, 3, 3), "each", pad="same")
layer("DEPTHWISE_CONV_2D", "dilated", (1, 9, 9, 3), (1, 3, 3, 3), "each", d=(2, 2), pad="same")
layer("DEPTHWISE_CONV_2D", "zeros", (1, 4, 5, 3), (1, 3, 3, 3), "each", pad="same", make=zeros)
layer("DEPTHWISE_CONV_2D", "one", (1, 1, 1, 1), (1, 1, 1, 1), "one")


def half_weights():
    """FULLY_CONNECTED and CONV_2D whose constants are float16 behind DEQUANTIZE, as TFLiteConverter makes them."""
    rng = np.random.default_rng(16)

    def half(shape, low, high):
        stored = T(shape, "float16", data=rng.uniform(low, high, shape).astype(np.float16))
        wide = T(shape, "float32")
        return stored, wide, ("DEQUANTIZE", [stored], [wide], ("DequantizeOptions", {}), 3)

    _, w1, op1 = half([6, 3, 3, 2], -1, 1)
    _, b1, op2 = half([6], -2e-5, 2e-5)  # float16 numbers below its smallest normal one too
    _, w2, op3 = half([5, 96], -60000, 60000)
    x, m, flat, y = T([1, 4, 4, 2]), T([1, 4, 4, 6]), T([1, 96]), T([1, 5])
    shape = T([2], "int32", data=np.array([1, 96], np.int32))
    add("DEQUANTIZE", "float16_weights_float32", "float32", [
        op1, op2, op3,
        ("CONV_2D", [x, w1, b1], [m], ("Conv2DOptions", dict(padding=0, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1,
                                                         fusedActivationFunction=1)), 1),
        ("RESHAPE", [m, shape], [flat], ("ReshapeOptions", dict(newShape=np.array([1, 96], np.int32))), 1),
        ("FULLY_CONNECTED", [flat, w2, None], [y], ("FullyConnectedOptions", {}), 1)], [x], [y])


half_weights()
