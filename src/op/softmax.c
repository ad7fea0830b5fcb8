/* SOFTMAX: y[..][c] = exp(beta * x[..][c]) / sum_k exp(beta * x[..][k]), over the last dimension.
 * x: f32; s8 (y: s8 of scale 1/256 and zero -128, or s16 of scale 1/65536 and zero -32768); s16 (y:
 * s16 of scale 1/32768). int8: the exponentials of all differences that count are a table made here
 * as the reference computes them. TFLite: SoftmaxOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_softmax.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_softmax_f32.h"
#include "shrinc_softmax_s16.h"
#include "shrinc_softmax_s8.h"

typedef struct Attr {
    float beta;
} Attr;
static const AttrDesc attrs[] = {
    {"beta", ATTR_FLOAT, offsetof(Attr, beta), WIRE_F32, 0, 0.0, 0.0, 1e6, NULL, NULL},
};

enum { DEPTH_S8 = 4095, DEPTH_S16 = 65535, SHIFT_S16 = 14 };

static int32_t depth_of(const Tensor *x)
{
    return x->shape.dim[x->shape.rank - 1];
}

static Status check_output(const Graph *g, const Node *n, const Tensor *y, double scale,
                           int32_t zero, Diag *d)
{
    TRY(check_per_tensor(g, n, y, "output", d));
    if (y->q.zero[0] != zero || fabs((double)y->q.scale[0] - scale) > scale * 0.001) {
        return fail_node(
            g, n, d, ERR_UNSUPPORTED,
            "output \"%s\" has scale %.9g and zero point %d; %s softmax needs %.9g and %d", y->name,
            (double)y->q.scale[0], y->q.zero[0], type_name(y->type), scale, zero);
    }
    return OK;
}

/* How the int16 kernel scales differences: the exp table spans -10 .. 0. */
static void scale_s16(const Node *n, const Tensor *x, int32_t *multiplier, int32_t *shift)
{
    const Attr *a = n->attr;
    scale_to_multiplier((double)x->q.scale[0] * (double)a->beta / (10.0 / 65535.0), multiplier,
                        shift);
}

static Status check_quantised(const Graph *g, const Node *n, const Tensor *x, const Tensor *y,
                              Diag *d)
{
    const Attr *a = n->attr;
    int32_t limit = x->type == TYPE_S8 ? DEPTH_S8 : DEPTH_S16;
    int32_t multiplier = 0;
    int32_t shift = 0;
    int32_t radius = 0;
    bool fits = true;
    TRY(check_per_tensor(g, n, x, "input", d));
    if (y->type == TYPE_S8) {
        TRY(check_output(g, n, y, 1.0 / 256.0, -128, d));
    } else {
        TRY(x->type == TYPE_S8 ? check_output(g, n, y, 1.0 / 65536.0, -32768, d)
                               : check_output(g, n, y, 1.0 / 32768.0, 0, d));
    }
    if (depth_of(x) > limit) {
        return fail_node(g, n, d, ERR_LIMIT, "a row of %d elements is too long; at most %d",
                         depth_of(x), limit);
    }
    if (x->type == TYPE_S8) {
        fits = softmax_scale(g->rounding, (double)a->beta, (double)x->q.scale[0], &multiplier,
                             &shift, &radius);
    } else {
        scale_s16(n, x, &multiplier, &shift);
        fits = shift <= SHIFT_S16;
    }
    if (!fits) {
        return fail_node(g, n, d, ERR_INPUT, "beta %g times the input's scale %g is out of range",
                         (double)a->beta, (double)x->q.scale[0]);
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    TRY(attr_check(g, n, d));
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), "input",
                   d));
    TRY(check_type(g, n, y, TYPE_BIT(x->type) | (x->type == TYPE_S8 ? TYPE_BIT(TYPE_S16) : 0u),
                   "output", d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    if (x->type != TYPE_F32) {
        TRY(check_quantised(g, n, x, y, d));
    }
    y->shape = x->shape;
    return OK;
}

static void lower_s8(Graph *g, Node *n)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    int32_t multiplier = 0;
    int32_t shift = 0;
    int32_t radius = 0;
    int32_t table[257];
    (void)softmax_scale(g->rounding, (double)a->beta, (double)x->q.scale[0], &multiplier, &shift,
                        &radius);
    int32_t count = 0;
    while (count <= 255 && count <= radius) {
        int32_t e = fixed_exp_negative(fixed_requantize(g->rounding, -count, multiplier, shift),
                                       SOFTMAX_INTEGER_BITS);
        if (e < 1 << 11) { /* counts nothing in the sum and less than half a step in any output */
            break;
        }
        table[count++] = e;
    }
    table[count] = 0;
    const char *kernel =
        node_out(g, n, 0)->type == TYPE_S8 ? "shrinc_softmax_s8" : "shrinc_softmax_s8_s16";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_softmax_s8_params));
    *(shrinc_softmax_s8_params *)c->params = (shrinc_softmax_s8_params){
        .rows = (int32_t)(shape_count(&x->shape) / depth_of(x)),
        .depth = depth_of(x),
        .last = count,
    };
    call_tensor(c, n->in[0]);
    call_const(g, c, "table", TYPE_S32, table, count + 1, 0);
    call_tensor(c, n->out[0]);
}

static float one_over_one_plus(float v)
{
    return 1.0f / (1.0f + v);
}

static void lower_s16(Graph *g, Node *n)
{
    const Tensor *x = node_in(g, n, 0);
    Call *c = call_new(g, n, "shrinc_softmax_s16", sizeof(shrinc_softmax_s16_params));
    shrinc_softmax_s16_params *p = c->params;
    int16_t table[513];
    p->rows = (int32_t)(shape_count(&x->shape) / depth_of(x));
    p->depth = depth_of(x);
    scale_s16(n, x, &p->multiplier, &p->shift);
    call_tensor(c, n->in[0]);
    sample_s16(expf, -10.0f, 0.0f, table);
    call_const(g, c, "exp_table", TYPE_S16, table, COUNT(table), 0);
    sample_s16(one_over_one_plus, 0.0f, 1.0f, table);
    call_const(g, c, "inverse_table", TYPE_S16, table, COUNT(table), 0);
    call_tensor(c, n->out[0]);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    if (x->type == TYPE_S8) {
        lower_s8(g, n);
        return OK;
    }
    if (x->type == TYPE_S16) {
        lower_s16(g, n);
        return OK;
    }
    Call *c = call_new(g, n, "shrinc_softmax_f32", sizeof(shrinc_softmax_f32_params));
    *(shrinc_softmax_f32_params *)c->params = (shrinc_softmax_f32_params){
        .rows = (int32_t)(shape_count(&x->shape) / depth_of(x)),
        .depth = depth_of(x),
        .beta = a->beta,
    };
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

/* A row is read before it is written, element by element; a wider output runs ahead of the input.
 */
static int64_t overlap(const Graph *g, const Node *n, int32_t in)
{
    (void)in;
    const Tensor *x = node_in(g, n, 0);
    return tensor_bytes(node_out(g, n, 0)) - tensor_bytes(x);
}

static void train_forward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const int32_t depth = depth_of(node_in(s->g, s->n, 0));
    const float beta = ((const Attr *)s->n->attr)->beta;
    for (int64_t at = 0; at < count; at += depth) {
        const float *x = s->in[0] + at;
        float *y = s->out[0] + at;
        float max = x[0];
        float sum = 0.0f;
        for (int32_t i = 1; i < depth; i++) {
            max = x[i] > max ? x[i] : max;
        }
        for (int32_t i = 0; i < depth; i++) {
            y[i] = expf((x[i] - max) * beta);
            sum += y[i];
        }
        for (int32_t i = 0; i < depth; i++) {
            y[i] /= sum;
        }
    }
}

/* dx = beta * y * (dy - sum of dy * y) */
static void train_backward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const int32_t depth = depth_of(node_in(s->g, s->n, 0));
    const float beta = ((const Attr *)s->n->attr)->beta;
    for (int64_t at = 0; s->d_in[0] != NULL && at < count; at += depth) {
        const float *y = s->out[0] + at;
        const float *dy = s->d_out[0] + at;
        float dot = 0.0f;
        for (int32_t i = 0; i < depth; i++) {
            dot += dy[i] * y[i];
        }
        for (int32_t i = 0; i < depth; i++) {
            s->d_in[0][at + i] += beta * y[i] * (dy[i] - dot);
        }
    }
}

const Op op_softmax = {
    .kind = {"softmax", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SOFTMAX",
    .tflite_code = 25,
    .tflite_options = 9,
    .quant = {.rule = QUANT_FIXED, .scale_s8 = 1.0 / 256, .zero_s8 = -128, .scale_s16 = 1.0 / 32768},
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap,
    .forward = train_forward,
    .backward = train_backward,
};
