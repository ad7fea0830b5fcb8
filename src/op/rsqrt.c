/* RSQRT: y = 1 / sqrt(x). s8: a table of the reference's fixed-point formula; what is not above 0
 * gives 127.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

typedef struct Scales {
    Rounding rounding;
    int32_t x_zero, y_zero, multiplier, shift;
} Scales;

/* 1 / sqrt(X) = result * 2^(-31 - *shift) for X >= 1, by five steps of Newton's method on numbers
 * with three integer bits. */
static int32_t inverse_sqrt(int32_t x, int32_t *shift)
{
    if (x <= 1) {
        *shift = 0;
        return INT32_MAX;
    }
    const int32_t half_three = (1 << 28) + (1 << 27);
    int32_t pairs = 0; /* X has few bits: up by pairs of them until bit 27 or 28 is its highest */
    while (x < (1 << 27)) {
        x *= 4;
        pairs++;
    }
    *shift = 11 - pairs;
    int32_t input = x >> 1;
    int32_t half_input = fixed_shift_right(input, 1);
    int32_t y = 1 << 28;
    for (int32_t i = 0; i < 5; i++) {
        int32_t cube = fixed_high_mul(fixed_high_mul(y, y), y) << 6;
        y = (fixed_high_mul(half_three, y) - fixed_high_mul(half_input, cube)) << 3;
    }
    y = fixed_high_mul(y, 1518500250); /* sqrt(1/2) */
    if (*shift < 0) {
        y <<= -*shift;
        *shift = 0;
    }
    return y;
}

static int8_t entry(int8_t x, const void *context)
{
    const Scales *c = context;
    int32_t value = x - c->x_zero;
    if (value <= 0) {
        return INT8_MAX;
    }
    int32_t shift = 0;
    int32_t inverse = inverse_sqrt(value, &shift);
    int32_t data = fixed_requantize(c->rounding, 1, inverse, 20 - shift);
    int32_t shift_y = c->shift < -11 ? -31 : c->shift - 20;
    int32_t y = fixed_requantize(c->rounding, data, c->multiplier, shift_y) + c->y_zero;
    return (int8_t)(y > INT8_MAX ? INT8_MAX : y < INT8_MIN ? INT8_MIN : y);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type == TYPE_F32) {
        lower_unary_f32(g, n, "shrinc_rsqrt_f32");
        return OK;
    }
    Scales s = {.rounding = g->rounding, .x_zero = x->q.zero[0], .y_zero = y->q.zero[0]};
    double real = 1.0 / (sqrt((double)x->q.scale[0]) * (double)y->q.scale[0]);
    TRY(gain(g, n, real, 1, &s.multiplier, &s.shift, d));
    return lower_lut_s8(g, n, entry, &s);
}

static float value(float x)
{
    return 1.0f / sqrtf(x);
}

static float slope(float x, float y)
{
    return -0.5f * y / x;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_rsqrt = {
    .kind = {"rsqrt", NULL, 0, 0},
    .tflite_name = "RSQRT",
    .tflite_code = 76,
    .tflite_options = 0,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE,
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
