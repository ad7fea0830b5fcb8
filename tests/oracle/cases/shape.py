"""Operators that move values without computing on them, and resizing."""
import numpy as np

from build import PADDING, T, const
from case import single
from cases.arithmetic import quant

Q = {kind: quant(kind, 0.05, 3) for kind in ("float32", "int8", "int16", "int32", "bool")}
TWO = ("float32", "int8")
THREE = TWO + ("int16",)


def move(op, case, shape, more, options=None, kinds=TWO, n_out=1, runs=2, out=None, version=1):
    """One data input, then constants."""
    for kind in kinds:
        single(op, f"{case}_{kind}", kind, [T(list(shape), **Q[kind])] + more, [T(out, **Q[kind]) for _ in range(n_out)], options, runs, version)


for name, shape, to in (("flatten", [1, 3, 5, 2], [1, 30]), ("infer", [2, 3, 5], [3, -1]), ("same", [2, 3], [2, 3]), ("one", [1], [1, 1, 1])):
    move("RESHAPE", name, shape, [const(to)], ("ReshapeOptions", dict(newShape=to)), THREE)
for kind in TWO:
    single("RESHAPE", f"no_shape_input_{kind}", kind, [T([2, 6], **Q[kind])], [T([3, 4], **Q[kind])], ("ReshapeOptions", dict(newShape=[3, 4])), 2)
for name, shape, dims in (("all", [1, 3, 1, 5], []), ("one_axis", [1, 3, 1, 5], [2]), ("negative", [1, 3, 1, 5], [-2]), ("two", [1, 3, 1, 5], [0, 2])):
    move("SQUEEZE", name, shape, [], ("SqueezeOptions", dict(squeezeDims=dims)))
for name, shape, axis in (("first", [3, 5], 0), ("last", [3, 5], 2), ("negative", [3, 5], -1), ("middle", [3, 5], 1)):
    move("EXPAND_DIMS", name, shape, [const([axis])], ("ExpandDimsOptions", {}))
for name, shape, perm in (("matrix", [3, 5], [1, 0]), ("nchw_nhwc", [1, 3, 4, 5], [0, 2, 3, 1]), ("nhwc_nchw", [2, 3, 4, 5], [0, 3, 1, 2]),
                          ("rank_3", [2, 3, 5], [2, 0, 1]), ("identity", [2, 3], [0, 1]), ("reverse", [2, 3, 4, 5], [3, 2, 1, 0]),
                          ("rank_5", [2, 1, 3, 2, 2], [4, 0, 2, 1, 3]), ("one", [1], [0])):
    move("TRANSPOSE", name, shape, [const(perm)], ("TransposeOptions", {}), THREE if name == "nchw_nhwc" else TWO)

for name, shapes, axis in (("last", [[2, 3], [2, 5]], 1), ("first", [[1, 3], [4, 3]], 0), ("negative", [[1, 2, 3], [1, 2, 1]], -1),
                           ("channels_3", [[1, 3, 2, 3], [1, 3, 2, 1], [1, 3, 2, 5]], 3), ("height", [[1, 2, 3, 2], [1, 1, 3, 2]], 1),
                           ("width", [[1, 2, 3, 2], [1, 2, 2, 2]], 2), ("single", [[2, 3]], 1), ("rank_1", [[3], [1], [2]], 0)):
    for kind in THREE if name in ("last", "first") else TWO:
        single("CONCATENATION", f"{name}_{kind}", kind, [T(s, **Q[kind]) for s in shapes], [T(None, **Q[kind])],
               ("ConcatenationOptions", dict(axis=axis, fusedActivationFunction=0)), 2)
for kind in TWO + ("int32",):
    data = np.arange(6).reshape(2, 3).astype(np.float32 if kind == "float32" else kind)
    single("CONCATENATION", f"constant_{kind}", kind, [T([2, 3], **Q[kind]), T([2, 3], data=data, **Q[kind])], [T(None, **Q[kind])],
           ("ConcatenationOptions", dict(axis=0, fusedActivationFunction=0)), 2)

for name, shape, axis, n in (("last", [2, 6], 1, 3), ("first", [4, 3], 0, 2), ("negative", [1, 2, 6], -1, 2), ("channels", [1, 3, 2, 4], 3, 4),
                             ("one_part", [2, 3], 1, 1)):
    for kind in THREE if name == "last" else TWO:
        single("SPLIT", f"{name}_{kind}", kind, [const(axis), T(shape, **Q[kind])], [T(None, **Q[kind]) for _ in range(n)],
               ("SplitOptions", dict(numSplits=n)), 2)
for name, shape, sizes, axis in (("last", [2, 6], [1, 3, 2], 1), ("first", [5, 2], [1, 4], 0), ("negative", [1, 2, 6], [5, 1], -1),
                                 ("infer", [2, 7], [2, -1, 1], 1), ("channels", [1, 3, 2, 5], [3, 2], 3)):
    move("SPLIT_V", name, shape, [const(sizes), const(axis)], ("SplitVOptions", dict(numSplits=len(sizes))), n_out=len(sizes))

for name, shape, begin, size in (("rank_1", [7], [2], [3]), ("rank_2", [3, 5], [1, 0], [2, 3]), ("to_end", [3, 5], [1, 2], [-1, -1]),
                                 ("rank_4", [2, 3, 4, 5], [0, 1, 1, 2], [1, 2, 3, 1]), ("whole", [2, 3], [0, 0], [2, 3]),
                                 ("rank_5", [2, 2, 3, 2, 3], [1, 0, 1, 0, 1], [1, 2, 2, 1, 2])):
    move("SLICE", name, shape, [const(begin), const(size)], ("SliceOptions", {}), THREE if name == "rank_4" else TWO)

STRIDED = {  # name -> shape, begin, end, strides, masks
    "basic": ([5, 7], [1, 2], [4, 6], [1, 1], {}),
    "step_2_3": ([5, 7], [0, 1], [5, 7], [2, 3], {}),
    "backwards": ([5, 7], [3, 5], [0, 1], [-1, -2], {}),
    "negative_index": ([5, 7], [-4, -5], [-1, -2], [1, 1], {}),
    "begin_mask": ([5, 7], [3, 2], [4, 6], [1, 1], dict(beginMask=1)),
    "end_mask": ([5, 7], [1, 2], [2, 3], [1, 1], dict(endMask=2)),
    "both_masks": ([2, 3, 4], [1, 1, 1], [1, 2, 2], [1, 1, 2], dict(beginMask=5, endMask=5)),
    "masks_backwards": ([5, 7], [1, 1], [3, 3], [-1, -1], dict(beginMask=3, endMask=3)),
    "shrink": ([5, 7], [2, 0], [3, 7], [1, 1], dict(shrinkAxisMask=1)),
    "shrink_last": ([2, 3, 5], [0, 0, -1], [2, 3, 0], [1, 1, 1], dict(shrinkAxisMask=4)),
    "shrink_two": ([2, 3, 5], [1, 0, 2], [2, 3, 3], [1, 1, 1], dict(shrinkAxisMask=5)),
    "rank_4": ([1, 5, 6, 3], [0, 1, 0, 0], [1, 5, 6, 3], [1, 2, 3, 1], {}),
    "rank_1": ([9], [1], [8], [3], {}),
    "beyond_end": ([5, 7], [2, 3], [100, 100], [1, 1], {}),
    "fewer_indices": ([3, 4, 5], [1], [3], [1], {}),
    "rank_5": ([2, 1, 3, 2, 5], [0, 0, 1, 0, 1], [2, 1, 3, 2, 4], [1, 1, 1, 1, 2], {}),
    "ellipsis": ([2, 3, 4], [0, 1], [0, 3], [1, 1], dict(ellipsisMask=1)),
    "new_axis": ([3, 4], [0, 0, 1], [0, 3, 3], [1, 1, 1], dict(newAxisMask=1)),
    "offset": ([5, 7], [1, 2], [3, 4], [1, 1], dict(offset=True)),
}
for name, (shape, begin, end, step, masks) in STRIDED.items():
    options = dict(beginMask=0, endMask=0, ellipsisMask=0, newAxisMask=0, shrinkAxisMask=0)
    move("STRIDED_SLICE", name, shape, [const(begin), const(end), const(step)], ("StridedSliceOptions", dict(options, **masks)),
         THREE if name in ("basic", "backwards", "shrink") else TWO)

for name, shape, axis, n in (("first", [3, 2], 0, 2), ("last", [3, 2], 2, 3), ("negative", [3, 2], -2, 2), ("rank_1", [5], 0, 3), ("one", [1], 0, 1)):
    for kind in TWO + (("int32",) if name == "first" else ()):
        single("PACK", f"{name}_{kind}", kind, [T(shape, **Q[kind]) for _ in range(n)], [T(None, **Q[kind])],
               ("PackOptions", dict(valuesCount=n, axis=axis)), 2)
for name, shape, axis in (("first", [3, 2], 0), ("last", [2, 3], 1), ("negative", [2, 3, 2], -2), ("rank_1", [3], 0)):
    n = shape[axis]
    for kind in TWO:
        single("UNPACK", f"{name}_{kind}", kind, [T(shape, **Q[kind])], [T(None, **Q[kind]) for _ in range(n)],
               ("UnpackOptions", dict(num=n, axis=axis)), 2)

PADS = {"spatial": ([1, 3, 4, 2], [[0, 0], [1, 2], [2, 0], [0, 0]]), "channels": ([1, 2, 2, 3], [[0, 0], [0, 0], [0, 0], [1, 2]]),
        "all": ([2, 2, 2, 2], [[1, 0], [0, 1], [1, 1], [2, 1]]), "rank_1": ([5], [[2, 3]]), "rank_2": ([3, 5], [[1, 0], [0, 2]]),
        "rank_3": ([2, 3, 2], [[0, 1], [1, 1], [0, 0]]), "none": ([2, 3], [[0, 0], [0, 0]])}
for name, (shape, pads) in PADS.items():
    move("PAD", name, shape, [const(pads)], ("PadOptions", {}), THREE if name in ("spatial", "all") else TWO)
    for kind in TWO:
        value = T([1], data=np.array([7], np.float32 if kind == "float32" else kind), **Q[kind])
        single("PADV2", f"{name}_{kind}", kind, [T(shape, **Q[kind]), const(pads), value], [T(None, **Q[kind])], ("PadV2Options", {}), 2)
single("PAD", "zero_low_int8", "int8", [T([2, 3], "int8", 0.05, -128), const([[1, 1], [1, 1]])], [T(None, "int8", 0.05, -128)], ("PadOptions", {}), 2)
single("PAD", "int64_pads_float32", "float32", [T([2, 3]), const([[1, 1], [1, 1]], "int64")], [T(None)], ("PadOptions", {}), 2)
for name, shape, pads, mode in (("reflect", [3, 5], [[1, 2], [2, 1]], 0), ("symmetric", [3, 5], [[1, 2], [2, 1]], 1), ("reflect_full", [3, 4], [[2, 2], [3, 3]], 0),
                                ("symmetric_full", [2, 3], [[2, 2], [3, 3]], 1), ("reflect_rank_4", [1, 4, 3, 2], [[0, 0], [1, 1], [2, 1], [0, 0]], 0),
                                ("symmetric_rank_1", [4], [[3, 1]], 1)):
    move("MIRROR_PAD", name, shape, [const(pads)], ("MirrorPadOptions", dict(mode=mode)))

for name, shape, ids, axis, batch in (("first", [4, 3], [2, 0, 3], 0, 0), ("last", [2, 5], [4, 4, 0], 1, 0), ("negative", [2, 3, 5], [1, 2], -2, 0),
                                      ("matrix_ids", [4, 3], [[1, 2], [0, 3]], 0, 0), ("scalar_id", [4, 3], 2, 0, 0),
                                      ("batch", [2, 4, 3], [[1, 3], [0, 2]], 1, 1), ("one", [1], [0], 0, 0)):
    for kind in TWO:
        single("GATHER", f"{name}_{kind}", kind, [T(shape, **Q[kind]), const(ids)], [T(None, **Q[kind])], ("GatherOptions", dict(axis=axis, batchDims=batch)), 2)
for kind in TWO:
    single("GATHER", f"ids_input_{kind}", kind, [T([5, 3], **Q[kind]), T([4], "int32", make=lambda rng, run: rng.integers(0, 5, 4))], [T(None, **Q[kind])],
           ("GatherOptions", dict(axis=0, batchDims=0)), 2)
    single("GATHER", f"embedding_{kind}", kind, [T([9, 3], data=(np.arange(27).reshape(9, 3)).astype(np.float32 if kind == "float32" else kind), **Q[kind]),
           T([1, 4], "int32", make=lambda rng, run: rng.integers(0, 9, [1, 4]))], [T(None, **Q[kind])], ("GatherOptions", dict(axis=0, batchDims=0)), 2)

for name, shape, size in (("up_2", [1, 3, 4, 2], [6, 8]), ("up_odd", [1, 3, 2, 3], [7, 5]), ("down", [1, 7, 6, 2], [3, 2]), ("same", [1, 3, 3, 1], [3, 3]),
                          ("one_in", [1, 1, 1, 2], [3, 5]), ("one_out", [1, 5, 4, 1], [1, 1]), ("batch", [2, 2, 3, 1], [4, 5])):
    for kind in TWO + (("int16",) if name == "up_odd" else ()):
        for align, half in ((False, False), (True, False), (False, True)):
            mode = "_align" if align else "_half" if half else ""
            if mode and name in ("same", "batch"):
                continue
            single("RESIZE_BILINEAR", f"{name}{mode}_{kind}", kind, [T(shape, **Q[kind]), const(size)], [T(None, **Q[kind])],
                   ("ResizeBilinearOptions", dict(alignCorners=align, halfPixelCenters=half)), 2)
            if kind != "int16":
                single("RESIZE_NEAREST_NEIGHBOR", f"{name}{mode}_{kind}", kind, [T(shape, **Q[kind]), const(size)], [T(None, **Q[kind])],
                       ("ResizeNearestNeighborOptions", dict(alignCorners=align, halfPixelCenters=half)), 2)

for name, shape, n in (("block_2", [1, 4, 6, 3], 2), ("block_3", [1, 3, 6, 1], 3), ("batch", [2, 2, 2, 2], 2)):
    move("SPACE_TO_DEPTH", name, shape, [], ("SpaceToDepthOptions", dict(blockSize=n)))
for name, shape, n in (("block_2", [1, 2, 3, 12], 2), ("block_3", [1, 1, 2, 9], 3), ("batch", [2, 1, 1, 8], 2)):
    move("DEPTH_TO_SPACE", name, shape, [], ("DepthToSpaceOptions", dict(blockSize=n)))
for name, shape, block, pads in (("basic", [1, 4, 6, 2], [2, 2], [[0, 0], [0, 0]]), ("padded", [1, 3, 4, 2], [2, 3], [[1, 0], [0, 2]]),
                                 ("rank_3", [1, 5, 2], [2], [[0, 1]]), ("batch", [2, 2, 2, 1], [2, 1], [[0, 0], [0, 0]])):
    move("SPACE_TO_BATCH_ND", name, shape, [const(block), const(pads)], ("SpaceToBatchNDOptions", {}))
for name, shape, block, crops in (("basic", [4, 2, 3, 2], [2, 2], [[0, 0], [0, 0]]), ("cropped", [6, 2, 2, 1], [2, 3], [[1, 0], [0, 2]]),
                                  ("rank_3", [2, 3, 2], [2], [[0, 1]]), ("batch", [4, 2, 2, 1], [2, 1], [[0, 0], [0, 0]])):
    move("BATCH_TO_SPACE_ND", name, shape, [const(block), const(crops)], ("BatchToSpaceNDOptions", {}))

for name, shape, to in (("row", [1, 5], [3, 5]), ("column", [3, 1], [3, 5]), ("rank_up", [3], [2, 2, 3]), ("scalar", [1], [2, 3]), ("rank_4", [1, 3, 1, 2], [2, 3, 2, 2])):
    move("BROADCAST_TO", name, shape, [const(to)], ("BroadcastToOptions", {}), version=2, out=to)
for name, shape, n in (("rank_1", [3], [4]), ("rank_2", [2, 3], [2, 1]), ("both", [2, 3], [3, 2]), ("rank_4", [1, 2, 1, 3], [2, 1, 3, 2])):
    move("TILE", name, shape, [const(n)], ("TileOptions", {}))

for name, a, b, x, y in (("basic", [2, 3], [3, 5], False, False), ("adj_x", [3, 2], [3, 5], True, False), ("adj_y", [2, 3], [5, 3], False, True),
                         ("adj_both", [3, 2], [5, 3], True, True), ("batch", [2, 3, 4], [2, 4, 5], False, False),
                         ("broadcast_left", [1, 3, 4], [2, 4, 5], False, False), ("broadcast_right", [2, 3, 4], [4, 5], False, False),
                         ("batch_4", [2, 1, 3, 4], [1, 2, 5, 4], False, True), ("one", [1, 1], [1, 1], False, False)):
    for kind in THREE:
        for fixed in (False, True):
            if fixed and name not in ("basic", "adj_y"):
                continue
            s = {"float32": [{}] * 3, "int8": [dict(type="int8", scale=0.04, zero=3), dict(type="int8", scale=0.03, zero=-5), dict(type="int8", scale=0.25, zero=9)],
                 "int16": [dict(type="int16", scale=0.0002, zero=0), dict(type="int16", scale=0.0001, zero=0), dict(type="int16", scale=0.001, zero=0)]}[kind]
            s = [dict(dict(type=kind), **v) for v in s]
            right = T(b, **s[1])
            if fixed:
                rng = np.random.default_rng(11)
                right.data = rng.uniform(-2, 2, b).astype(np.float32) if kind == "float32" else rng.integers(-127, 128, b).astype(kind)
            single("BATCH_MATMUL", f"{name}{'_constant' if fixed else ''}_{kind}", kind, [T(a, **s[0]), right], [T(None, **s[2])],
                   ("BatchMatMulOptions", dict(adjX=x, adjY=y)), 2)
