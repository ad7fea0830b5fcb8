/* L2_NORMALIZATION: y[..][c] = x[..][c] / max(length of the row, 1e-6), along the last dimension.
 * x: f32, s8 (y of scale 1/128 and zero point 0). TFLite: L2NormOptions; a fused activation is
 * refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_l2_normalization.h"

typedef struct Attr {
    int32_t act;
} Attr;
static const char *const none_names[] = {"none", NULL};
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, none_names, NULL},
};
enum { MAX_DEPTH = 33025 }; /* 255^2 times this stays within 31 bits */

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    if (x->type == TYPE_S8 &&
        (y->q.zero[0] != 0 || fabs((double)y->q.scale[0] * 128.0 - 1.0) > 1e-3)) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the output has scale %.9g and zero point %d; int8 needs 1/128 and 0",
                         (double)y->q.scale[0], y->q.zero[0]);
    }
    if (x->type == TYPE_S8 && x->shape.dim[x->shape.rank - 1] > MAX_DEPTH) {
        return fail_node(g, n, d, ERR_LIMIT, "rows of %d elements; at most %d",
                         x->shape.dim[x->shape.rank - 1], MAX_DEPTH);
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Tensor *x = node_in(g, n, 0);
    const char *kernel =
        x->type == TYPE_S8 ? "shrinc_l2_normalization_s8" : "shrinc_l2_normalization_f32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_l2_normalization_params));
    shrinc_l2_normalization_params *p = c->params;
    p->depth = x->shape.dim[x->shape.rank - 1];
    p->rows = count_of(x) / p->depth;
    p->x_zero = x->type == TYPE_S8 ? x->q.zero[0] : 0;
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

/* The length of a row, from below as the kernel has it. */
static float length_of(const float *x, int32_t depth)
{
    float sum = 0.0f;
    for (int32_t i = 0; i < depth; i++) {
        sum += x[i] * x[i];
    }
    return fmaxf(sqrtf(sum), 1e-6f);
}

static void train_forward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const Shape *shape = &node_in(s->g, s->n, 0)->shape;
    const int32_t depth = shape->dim[shape->rank - 1];
    for (int64_t at = 0; at < count; at += depth) {
        float length = length_of(s->in[0] + at, depth);
        for (int32_t i = 0; i < depth; i++) {
            s->out[0][at + i] = s->in[0][at + i] / length;
        }
    }
}

/* dx = (dy - y * sum of dy * y) / length */
static void train_backward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const Shape *shape = &node_in(s->g, s->n, 0)->shape;
    const int32_t depth = shape->dim[shape->rank - 1];
    for (int64_t at = 0; s->d_in[0] != NULL && at < count; at += depth) {
        const float *dy = s->d_out[0] + at;
        const float *y = s->out[0] + at;
        float length = length_of(s->in[0] + at, depth);
        float dot = 0.0f;
        for (int32_t i = 0; i < depth; i++) {
            dot += dy[i] * y[i];
        }
        for (int32_t i = 0; i < depth; i++) {
            s->d_in[0][at + i] += (dy[i] - y[i] * dot) / length;
        }
    }
}

const Op op_l2_normalization = {
    .kind = {"l2_normalization", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "L2_NORMALIZATION",
    .tflite_code = 11,
    .tflite_options = 12,
    .quant = {.rule = QUANT_FIXED, .scale_s8 = 1.0 / 128, .zero_s8 = 0},
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
