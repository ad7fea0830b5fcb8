/* GELU: y = x / 2 * (1 + erf(x / sqrt(2))), or with APPROXIMATE x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
 * s8: a table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

typedef struct Attr {
    bool approximate;
} Attr;
static const AttrDesc attrs[] = {
    {"approximate", ATTR_BOOL, offsetof(Attr, approximate), WIRE_BOOL, 0, 0, 0, 1, NULL, "approximate"},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

static float exact(float x, const void *context)
{
    (void)context;
    return 0.5f * x * erfcf(x * -0.70710678f);
}

static float approximation(float x, const void *context)
{
    (void)context;
    return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *attr = n->attr;
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_unary_f32(g, n, attr->approximate ? "shrinc_gelu_tanh_f32" : "shrinc_gelu_f32");
        return OK;
    case TYPE_S8:
        return lower_lut_f32(g, n, attr->approximate ? approximation : exact, NULL);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static float value_tanh(float x)
{
    return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
}

static float slope_tanh(float x, float y)
{
    (void)y;
    float t = tanhf(0.79788456f * (x + 0.044715f * x * x * x));
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456f * (1.0f + 0.134145f * x * x);
}

static float value_exact(float x)
{
    return 0.5f * x * erfcf(x * -0.70710678f);
}

static float slope_exact(float x, float y)
{
    (void)y;
    return 0.5f * erfcf(x * -0.70710678f) + x * 0.39894228f * expf(-0.5f * x * x);
}

static void train_forward(const Shard *s)
{
    train_unary(s, ((const Attr *)s->n->attr)->approximate ? value_tanh : value_exact);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, ((const Attr *)s->n->attr)->approximate ? slope_tanh : slope_exact);
}

const Op op_gelu = {
    .kind = {"gelu", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "GELU",
    .tflite_code = 150,
    .tflite_options = 116,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
