/* SQUARED_DIFFERENCE: y = (a - b)^2 with broadcasting. s8: both inputs are brought to a common scale (twice the
 * larger one) with 7 fractional bits. s32: wraps around.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_pair(g, n, "shrinc_squared_difference_f32");
        return OK;
    case TYPE_S32:
        lower_pair(g, n, "shrinc_squared_difference_s32");
        return OK;
    case TYPE_S8:
        return lower_squared_difference(g, n, d);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value(float a, float b)
{
    return (a - b) * (a - b);
}

static void slopes(float a, float b, float y, float *by_a, float *by_b)
{
    (void)y;
    *by_a = 2.0f * (a - b);
    *by_b = -*by_a;
}

static const PairFunction function = {value, slopes};

static void train_forward(const Shard *s)
{
    train_pair(s, function, ACT_NONE);
}

static void train_backward(const Shard *s)
{
    train_pair_backward(s, function, ACT_NONE);
}

const Op op_squared_difference = {
    .kind = {"squared_difference", NULL, 0, 0},
    .tflite_name = "SQUARED_DIFFERENCE",
    .tflite_code = 99,
    .tflite_options = 76,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "B",
};
