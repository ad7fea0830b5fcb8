/* HARD_SWISH: y = x * clamp(x + 3, 0, 6) / 6. s8: a table of the reference's 16-bit formula.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

typedef struct Scales {
    int32_t x_zero, y_zero;
    int32_t y_multiplier, y_exponent;       /* 16 bits; from x * 128 to y before the last shift */
    int32_t gate_multiplier, gate_exponent; /* from x * 128 to 32768 for x = 3 */
} Scales;

static int32_t saturate(int32_t x)
{
    return x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x;
}

static int32_t high_mul_16(int32_t a, int32_t b)
{
    return saturate((a * b + (1 << 14)) >> 15);
}

static int8_t entry(int8_t x, const void *context)
{
    const Scales *c = context;
    int32_t value = (x - c->x_zero) * 128;
    int32_t gate = value;
    if (c->gate_exponent > 0) {
        gate = c->gate_exponent > 15 ? saturate(gate * 65536)
                                     : saturate(gate * (1 << (c->gate_exponent - 1)));
    }
    gate = high_mul_16(gate, c->gate_multiplier);
    if (c->gate_exponent > 0) {
        gate = saturate(gate * 2);
    } else {
        gate = fixed_shift_right(gate, -c->gate_exponent);
    }
    gate = (gate + 32768) >> 1; /* from -1 .. 1 to 0 .. 1 */
    int32_t y = gate * high_mul_16(value, c->y_multiplier) / 32768;
    y = fixed_shift_right(y, -c->y_exponent) + c->y_zero;
    return (int8_t)(y > INT8_MAX ? INT8_MAX : y < INT8_MIN ? INT8_MIN : y);
}

/* A multiplier of 16 bits. */
static void narrow(double real, int32_t *multiplier, int32_t *exponent)
{
    int32_t wide = 0;
    scale_to_multiplier(real, &wide, exponent);
    *multiplier = wide >= INT32_MAX - 32768 ? INT16_MAX : (wide + 32768) >> 16;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type == TYPE_F32) {
        lower_unary_f32(g, n, "shrinc_hard_swish_f32");
        return OK;
    }
    Scales s = {.x_zero = x->q.zero[0], .y_zero = y->q.zero[0]};
    float fine = x->q.scale[0] / 128.0f;
    narrow((double)(fine / y->q.scale[0]), &s.y_multiplier, &s.y_exponent);
    narrow((double)(fine / (3.0f / 32768.0f)), &s.gate_multiplier, &s.gate_exponent);
    if (s.y_exponent > 0) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "the output's scale %.9g is more than 128 times finer than the input's %.9g",
            (double)y->q.scale[0], (double)x->q.scale[0]);
    }
    return lower_lut_s8(g, n, entry, &s);
}

static float value(float x)
{
    return x * fminf(fmaxf(x + 3.0f, 0.0f), 6.0f) / 6.0f;
}

static float slope(float x, float y)
{
    (void)y;
    return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (2.0f * x + 3.0f) / 6.0f;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_hard_swish = {
    .kind = {"hard_swish", NULL, 0, 0},
    .tflite_name = "HARD_SWISH",
    .tflite_code = 117,
    .tflite_options = 91,
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
