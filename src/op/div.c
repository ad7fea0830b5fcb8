/* DIV: y = act(a / b) with broadcasting. TFLite: DivOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t act;
} Attr;
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, act_names, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_F32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Attr *attr = n->attr;
    lower_binary_f32(g, n, "shrinc_div_f32", attr->act);
    return OK;
}

static float value(float a, float b)
{
    return a / b;
}

static void slopes(float a, float b, float y, float *by_a, float *by_b)
{
    (void)a;
    *by_a = 1.0f / b;
    *by_b = -y / b;
}

static const PairFunction function = {value, slopes};

static void train_forward(const Shard *s)
{
    train_pair(s, function, ((const Attr *)s->n->attr)->act);
}

static void train_backward(const Shard *s)
{
    train_pair_backward(s, function, ((const Attr *)s->n->attr)->act);
}

const Op op_div = {
    .kind = {"div", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "DIV",
    .tflite_code = 42,
    .tflite_options = 29,
    .traits = TRAIT_ELEMENTWISE | TRAIT_FUSES_CLAMP,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "S",
};
