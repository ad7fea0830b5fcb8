/* Lowers a product of two matrices; nothing is folded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_mac.h"
#include "op/util_matmul.h"

#include "shrinc_matmul.h"
#include "shrinc_matmul_f32.h"

#include <stdlib.h>

static const Tensor *bias_of(const Graph *g, const Node *n, const Matmul *m)
{
    return m->bias < 0 ? NULL : node_in(g, n, m->bias);
}

/* The bias, or one zero for all columns. */
static void call_bias(Graph *g, Node *n, Call *c, const Matmul *m, Type type)
{
    static const int64_t zero = 0;
    if (bias_of(g, n, m) != NULL) {
        call_tensor(c, n->in[m->bias]);
    } else {
        call_const(g, c, "bias", type, &zero, 1, 0);
    }
}

static void lower_f32(Graph *g, Node *n, const Matmul *m)
{
    Call *c = call_new(g, n, "shrinc_matmul_f32", sizeof(shrinc_matmul_f32_params));
    shrinc_matmul_f32_params *p = c->params;
    *p = (shrinc_matmul_f32_params){
        .rows = m->rows, .cols = m->cols, .depth = m->depth,
        .a_row = m->a_row, .a_step = m->a_step, .b_col = m->b_col, .b_step = m->b_step,
        .bias_step = bias_of(g, n, m) != NULL,
    };
    memcpy(p->batch, m->batch, sizeof p->batch);
    memcpy(p->a_batch, m->a_batch, sizeof p->a_batch);
    memcpy(p->b_batch, m->b_batch, sizeof p->b_batch);
    act_range_f32(m->act, &p->y_min, &p->y_max);
    call_tensor(c, n->in[m->a]);
    call_tensor(c, n->in[m->b]);
    call_bias(g, n, c, m, TYPE_F32);
    call_tensor(c, n->out[0]);
}

static int64_t largest_bias(const Tensor *bias)
{
    int64_t largest = 0;
    for (int64_t i = 0; bias != NULL && i < shape_count(&bias->shape); i++) {
        int64_t v = mac_int(bias, i);
        largest = llabs(v) > largest ? llabs(v) : largest;
    }
    return largest;
}

static int64_t reach(const Tensor *t)
{
    return t->type == TYPE_S16 ? 32768 : 128 + llabs((int64_t)t->q.zero[0]);
}

static Status quant_params(const Graph *g, const Node *n, const Matmul *m, shrinc_matmul_params *p, Diag *d)
{
    const Tensor *a = node_in(g, n, m->a);
    const Tensor *b = node_in(g, n, m->b);
    const Tensor *y = node_out(g, n, 0);
    bool wide = a->type == TYPE_S16;
    int64_t bias = largest_bias(bias_of(g, n, m));
    int64_t limit = wide ? INT64_C(1) << 46 : INT32_MAX;
    int64_t product = reach(a) * reach(b);
    if (bias > limit || m->depth > (limit - bias) / product) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "a sum of %d products of up to %jd and a bias of %jd can overflow",
                         m->depth, (intmax_t)product, (intmax_t)bias);
    }
    double real = (double)a->q.scale[0] * (double)b->q.scale[0] / (double)y->q.scale[0];
    int64_t bound = bias + product * m->depth;
    int8_t shift = 0;
    TRY(wide ? mac_multiplier_wide(g, n, real, bound, &p->multiplier, &shift, d)
             : mac_multiplier(g, n, real, bound, &p->multiplier, &shift, d));
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(m->act, y, &y_min, &y_max);
    p->shift = shift;
    p->a_zero = (int16_t)a->q.zero[0];
    p->b_zero = (int16_t)b->q.zero[0];
    p->y_zero = (int16_t)y->q.zero[0];
    p->y_min = (int16_t)y_min;
    p->y_max = (int16_t)y_max;
    return OK;
}

Status matmul_lower(Graph *g, Node *n, const Matmul *m, Diag *d)
{
    const Tensor *a = node_in(g, n, m->a);
    const Tensor *b = node_in(g, n, m->b);
    const Tensor *bias = bias_of(g, n, m);
    TRY(check_type(g, n, b, TYPE_BIT(a->type), "second matrix", d));
    if (a->type == TYPE_F32) {
        lower_f32(g, n, m);
        return OK;
    }
    TRY(check_per_tensor(g, n, b, "second matrix", d));
    if (bias != NULL && !tensor_is_const(bias)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "the bias \"%s\" is computed at run time; it must be a constant",
                         bias->name);
    }
    bool wide = a->type == TYPE_S16;
    if (bias != NULL) {
        TRY(check_type(g, n, bias, TYPE_BIT(wide ? TYPE_S64 : TYPE_S32), "bias", d));
    }
    shrinc_matmul_params p = {
        .rows = m->rows, .cols = m->cols, .depth = m->depth,
        .a_row = m->a_row, .a_step = m->a_step, .b_col = m->b_col, .b_step = m->b_step,
        .bias_step = bias != NULL,
    };
    memcpy(p.batch, m->batch, sizeof p.batch);
    memcpy(p.a_batch, m->a_batch, sizeof p.a_batch);
    memcpy(p.b_batch, m->b_batch, sizeof p.b_batch);
    TRY(quant_params(g, n, m, &p, d));
    Call *c = call_new(g, n, wide ? "shrinc_matmul_s16" : "shrinc_matmul_s8", sizeof p);
    *(shrinc_matmul_params *)c->params = p;
    call_tensor(c, n->in[m->a]);
    call_tensor(c, n->in[m->b]);
    call_bias(g, n, c, m, wide ? TYPE_S64 : TYPE_S32);
    call_tensor(c, n->out[0]);
    return OK;
}
