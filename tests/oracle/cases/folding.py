"""Operators that look at shapes or constants alone: in models they feed others and are gone after folding."""
from build import T, const
from case import add

MASKS = dict(beginMask=0, endMask=0, ellipsisMask=0, newAxisMask=0, shrinkAxisMask=1)


def flatten(kind, q):
    """As Keras exports Flatten: reshape to (batch taken from the shape, -1)."""
    x, s, b = T([2, 3, 5], **q), T([3], "int32"), T([], "int32")
    p, y = T([2], "int32"), T([2, 15], **q)
    add("SHAPE", f"flatten_{kind}", kind, [
        ("SHAPE", [x], [s], ("ShapeOptions", dict(outType=2)), 1),
        ("STRIDED_SLICE", [s, const([0]), const([1]), const([1])], [b], ("StridedSliceOptions", MASKS), 1),
        ("PACK", [b, const(-1)], [p], ("PackOptions", dict(valuesCount=2, axis=0)), 1),
        ("RESHAPE", [x, p], [y], ("ReshapeOptions", dict(newShape=[])), 1)], [x], [y], 2)


for kind, q in (("float32", {}), ("int8", dict(type="int8", scale=0.05, zero=3))):
    flatten(kind, q)

x, c, y = T([2, 3]), T([2, 3]), T([2, 3])
add("FILL", "added_float32", "float32", [("FILL", [const([2, 3]), const(1.5, "float32")], [c], ("FillOptions", {}), 1),
    ("ADD", [x, c], [y], ("AddOptions", dict(fusedActivationFunction=0)), 1)], [x], [y], 2)
x, s, c, y = T([2, 3]), T([2], "int32"), T([2, 3]), T([2, 3])
add("FILL", "shape_of_input_float32", "float32", [("SHAPE", [x], [s], ("ShapeOptions", dict(outType=2)), 1),
    ("FILL", [s, const(-2.0, "float32")], [c], ("FillOptions", {}), 1),
    ("MUL", [x, c], [y], ("MulOptions", dict(fusedActivationFunction=0)), 1)], [x], [y], 2)
x, c, y = T([2, 3]), T([2, 3]), T([2, 3])
add("ZEROS_LIKE", "compared_float32", "float32", [("ZEROS_LIKE", [x], [c], ("ZerosLikeOptions", {}), 1),
    ("MAXIMUM", [x, c], [y], ("MaximumMinimumOptions", {}), 1)], [x], [y], 2)
x, r, y = T([5, 2]), T([3], "int32"), T([3, 2])
add("RANGE", "gathered_float32", "float32", [("RANGE", [const(0), const(5), const(2)], [r], ("RangeOptions", {}), 1),
    ("GATHER", [x, r], [y], ("GatherOptions", dict(axis=0, batchDims=0)), 1)], [x], [y], 2)
x, r, y = T([7]), T([7]), T([7])
add("RANGE", "backwards_float32", "float32", [("RANGE", [const(v, "float32") for v in (1.0, -1.05, -0.3)], [r], ("RangeOptions", {}), 1),
    ("ADD", [x, r], [y], ("AddOptions", dict(fusedActivationFunction=0)), 1)], [x], [y], 2)
x, r, y = T([2, 3]), T([], "int32"), T([2, 3, 1])
add("RANK", "axis_float32", "float32", [("RANK", [x], [r], ("RankOptions", {}), 1),
    ("EXPAND_DIMS", [x, r], [y], ("ExpandDimsOptions", {}), 1)], [x], [y], 2)
x, s, y = T([1, 3]), T([2], "int32"), T([4, 3])
add("BROADCAST_ARGS", "broadcast_float32", "float32", [("BROADCAST_ARGS", [const([3]), const([4, 1])], [s], None, 1),
    ("BROADCAST_TO", [x, s], [y], ("BroadcastToOptions", {}), 2)], [x], [y], 2)
