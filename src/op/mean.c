/* MEAN: y = (sum of x along the axes) / (number of elements summed).
 * x: f32, s8, s16; axes: constant, negative ones count from the back. TFLite: ReducerOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_reduce.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return reduce_infer(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return reduce_lower_sum(g, n, true, d);
}

/* The channels stay apart where the last dimension is kept. */
static Channels channels(const Graph *g, const Node *n)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    IntList axes;
    bool keeps = y->rank > 0 && const_ints(g, n, 1, "axes", &axes, NULL) == OK;
    for (int32_t i = 0; keeps && i < axes.count; i++) {
        keeps = axes.value[i] != -1 && axes.value[i] != x->rank - 1;
    }
    return (Channels){.kind = keeps ? CHANNELS_EACH : CHANNELS_OPAQUE};
}

static void train_forward(const Shard *s)
{
    reduce_train(s, true);
}

static void train_backward(const Shard *s)
{
    reduce_train_backward(s, true);
}

const Op op_mean = {
    .kind = {"mean", reduce_attrs, REDUCE_ATTRS, sizeof(ReduceAttr)},
    .tflite_name = "MEAN",
    .tflite_code = 40,
    .tflite_options = 27,
    .quant = {.rule = QUANT_FREE},
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = reduce_overlap,
    .channels = channels,
    .forward = train_forward,
    .backward = train_backward,
    .plan = reduce_train_plan,
    .train_in = "x-",
};
