"""Convolutions, fully connected layers and pools."""
import zlib

import numpy as np

from build import ACT, PADDING, T, const
from case import single

KINDS = ["float32", "int8", "int16", "int16b32"]  # int16: int64 bias; int16b32: int32 bias, which only CONV_2D and FULLY_CONNECTED read right


def weights(rng, kind, shape, axis, per_channel=True, w_zero=0, extreme=False, small=0):
    if kind == "float32":
        return T(shape, "float32", data=rng.uniform(-1, 1, shape).astype(np.float32))
    n = shape[axis] if per_channel else 1
    scale = rng.uniform(0.002, 0.02, n).astype(np.float32)
    reach = 3 if small else 7 if kind == "int4" else 127
    a = rng.integers(-reach, reach, shape, endpoint=True)
    if extreme:
        a = np.where(rng.integers(0, 2, shape) == 0, -reach, reach)
    if extreme == "all":  # what symmetric quantisation does not give
        a = rng.integers(-8, 7, shape, endpoint=True)
    return T(shape, "int4" if kind == "int4" else "int8", scale=list(scale), zero=w_zero, data=a.astype(np.int8), axis=axis)


def activations(kind, x_scale=0.05, x_zero=3):
    if kind == "float32":
        return dict(type="float32")
    if kind in ("int8", "int4"):
        return dict(type="int8", scale=x_scale, zero=x_zero)
    return dict(type="int16", scale=x_scale / 200, zero=0)


def bias(rng, kind, n, x, w, small=0):
    if kind == "float32":
        return T([n], "float32", data=rng.uniform(-2, 2, n).astype(np.float32))
    s = np.float32(x.scale) * np.array(w.scale, np.float32)
    reach = 20 if small else 4000 if kind == "int8" else 300 if kind == "int4" else 400000
    type = "int64" if kind == "int16" else "int32"
    return T([n], type, scale=[float(v) for v in s], zero=0, axis=0,
             data=rng.integers(-reach, reach, n).astype(type))


def output(kind, x, w, depth, y_scale=None, y_zero=-5, gain=1.0):
    if kind == "float32":
        return T(None, "float32")
    s = float(np.float32(x.scale)) * float(np.mean(w.scale)) * np.sqrt(depth) * 74
    if kind == "int4":
        s *= 4 / 74
    if kind in ("int8", "int4"):
        return T(None, "int8", scale=y_scale or s * 74 * 2.5 / 128 / gain, zero=y_zero)
    return T(None, "int16", scale=s * 19000 * 2.5 / 32768 / gain, zero=0)


def few_bits(kind, x, w, y, multiplier):
    """Small whole numbers and an output scale that makes the multiplier this (on average)."""
    x.range = (-10, 10) if kind in ("int8", "int4") else (-300, 300)
    y.scale = float(np.float32(x.scale)) * float(np.mean(w.scale)) / multiplier


def name_of(kind):
    return "int16" if kind == "int16b32" else kind


def reach(size, kernel, stride, dilation, pad):
    """Output positions along one axis."""
    return -(-(size if pad == "same" else size - (kernel - 1) * dilation) // stride)


def conv(case, x, w, s=(1, 1), d=(1, 1), pad="valid", act="none", has_bias=True, per_channel=True,
         x_zero=3, y_zero=-5, gain=1.0, kinds=KINDS[:3], extreme=False, op="CONV_2D", mult=1, small=0):
    for kind in kinds:
        rng = np.random.default_rng(zlib.crc32(f"{op}{case}{kind}".encode()))
        axis = 3 if op == "DEPTHWISE_CONV_2D" else 0
        n = w[axis]
        depth = w[1] * w[2] * (1 if axis == 3 else w[3])
        tx = T(list(x), **activations(kind, x_zero=x_zero))
        tw = weights(rng, kind, w, axis, per_channel, extreme=extreme, small=small)
        tb = bias(rng, kind, n, tx, tw, small) if has_bias else None
        ty = output(kind, tx, tw, depth, y_zero=y_zero, gain=gain)
        if small:
            few_bits(kind, tx, tw, ty, small)
        if kind in ("int8", "int4") and act != "none":  # let the clamp bite
            ty.scale = 12.0 / 255 if act == "relu6" else 4.0 / 255
        elif kind.startswith("int16") and act != "none":
            ty.scale = 8.0 / 32768 if act == "relu6" else 2.0 / 32768
        ty.shape = [x[0], *(reach(x[i + 1], w[i + 1], s[i], d[i], pad) for i in (0, 1)), n]
        o = dict(padding=PADDING[pad], strideH=s[0], strideW=s[1], dilationHFactor=d[0], dilationWFactor=d[1],
                 fusedActivationFunction=ACT[act])
        if op == "DEPTHWISE_CONV_2D":
            options = ("DepthwiseConv2DOptions", dict(o, depthMultiplier=mult))
        else:
            options = ("Conv2DOptions", o)
        single(op, f"{case}_{kind}", name_of(kind), [tx, tw] + ([tb] if has_bias else []), [ty], options)


conv("valid_3x3", [1, 5, 7, 3], [4, 3, 3, 3], kinds=KINDS)
conv("same_3x3", [1, 5, 7, 3], [4, 3, 3, 3], pad="same")
conv("same_stride_2", [1, 6, 6, 2], [3, 3, 3, 2], s=(2, 2), pad="same", kinds=KINDS)
conv("same_stride_3_2", [1, 7, 5, 3], [5, 3, 3, 3], s=(3, 2), pad="same")
conv("valid_stride_1_2", [1, 4, 9, 1], [3, 2, 3, 1], s=(1, 2))
conv("stride_beyond_kernel", [1, 7, 7, 3], [2, 1, 1, 3], s=(3, 3))
conv("dilation_2", [1, 7, 7, 2], [3, 3, 3, 2], d=(2, 2))
conv("dilation_1_3_same", [1, 5, 9, 2], [3, 2, 3, 2], d=(1, 3), pad="same")
conv("pointwise", [1, 3, 5, 7], [5, 1, 1, 7])
conv("pointwise_even", [1, 4, 4, 8], [8, 1, 1, 8])
conv("batch_3", [3, 3, 3, 2], [3, 2, 2, 2])
conv("even_kernel_same", [1, 5, 5, 1], [3, 4, 2, 1], pad="same")
conv("row_1d", [1, 1, 9, 3], [4, 1, 3, 3], pad="same")
conv("column_1d", [1, 9, 1, 3], [4, 5, 1, 3])
conv("whole_input", [1, 3, 5, 2], [3, 3, 5, 2])
conv("one", [1, 1, 1, 1], [1, 1, 1, 1])
conv("one_same_3x3", [1, 1, 1, 3], [2, 3, 3, 3], pad="same")
conv("kernel_beyond_input_same", [1, 2, 3, 2], [3, 5, 5, 2], pad="same")
conv("relu", [1, 4, 4, 3], [5, 3, 3, 3], pad="same", act="relu")
conv("relu6", [1, 4, 4, 3], [5, 3, 3, 3], pad="same", act="relu6")
conv("relu_n1", [1, 4, 4, 3], [5, 3, 3, 3], pad="same", act="relu_n1")
conv("no_bias", [1, 4, 5, 3], [5, 3, 3, 3], has_bias=False)
conv("per_tensor", [1, 4, 5, 3], [5, 3, 3, 3], per_channel=False, kinds=["int8", "int16"])
conv("zero_low_high", [1, 4, 5, 3], [5, 3, 3, 3], pad="same", x_zero=-128, y_zero=127, kinds=["int8"])
conv("zero_high_low", [1, 4, 5, 3], [5, 3, 3, 3], pad="same", x_zero=127, y_zero=-128, kinds=["int8"])
conv("multiplier_above_1", [1, 3, 3, 1], [3, 1, 1, 1], small=2.7, kinds=["int8", "int16"])
conv("double_rounding", [1, 8, 8, 2], [8, 3, 3, 2], small=0.2, kinds=["int8"])  # where one rounding answers otherwise
conv("multiplier_tiny", [1, 5, 5, 3], [3, 3, 3, 3], pad="same", gain=1 / 40, extreme=True, kinds=["int8", "int16"])
conv("extreme_weights", [1, 5, 5, 5], [4, 5, 5, 5], pad="same", extreme=True, gain=4.0, kinds=["int8", "int16"])
conv("groups_2", [1, 4, 5, 6], [4, 3, 3, 3], pad="same")
conv("groups_all", [1, 4, 5, 4], [8, 3, 3, 1])
conv("channels_33", [1, 3, 3, 33], [7, 2, 3, 33], pad="same", kinds=["float32", "int8"])


def depthwise(case, x, m, k, **more):
    conv(case, x, [1, k[0], k[1], x[3] * m], op="DEPTHWISE_CONV_2D", mult=m, **more)


depthwise("valid_3x3", [1, 5, 7, 3], 1, (3, 3))
depthwise("same_3x3", [1, 5, 7, 5], 1, (3, 3), pad="same")
depthwise("same_stride_2", [1, 6, 6, 4], 1, (3, 3), s=(2, 2), pad="same")
depthwise("same_stride_3_2", [1, 7, 5, 3], 1, (3, 3), s=(3, 2), pad="same")
depthwise("valid_stride_1_2", [1, 4, 9, 3], 1, (2, 3), s=(1, 2))
depthwise("multiplier_2", [1, 5, 4, 3], 2, (3, 3), pad="same")
depthwise("multiplier_3_stride_2", [1, 5, 6, 2], 3, (3, 2), s=(2, 2), pad="same")
depthwise("multiplier_8_one_channel", [1, 6, 5, 1], 8, (3, 3), pad="same", s=(2, 2))
depthwise("dilation_2", [1, 7, 7, 3], 1, (3, 3), d=(2, 2))
depthwise("dilation_3_1_same", [1, 9, 5, 2], 2, (3, 2), d=(3, 1), pad="same")
depthwise("batch_3", [3, 3, 3, 2], 1, (2, 2))
depthwise("row_1d", [1, 1, 9, 3], 1, (1, 5), pad="same")
depthwise("whole_input", [1, 5, 3, 3], 1, (5, 3))
depthwise("one", [1, 1, 1, 1], 1, (1, 1))
depthwise("pointwise", [1, 3, 3, 5], 1, (1, 1))
depthwise("kernel_beyond_input_same", [1, 2, 3, 2], 1, (5, 5), pad="same")
depthwise("relu", [1, 4, 4, 3], 1, (3, 3), pad="same", act="relu")
depthwise("relu6", [1, 4, 4, 3], 1, (3, 3), pad="same", act="relu6")
depthwise("relu_n1", [1, 4, 4, 3], 1, (3, 3), pad="same", act="relu_n1")
depthwise("no_bias", [1, 4, 5, 3], 1, (3, 3), has_bias=False)
depthwise("per_tensor", [1, 4, 5, 3], 1, (3, 3), per_channel=False, kinds=["int8", "int16"])
depthwise("zero_low_high", [1, 4, 5, 3], 1, (3, 3), pad="same", x_zero=-128, y_zero=127, kinds=["int8"])
depthwise("zero_high_low", [1, 4, 5, 3], 1, (3, 3), pad="same", x_zero=127, y_zero=-128, kinds=["int8"])
depthwise("multiplier_above_1", [1, 3, 3, 3], 1, (1, 1), small=2.7, kinds=["int8", "int16"])
depthwise("double_rounding", [1, 8, 8, 8], 1, (3, 3), small=0.3, kinds=["int8"])
depthwise("multiplier_tiny", [1, 5, 5, 3], 1, (3, 3), pad="same", gain=1 / 40, extreme=True, kinds=["int8", "int16"])
depthwise("channels_17", [1, 5, 5, 17], 1, (3, 3), pad="same", kinds=["float32", "int8"])


def transpose_conv(case, x, w, y, s=(1, 1), pad="valid", has_bias=True, act="none", per_channel=True, x_zero=3,
                   y_zero=-5, gain=1.0, kinds=KINDS[:3]):
    for kind in kinds:
        rng = np.random.default_rng(zlib.crc32(f"transpose{case}{kind}".encode()))
        tx = T(list(x), **activations(kind, x_zero=x_zero))
        tw = weights(rng, kind, w, 0, per_channel)
        tb = bias(rng, kind, w[0], tx, tw) if has_bias else None
        ty = output(kind, tx, tw, max(1, w[1] * w[2] * w[3] // (s[0] * s[1])), y_zero=y_zero, gain=gain)
        ty.shape = list(y)
        if kind == "int8" and act != "none":
            ty.scale = 12.0 / 255
        elif kind.startswith("int16") and act != "none":
            ty.scale = 8.0 / 32768
        o = dict(padding=PADDING[pad], strideH=s[0], strideW=s[1], fusedActivationFunction=ACT[act])
        single("TRANSPOSE_CONV", f"{case}_{kind}", name_of(kind), [const(y), tw, tx] + ([tb] if has_bias else []), [ty],
               ("TransposeConvOptions", o), version=3 if has_bias else 1)


transpose_conv("valid_stride_2", [1, 3, 4, 2], [3, 3, 3, 2], [1, 7, 9, 3], (2, 2))
transpose_conv("same_stride_2", [1, 3, 4, 2], [3, 3, 3, 2], [1, 6, 8, 3], (2, 2), "same")
transpose_conv("same_stride_1", [1, 3, 5, 3], [2, 3, 3, 3], [1, 3, 5, 2], (1, 1), "same")
transpose_conv("valid_stride_2_3", [1, 3, 2, 2], [3, 2, 3, 2], [1, 6, 6, 3], (2, 3))
transpose_conv("stride_beyond_kernel", [1, 3, 2, 1], [3, 1, 2, 1], [1, 7, 5, 3], (3, 3))
transpose_conv("no_bias", [1, 3, 3, 2], [3, 3, 3, 2], [1, 5, 5, 3], has_bias=False)
transpose_conv("per_tensor", [1, 3, 3, 2], [3, 3, 3, 2], [1, 5, 5, 3], per_channel=False, kinds=["int8", "int16"])
transpose_conv("relu6", [1, 3, 3, 2], [3, 3, 3, 2], [1, 5, 5, 3], act="relu6")
transpose_conv("one", [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1])
transpose_conv("batch_2", [2, 2, 2, 2], [3, 2, 2, 2], [2, 4, 4, 3], (2, 2))
transpose_conv("zero_extremes", [1, 3, 4, 2], [3, 3, 3, 2], [1, 6, 8, 3], (2, 2), "same", x_zero=-128, y_zero=127, kinds=["int8"])


def fully_connected(case, x, w, keep=False, has_bias=True, act="none", per_channel=False, w_zero=0, x_zero=3, y_zero=-5,
                    gain=1.0, kinds=KINDS[:3], extreme=False, constant=True, small=0):
    for kind in kinds:
        rng = np.random.default_rng(zlib.crc32(f"fc{case}{kind}".encode()))
        tx = T(list(x), **activations(kind, x_zero=x_zero))
        tw = weights(rng, kind, w, 0, per_channel, w_zero, extreme, small)
        tb = bias(rng, kind, w[0], tx, tw, small) if has_bias else None
        ty = output(kind, tx, tw, w[1], y_zero=y_zero, gain=gain)
        if small:
            few_bits(kind, tx, tw, ty, small)
        if kind == "int8" and act != "none":
            ty.scale = 12.0 / 255 if act == "relu6" else 4.0 / 255
        elif kind.startswith("int16") and act != "none":
            ty.scale = 8.0 / 32768 if act == "relu6" else 2.0 / 32768
        if not constant:
            tw.data = None
        o = dict(fusedActivationFunction=ACT[act], weightsFormat=0, keepNumDims=keep)
        single("FULLY_CONNECTED", f"{case}_{kind}", name_of(kind), [tx, tw, tb], [ty],
               ("FullyConnectedOptions", o), version=4)


fully_connected("basic", [1, 7], [5, 7], kinds=KINDS)
fully_connected("batch_3", [3, 5], [3, 5], kinds=KINDS)
fully_connected("one", [1, 1], [1, 1])
fully_connected("one_output", [1, 33], [1, 33])
fully_connected("wide", [1, 64], [16, 64])
fully_connected("keep_dims", [2, 3, 5], [4, 5], keep=True)
fully_connected("flatten_4d", [1, 2, 3, 2], [5, 12])
fully_connected("rank_3_not_kept", [2, 3, 5], [4, 5])
fully_connected("no_bias", [2, 9], [5, 9], has_bias=False)
fully_connected("per_channel", [2, 9], [5, 9], per_channel=True, kinds=["int8", "int16", "int16b32"])
fully_connected("per_channel_no_bias", [1, 9], [5, 9], per_channel=True, has_bias=False, kinds=["int8", "int16"])
fully_connected("weight_zero_point", [2, 9], [5, 9], w_zero=7, kinds=["int8"])
fully_connected("relu", [2, 9], [5, 9], act="relu")
fully_connected("relu6", [2, 9], [5, 9], act="relu6")
fully_connected("relu_n1", [2, 9], [5, 9], act="relu_n1")
fully_connected("zero_low_high", [2, 9], [5, 9], x_zero=-128, y_zero=127, kinds=["int8"])
fully_connected("zero_high_low", [2, 9], [5, 9], x_zero=127, y_zero=-128, kinds=["int8"])
fully_connected("multiplier_above_1", [4, 1], [5, 1], small=2.7, kinds=["int8", "int16"])
fully_connected("double_rounding", [16, 9], [24, 9], small=0.2, kinds=["int8"])
fully_connected("double_rounding_per_channel", [16, 9], [24, 9], small=0.2, per_channel=True, kinds=["int8"])
fully_connected("multiplier_tiny", [4, 9], [5, 9], gain=1 / 40, extreme=True, kinds=["int8", "int16"])
fully_connected("extreme_weights", [2, 129], [4, 129], extreme=True, gain=4.0, kinds=["int8", "int16"])
fully_connected("weights_input", [2, 5], [3, 5], constant=False, has_bias=False, kinds=["float32", "int8"])


def pool(op, case, x, k, s, pad, act="none", scale=None, zero=3, kinds=("float32", "int8", "int16")):
    for kind in kinds:
        q = {"float32": {}, "int8": dict(scale=scale or 0.06, zero=zero), "int16": dict(scale=scale or 0.0003, zero=0)}[kind]
        o = dict(padding=PADDING[pad], strideH=s[0], strideW=s[1], filterHeight=k[0], filterWidth=k[1],
                 fusedActivationFunction=ACT[act])
        single(op, f"{case}_{kind}", kind, [T(list(x), kind, **q)], [T(None, kind, **q)], ("Pool2DOptions", o))


for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
    pool(op, "valid_2x2", [1, 6, 7, 3], (2, 2), (2, 2), "valid")
    pool(op, "same_3x3", [1, 5, 7, 3], (3, 3), (1, 1), "same")
    pool(op, "same_stride_2", [1, 5, 6, 3], (3, 3), (2, 2), "same")
    pool(op, "stride_3_2", [1, 7, 7, 2], (2, 3), (3, 2), "same")
    pool(op, "stride_1_2_valid", [1, 4, 7, 5], (3, 2), (1, 2), "valid")
    pool(op, "whole", [1, 5, 3, 7], (5, 3), (5, 3), "valid")
    pool(op, "whole_large", [1, 16, 15, 2], (16, 15), (1, 1), "valid")
    pool(op, "kernel_beyond_input_same", [1, 2, 3, 2], (5, 5), (2, 2), "same")
    pool(op, "one", [1, 1, 1, 1], (1, 1), (1, 1), "valid")
    pool(op, "batch_2", [2, 4, 4, 3], (2, 2), (2, 2), "valid")
    pool(op, "row", [1, 1, 9, 3], (1, 3), (1, 3), "valid")
    pool(op, "relu", [1, 4, 4, 3], (2, 2), (2, 2), "valid", "relu")
    pool(op, "relu6", [1, 4, 4, 3], (2, 2), (2, 2), "valid", "relu6", kinds=("float32", "int8"), scale=0.08)
    pool(op, "relu6_int16", [1, 4, 4, 3], (2, 2), (2, 2), "valid", "relu6", kinds=("int16",), scale=0.0005)
    pool(op, "relu_n1", [1, 4, 4, 3], (2, 2), (2, 2), "valid", "relu_n1")
    pool(op, "zero_low", [1, 4, 4, 3], (3, 3), (1, 1), "same", zero=-128, kinds=("int8",))
    pool(op, "zero_high", [1, 4, 4, 3], (3, 3), (1, 1), "same", zero=127, kinds=("int8",))
