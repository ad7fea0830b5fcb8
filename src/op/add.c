/* ADD: y = act(a + b) with broadcasting.
 * s8, s16: both inputs are brought to a common scale (twice the larger one) with 20 or 15 fractional bits,
 * added, and brought to y's scale. s32: wraps around. TFLite: AddOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_plane.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t act;
    bool pot_scale_int16; /* carried along: the reference kernels do not look at it */
} Attr;
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, act_names, NULL},
    {"pot_scale_int16", ATTR_BOOL, offsetof(Attr, pot_scale_int16), WIRE_BOOL, 1, 1, 0, 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    int32_t act = ((const Attr *)n->attr)->act;
    if (node_in(g, n, 0)->type == TYPE_S32 && act != ACT_NONE) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "TFLite Micro ignores the fused activation (%s) of int32, LiteRT applies it; "
                         "export it as a layer of its own",
                         act_names[act]);
    }
    return infer_binary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *attr = n->attr;
    switch (node_in(g, n, 0)->type) {
    case TYPE_F32:
        lower_binary_f32(g, n, "shrinc_add_f32", attr->act);
        return OK;
    case TYPE_S32:
        lower_binary_s32(g, n, "shrinc_add_s32", attr->act);
        return OK;
    case TYPE_S8:
        TRY(lower_sum(g, n, "shrinc_add_s8", attr->act, 20, d));
        plane_replace(g, n);
        return OK;
    case TYPE_S16:
        return lower_sum(g, n, "shrinc_add_s16", attr->act, 15, d);
    default:
        return fail_no_kernel(g, n, d);
    }
}

static void train_forward(const Shard *s)
{
    train_sum(s, 1.0f, ((const Attr *)s->n->attr)->act);
}

static void train_backward(const Shard *s)
{
    train_sum_backward(s, 1.0f, ((const Attr *)s->n->attr)->act);
}

static int32_t affine(const Graph *g, const Node *n, float *gain, float *offset)
{
    int32_t channels = shape_dim_back(&node_out(g, n, 0)->shape, 0);
    for (int32_t c = 0; c < channels; c++) {
        gain[c] = 1.0f;
    }
    return channel_operand(g, n, offset);
}

const Op op_add = {
    .kind = {"add", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "ADD",
    .tflite_code = 0,
    .tflite_options = 11,
    .quant = {.rule = QUANT_FREE},
    .traits = TRAIT_ELEMENTWISE | TRAIT_FUSES_CLAMP | TRAIT_SETS_GRADIENT,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .affine = affine,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "B",
};
