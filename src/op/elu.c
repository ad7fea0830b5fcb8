/* ELU: y = x, or exp(x) - 1 below 0. s8: a table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

static float elu(float x, const void *context)
{
    (void)context;
    return x < 0.0f ? expm1f(x) : x;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_unary_f32(g, n, "shrinc_elu_f32");
        return OK;
    case TYPE_S8:
        return lower_lut_f32(g, n, elu, NULL);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value(float x)
{
    return x < 0.0f ? expm1f(x) : x;
}

static float slope(float x, float y)
{
    return x < 0.0f ? y + 1.0f : 1.0f;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_elu = {
    .kind = {"elu", NULL, 0, 0},
    .tflite_name = "ELU",
    .tflite_code = 111,
    .tflite_options = 0,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
