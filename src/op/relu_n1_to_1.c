/* RELU_N1_TO_1: y = min(max(x, -1), 1).
 * s8, s16: with a change of scale where input and output have different ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    /* LiteRT, the only reference that has it, divides the scales in single precision. */
    return lower_relu(g, n, ACT_RELU_N1_TO_1, (double)(float)scale_ratio(g, n), d);
}

static void train_forward(const Shard *s)
{
    train_clamp(s, ACT_RELU_N1_TO_1);
}

static void train_backward(const Shard *s)
{
    train_clamp_backward(s, ACT_RELU_N1_TO_1);
}

const Op op_relu_n1_to_1 = {
    .kind = {"relu_n1_to_1", NULL, 0, 0},
    .tflite_name = "RELU_N1_TO_1",
    .tflite_code = 20,
    .tflite_options = 0,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE | TRAIT_CLAMP | TRAIT_SETS_GRADIENT,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
