/* BROADCAST_ARGS: the shape that two shapes broadcast to. Exists only to be folded.
 * Both inputs: constants, s32 or s64 lists of dimensions; y of the same type. TFLite: no options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

static Status shape_input(const Graph *g, const Node *n, int32_t i, Shape *out, Diag *d)
{
    IntList list;
    TRY(const_ints(g, n, i, "shape", &list, d));
    if (list.count < 1 || list.count > MAX_RANK) {
        return fail_node(g, n, d, ERR_INPUT, "shape %d has %d dimensions; 1 to %d are possible", i,
                         list.count, MAX_RANK);
    }
    for (int32_t k = 0; k < list.count; k++) {
        if (list.value[k] < 1) {
            return fail_node(g, n, d, ERR_INPUT, "dimension %d of shape %d is %d", k, i,
                             list.value[k]);
        }
    }
    *out = shape_of(list.count, list.value);
    return OK;
}

static Status common_shape(const Graph *g, const Node *n, Shape *out, Diag *d)
{
    Shape a;
    Shape b;
    TRY(shape_input(g, n, 0, &a, d));
    TRY(shape_input(g, n, 1, &b, d));
    return broadcast_shape(g, n, &a, &b, out, d);
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    Shape common;
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, y, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), "output", d));
    TRY(common_shape(g, n, &common, d));
    y->shape = shape_of(1, &common.rank);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    Shape common;
    int64_t wide[MAX_RANK];
    TRY(common_shape(g, n, &common, d));
    for (int32_t k = 0; k < common.rank; k++) {
        wide[k] = common.dim[k];
    }
    call_values(g, n, node_out(g, n, 0)->type == TYPE_S64 ? (const void *)wide : common.dim);
    return OK;
}

const Op op_broadcast_args = {
    .kind = {"broadcast_args", NULL, 0, 0},
    .tflite_name = "BROADCAST_ARGS",
    .tflite_code = 145,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
