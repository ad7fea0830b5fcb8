/* REDUCE_MIN: y = the smallest element of x along the axes.
 * x: f32, s8 (x and y of the same scale); axes: constant, negative ones count from the back. TFLite: ReducerOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_reduce.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    TRY(reduce_infer(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d));
    return check_same_quant(g, n, node_in(g, n, 0), node_out(g, n, 0), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return reduce_lower_choice(g, n, "reduce_min", d);
}

static void train_forward(const Shard *s)
{
    reduce_train_choice(s, -1.0f);
}

const Op op_reduce_min = {
    .kind = {"reduce_min", reduce_attrs, REDUCE_ATTRS, sizeof(ReduceAttr)},
    .tflite_name = "REDUCE_MIN",
    .tflite_code = 89,
    .tflite_options = 27,
    .quant = {.rule = QUANT_SAME},
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = reduce_overlap,
    .forward = train_forward,
    .backward = reduce_train_choice_backward,
    .keep_count = reduce_train_choice_keep,
    .plan = reduce_train_plan,
    .train_in = "x-",
};
