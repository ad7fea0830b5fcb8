/* EXPAND_DIMS: y is x with a dimension of 1 put in before dimension "axis" (negative: from the back of y).
 * x: any type, rank at most 5; axis: a constant. TFLite: ExpandDimsOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    IntList list;
    int32_t axis = 0;
    TRY(check_moved(g, n, x, y, d));
    TRY(check_rank(g, n, x, 0, MAX_RANK - 1, "input", d));
    TRY(const_ints(g, n, 1, "axis", &list, d));
    if (list.count != 1) {
        return fail_node(g, n, d, ERR_INPUT, "the axis has %d values; it must be one number", list.count);
    }
    TRY(check_axis(g, n, list.value[0], x->shape.rank + 1, &axis, d));
    Shape shape = {.rank = x->shape.rank + 1};
    for (int32_t i = 0; i < shape.rank; i++) {
        shape.dim[i] = i < axis ? x->shape.dim[i] : i == axis ? 1 : x->shape.dim[i - 1];
    }
    y->shape = shape;
    return OK;
}

const Op op_expand_dims = {
    .kind = {"expand_dims", NULL, 0, 0},
    .tflite_name = "EXPAND_DIMS",
    .tflite_code = 70,
    .tflite_options = 52,
    .traits = TRAIT_VIEW | TRAIT_MOVES_DATA,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
};
