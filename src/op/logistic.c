/* LOGISTIC: y = 1 / (1 + exp(-x)). s8: a table of the reference's fixed-point formula, y in steps of 1/256 from
 * zero point -128. s16: a table of 256 values with interpolation, y in steps of 1/32768.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d));
    const Tensor *y = node_out(g, n, 0);
    if (y->type == TYPE_S8 && y->q.zero[0] != -128) {
        return fail_node(g, n, d, ERR_INPUT, "output \"%s\" has zero point %d; it must be -128", y->name, y->q.zero[0]);
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_unary_f32(g, n, "shrinc_logistic_f32");
        return OK;
    case TYPE_S8:
        return lower_sigmoid_s8(g, n, fixed_logistic, 23, -128, 1.0 / 256, d);
    case TYPE_S16:
        return lower_sigmoid_s16(g, n, "shrinc_logistic_s16", 0, d);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static float slope(float x, float y)
{
    (void)x;
    return y * (1.0f - y);
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_logistic = {
    .kind = {"logistic", NULL, 0, 0},
    .tflite_name = "LOGISTIC",
    .tflite_code = 14,
    .tflite_options = 0,
    .quant = {.rule = QUANT_FIXED, .scale_s8 = 1.0 / 256, .zero_s8 = -128, .scale_s16 = 1.0 / 32768},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
