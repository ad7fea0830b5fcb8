/* MUL: y = act(a * b) with broadcasting. s8, s16: y = requantize((a - zero_a) * (b - zero_b)) + zero_y.
 * s32: wraps around. TFLite: MulOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include "shrinc_mul.h"

typedef struct Attr {
    int32_t act;
} Attr;
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, act_names, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S32), d);
}

static Status lower_quantized(Graph *g, Node *n, const char *kernel, int64_t reach, Diag *d)
{
    const Attr *attr = n->attr;
    const Tensor *a = node_in(g, n, 0);
    const Tensor *b = node_in(g, n, 1);
    const Tensor *y = node_out(g, n, 0);
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_mul_params));
    shrinc_mul_params *p = c->params;
    *p = (shrinc_mul_params){
        .rows = w.rows, .inner = w.inner, .a_step = w.step[0], .b_step = w.step[1],
        .a_zero = a->q.zero[0], .b_zero = b->q.zero[0], .y_zero = y->q.zero[0],
    };
    double real = (double)a->q.scale[0] * (double)b->q.scale[0] / (double)y->q.scale[0];
    TRY(gain(g, n, real, reach * reach, &p->multiplier, &p->shift, d));
    act_range_quant(attr->act, y, &p->y_min, &p->y_max);
    call_operands(g, n, c, &w);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *attr = n->attr;
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_binary_f32(g, n, "shrinc_mul_f32", attr->act);
        return OK;
    case TYPE_S32:
        lower_binary_s32(g, n, "shrinc_mul_s32", attr->act);
        return OK;
    case TYPE_S8:
        return lower_quantized(g, n, "shrinc_mul_s8", 255, d);
    case TYPE_S16:
        return lower_quantized(g, n, "shrinc_mul_s16", 32768, d);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static void train_forward(const Shard *s)
{
    train_product(s, ((const Attr *)s->n->attr)->act);
}

static void train_backward(const Shard *s)
{
    train_product_backward(s, ((const Attr *)s->n->attr)->act);
}

static int32_t affine(const Graph *g, const Node *n, float *gain, float *offset)
{
    int32_t channels = shape_dim_back(&node_out(g, n, 0)->shape, 0);
    memset(offset, 0, sizeof(float) * (size_t)channels);
    return channel_operand(g, n, gain);
}

const Op op_mul = {
    .kind = {"mul", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "MUL",
    .tflite_code = 18,
    .tflite_options = 21,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE | TRAIT_FUSES_CLAMP,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .affine = affine,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "S",
};
