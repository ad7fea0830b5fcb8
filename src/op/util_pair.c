/* Operators of two tensors with broadcasting: extremes, comparisons, squared difference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include "shrinc_add.h"
#include "shrinc_compare.h"
#include "shrinc_compare_s8.h"
#include "shrinc_pair.h"

void lower_pair(Graph *g, Node *n, const char *kernel)
{
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_pair_params));
    shrinc_pair_params *p = c->params;
    *p = (shrinc_pair_params){
        .rows = w.rows, .inner = w.inner, .a_step = w.step[0], .b_step = w.step[1]};
    call_operands(g, n, c, &w);
}

void warn_scales(const Graph *g, const Node *n, Diag *d)
{
    const Quant *a = &node_in(g, n, 0)->q;
    const Quant *b = &node_in(g, n, 1)->q;
    bool same = a->count == b->count &&
                (a->count == 0 || (a->scale[0] == b->scale[0] && a->zero[0] == b->zero[0]));
    if (!same) {
        warn(d,
             "node \"%s\" (%s): its inputs have different scales; like the reference, the numbers "
             "are taken as they are",
             n->name, op_of(n)->tflite_name);
    }
}

Status infer_compare(Graph *g, Node *n, Diag *d)
{
    const Tensor *a = node_in(g, n, 0);
    const Tensor *b = node_in(g, n, 1);
    Tensor *y = node_out(g, n, 0);
    uint32_t types =
        TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_BOOL);
    TRY(check_type(g, n, a, types, "input", d));
    TRY(check_type(g, n, b, TYPE_BIT(a->type), "second input", d));
    TRY(check_type(g, n, y, TYPE_BIT(TYPE_BOOL), "output", d));
    TRY(check_quantized(g, n, a, "first input", d));
    TRY(check_quantized(g, n, b, "second input", d));
    return broadcast_shape(g, n, &a->shape, &b->shape, &y->shape, d);
}

/* Truth values go as int8 of scale 1. */
static Status lower_compare_s8(Graph *g, Node *n, CompareResult r, Diag *d)
{
    enum { REACH = 255 << 8 };
    const Quant one = {.count = 1, .scale = (float[]){1.0f}, .zero = (int32_t[]){0}};
    bool is_bool = node_in(g, n, 0)->type == TYPE_BOOL;
    const Quant *a = is_bool ? &one : &node_in(g, n, 0)->q;
    const Quant *b = is_bool ? &one : &node_in(g, n, 1)->q;
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, "shrinc_compare_s8", sizeof(shrinc_compare_s8_params));
    shrinc_compare_s8_params *p = c->params;
    *p = (shrinc_compare_s8_params){
        .rows = w.rows,
        .inner = w.inner,
        .a_step = w.step[0],
        .b_step = w.step[1],
        .a_zero = a->zero[0],
        .b_zero = b->zero[0],
        .result = {r.unordered, r.less, r.greater, r.equal},
    };
    TRY(gain(g, n, (double)a->scale[0], REACH, &p->a_multiplier, &p->a_shift, d));
    TRY(gain(g, n, (double)b->scale[0], REACH, &p->b_multiplier, &p->b_shift, d));
    call_operands(g, n, c, &w);
    return OK;
}

Status lower_compare(Graph *g, Node *n, CompareResult r, Diag *d)
{
    Type type = node_in(g, n, 0)->type;
    if (type == TYPE_S8 || type == TYPE_BOOL) {
        return lower_compare_s8(g, n, r, d);
    }
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, type == TYPE_F32 ? "shrinc_compare_f32" : "shrinc_compare_s32",
                       sizeof(shrinc_compare_params));
    shrinc_compare_params *p = c->params;
    *p = (shrinc_compare_params){
        .rows = w.rows,
        .inner = w.inner,
        .a_step = w.step[0],
        .b_step = w.step[1],
        .result = {r.unordered, r.less, r.greater, r.equal},
    };
    call_operands(g, n, c, &w);
    return OK;
}

Status lower_squared_difference(Graph *g, Node *n, Diag *d)
{
    enum { LEFT = 7, REACH = (2 * 255) << LEFT };
    const Quant *a = &node_in(g, n, 0)->q;
    const Quant *b = &node_in(g, n, 1)->q;
    const Tensor *y = node_out(g, n, 0);
    double larger = (double)(a->scale[0] > b->scale[0] ? a->scale[0] : b->scale[0]);
    double common = 2.0 * larger;
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, "shrinc_squared_difference_s8", sizeof(shrinc_add_params));
    shrinc_add_params *p = c->params;
    *p = (shrinc_add_params){
        .rows = w.rows,
        .inner = w.inner,
        .a_step = w.step[0],
        .b_step = w.step[1],
        .a_zero = a->zero[0],
        .b_zero = b->zero[0],
        .y_zero = y->q.zero[0],
    };
    /* |s - t| is at most 255 * 2^LEFT, its square below 2^30. */
    double out = common * common / ((double)(1 << (2 * LEFT)) * (double)y->q.scale[0]);
    TRY(gain(g, n, (double)a->scale[0] / common, REACH, &p->a_multiplier, &p->a_shift, d));
    TRY(gain(g, n, (double)b->scale[0] / common, REACH, &p->b_multiplier, &p->b_shift, d));
    TRY(gain(g, n, out, (int64_t)(255 << LEFT) * (255 << LEFT), &p->y_multiplier, &p->y_shift, d));
    act_range_quant(ACT_NONE, y, &p->y_min, &p->y_max);
    call_operands(g, n, c, &w);
    return OK;
}
