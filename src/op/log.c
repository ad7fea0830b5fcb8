/* LOG: y = ln(x). s8: a table; what is not above 0 gives the lowest number.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

static float logarithm(float x, const void *context)
{
    const Tensor *y = context;
    return x > 0.0f ? logf(x) : (float)(-128 - y->q.zero[0]) * y->q.scale[0];
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_unary_f32(g, n, "shrinc_log_f32");
        return OK;
    case TYPE_S8:
        return lower_lut_f32(g, n, logarithm, node_out(g, n, 0));
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value(float x)
{
    return logf(x);
}

static float slope(float x, float y)
{
    (void)y;
    return 1.0f / x;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_log = {
    .kind = {"log", NULL, 0, 0},
    .tflite_name = "LOG",
    .tflite_code = 73,
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
