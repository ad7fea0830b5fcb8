/* ABS: y = |x|. s8: a table, y = clamp(requantize(|x - zero_x|) + zero_y); s16 by the same formula.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

#include <stdlib.h>

#include "shrinc_abs_s16.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

typedef struct Scales {
    Rounding rounding;
    int32_t x_zero, y_zero, multiplier, shift;
} Scales;

static int8_t entry(int8_t x, const void *context)
{
    const Scales *c = context;
    int32_t y = fixed_requantize(c->rounding, abs(x - c->x_zero), c->multiplier, c->shift) + c->y_zero;
    return (int8_t)(y > INT8_MAX ? INT8_MAX : y);
}

static Status lower_s16(Graph *g, Node *n, const Scales *scales)
{
    Call *c = call_new(g, n, "shrinc_abs_s16", sizeof(shrinc_abs_s16_params));
    shrinc_abs_s16_params *p = c->params;
    *p = (shrinc_abs_s16_params){count_of(node_out(g, n, 0)), scales->multiplier, scales->shift};
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type == TYPE_F32) {
        lower_unary_f32(g, n, "shrinc_abs_f32");
        return OK;
    }
    Scales s = {.rounding = g->rounding, .x_zero = x->q.zero[0], .y_zero = y->q.zero[0]};
    TRY(gain(g, n, (double)x->q.scale[0] / (double)y->q.scale[0], 32768, &s.multiplier, &s.shift, d));
    return x->type == TYPE_S8 ? lower_lut_s8(g, n, entry, &s) : lower_s16(g, n, &s);
}

static float value(float x)
{
    return fabsf(x);
}

static float slope(float x, float y)
{
    (void)y;
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_abs = {
    .kind = {"abs", NULL, 0, 0},
    .tflite_name = "ABS",
    .tflite_code = 101,
    .tflite_options = 78,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
