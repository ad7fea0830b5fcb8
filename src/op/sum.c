/* SUM: y = sum of x along the axes.
 * x: f32, s8, s16; axes: constant, negative ones count from the back. TFLite: ReducerOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_reduce.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return reduce_infer(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return reduce_lower_sum(g, n, false, d);
}

static void train_forward(const Shard *s)
{
    reduce_train(s, false);
}

static void train_backward(const Shard *s)
{
    reduce_train_backward(s, false);
}

const Op op_sum = {
    .kind = {"sum", reduce_attrs, REDUCE_ATTRS, sizeof(ReduceAttr)},
    .tflite_name = "SUM",
    .tflite_code = 74,
    .tflite_options = 27,
    .quant = {.rule = QUANT_FREE},
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = reduce_overlap,
    .forward = train_forward,
    .backward = train_backward,
    .plan = reduce_train_plan,
    .train_in = "x-",
};
