/* SQRT: y = the square root of x. s8: a table; the reference cuts instead of rounding, and stops at inputs
 * below 0, which give the output's zero point here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

typedef struct Scales {
    Quant x, y;
} Scales;

static int8_t entry(int8_t x, const void *context)
{
    const Scales *c = context;
    float real = c->x.scale[0] * (float)(x - c->x.zero[0]);
    float y = truncf(sqrtf(real > 0.0f ? real : 0.0f) / c->y.scale[0]) + (float)c->y.zero[0];
    return y >= 127.0f ? 127 : (int8_t)y;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_unary_f32(g, n, "shrinc_sqrt_f32");
        return OK;
    case TYPE_S8:
        return lower_lut_s8(g, n, entry, &(Scales){node_in(g, n, 0)->q, node_out(g, n, 0)->q});
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value(float x)
{
    return sqrtf(x);
}

static float slope(float x, float y)
{
    (void)x;
    return 0.5f / y;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_sqrt = {
    .kind = {"sqrt", NULL, 0, 0},
    .tflite_name = "SQRT",
    .tflite_code = 75,
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
