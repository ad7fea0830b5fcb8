/* LOG_SOFTMAX: y[..][c] = x[..][c] - ln(sum_k exp(x[..][k])), over the last dimension.
 * x: f32, s8 (y of scale 1/16 and zero point 127). TFLite: LogSoftmaxOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_softmax.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_log_softmax.h"

enum { MAX_DEPTH = 4095 };

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    if (x->type == TYPE_F32) {
        return OK;
    }
    if (y->q.zero[0] != 127 || fabs((double)y->q.scale[0] * 16.0 - 1.0) > 1e-3) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the output has scale %.9g and zero point %d; int8 needs 1/16 and 127",
                         (double)y->q.scale[0], y->q.zero[0]);
    }
    if (x->shape.dim[x->shape.rank - 1] > MAX_DEPTH) {
        return fail_node(g, n, d, ERR_LIMIT, "a row of %d elements is too long; at most %d",
                         x->shape.dim[x->shape.rank - 1], MAX_DEPTH);
    }
    int32_t multiplier = 0;
    int32_t shift = 0;
    int32_t radius = 0;
    if (!softmax_scale(g->rounding, 1.0, (double)x->q.scale[0], &multiplier, &shift, &radius)) {
        return fail_node(g, n, d, ERR_INPUT, "the input's scale %.9g is out of range",
                         (double)x->q.scale[0]);
    }
    return OK;
}

static void lower_s8(Graph *g, Node *n, Call *c, const Tensor *x)
{
    shrinc_log_softmax_params *p = c->params;
    int32_t radius = 0;
    (void)softmax_scale(g->rounding, 1.0, (double)x->q.scale[0], &p->multiplier, &p->shift,
                        &radius);
    scale_to_multiplier(ldexp(1.0, 31 - p->shift) / (double)p->multiplier, &p->back_multiplier,
                        &p->back_shift);
    int32_t last = radius < 255 ? radius : 255;
    p->lowest = radius < 256 ? -radius : -256;
    int32_t table[257] = {0};
    for (int32_t i = 0; i <= last; i++) {
        int32_t scaled = fixed_requantize(g->rounding, -i, p->multiplier, p->shift);
        table[i] = fixed_shift_right(fixed_exp_negative(scaled, SOFTMAX_INTEGER_BITS), 12);
    }
    call_tensor(c, n->in[0]);
    call_const(g, c, "table", TYPE_S32, table, last + 1, 0);
    call_tensor(c, n->out[0]);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Tensor *x = node_in(g, n, 0);
    const char *kernel = x->type == TYPE_S8 ? "shrinc_log_softmax_s8" : "shrinc_log_softmax_f32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_log_softmax_params));
    shrinc_log_softmax_params *p = c->params;
    p->depth = x->shape.dim[x->shape.rank - 1];
    p->rows = count_of(x) / p->depth;
    if (x->type == TYPE_S8) {
        lower_s8(g, n, c, x);
        return OK;
    }
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

static void train_forward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const Shape *shape = &node_in(s->g, s->n, 0)->shape;
    const int32_t depth = shape->dim[shape->rank - 1];
    for (int64_t at = 0; at < count; at += depth) {
        const float *x = s->in[0] + at;
        float max = x[0];
        float sum = 0.0f;
        for (int32_t i = 1; i < depth; i++) {
            max = x[i] > max ? x[i] : max;
        }
        for (int32_t i = 0; i < depth; i++) {
            sum += expf(x[i] - max);
        }
        for (int32_t i = 0; i < depth; i++) {
            s->out[0][at + i] = x[i] - max - logf(sum);
        }
    }
}

/* dx = dy - exp(y) * sum of dy */
static void train_backward(const Shard *s)
{
    const int64_t count = s->batch * shard_out_count(s, 0);
    const Shape *shape = &node_in(s->g, s->n, 0)->shape;
    const int32_t depth = shape->dim[shape->rank - 1];
    for (int64_t at = 0; s->d_in[0] != NULL && at < count; at += depth) {
        const float *dy = s->d_out[0] + at;
        float sum = 0.0f;
        for (int32_t i = 0; i < depth; i++) {
            sum += dy[i];
        }
        for (int32_t i = 0; i < depth; i++) {
            s->d_in[0][at + i] += dy[i] - expf(s->out[0][at + i]) * sum;
        }
    }
}

const Op op_log_softmax = {
    .kind = {"log_softmax", NULL, 0, 0},
    .tflite_name = "LOG_SOFTMAX",
    .tflite_code = 50,
    .tflite_options = 36,
    .quant = {.rule = QUANT_FIXED, .scale_s8 = 16.0 / 256, .zero_s8 = 127},
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
