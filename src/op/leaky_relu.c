/* LEAKY_RELU: y = x, or alpha * x below 0. s8: a table, y = clamp(requantize(x - zero_x) + zero_y)
 * with a multiplier of its own below zero_x; s16 by the same formula.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_leaky_relu_f32.h"
#include "shrinc_leaky_relu_s16.h"

typedef struct Attr {
    float alpha;
} Attr;
static const AttrDesc attrs[] = {
    {"alpha", ATTR_FLOAT, offsetof(Attr, alpha), WIRE_F32, 0, 0.0, -1e30, 1e30, NULL, "alpha"},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

typedef struct Scales {
    Rounding rounding;
    int32_t x_zero, y_zero, multiplier, shift, alpha_multiplier, alpha_shift;
} Scales;

static int8_t entry(int8_t x, const void *context)
{
    const Scales *c = context;
    int32_t value = x - c->x_zero;
    int32_t multiplier = value >= 0 ? c->multiplier : c->alpha_multiplier;
    int32_t y =
        fixed_requantize(c->rounding, value, multiplier, value >= 0 ? c->shift : c->alpha_shift) +
        c->y_zero;
    return (int8_t)(y > INT8_MAX ? INT8_MAX : y < INT8_MIN ? INT8_MIN : y);
}

static void lower_f32(Graph *g, Node *n, float alpha)
{
    Call *c = call_new(g, n, "shrinc_leaky_relu_f32", sizeof(shrinc_leaky_relu_f32_params));
    shrinc_leaky_relu_f32_params *p = c->params;
    *p = (shrinc_leaky_relu_f32_params){count_of(node_out(g, n, 0)), alpha};
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
}

static void lower_s16(Graph *g, Node *n, const Scales *s)
{
    Call *c = call_new(g, n, "shrinc_leaky_relu_s16", sizeof(shrinc_leaky_relu_s16_params));
    shrinc_leaky_relu_s16_params *p = c->params;
    *p = (shrinc_leaky_relu_s16_params){
        .count = count_of(node_out(g, n, 0)),
        .multiplier = s->multiplier,
        .shift = s->shift,
        .alpha_multiplier = s->alpha_multiplier,
        .alpha_shift = s->alpha_shift,
    };
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *attr = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type == TYPE_F32) {
        lower_f32(g, n, attr->alpha);
        return OK;
    }
    Scales s = {.rounding = g->rounding, .x_zero = x->q.zero[0], .y_zero = y->q.zero[0]};
    double alpha = (double)x->q.scale[0] * (double)attr->alpha / (double)y->q.scale[0];
    TRY(gain(g, n,
             x->type == TYPE_S16 ? (double)(x->q.scale[0] / y->q.scale[0]) : scale_ratio(g, n),
             32768, &s.multiplier, &s.shift, d));
    TRY(gain(g, n, fabs(alpha), 32768, &s.alpha_multiplier, &s.alpha_shift, d));
    s.alpha_multiplier = alpha < 0.0 ? -s.alpha_multiplier : s.alpha_multiplier;
    if (x->type == TYPE_S8) {
        return lower_lut_s8(g, n, entry, &s);
    }
    lower_s16(g, n, &s);
    return OK;
}

static void train_forward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const float alpha = ((const Attr *)s->n->attr)->alpha;
    for (int64_t i = 0; i < count; i++) {
        float x = s->in[0][i];
        s->out[0][i] = x < 0.0f ? alpha * x : x;
    }
}

static void train_backward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const float alpha = ((const Attr *)s->n->attr)->alpha;
    for (int64_t i = 0; s->d_in[0] != NULL && i < count; i++) {
        s->d_in[0][i] += s->in[0][i] < 0.0f ? alpha * s->d_out[0][i] : s->d_out[0][i];
    }
}

const Op op_leaky_relu = {
    .kind = {"leaky_relu", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "LEAKY_RELU",
    .tflite_code = 98,
    .tflite_options = 75,
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
