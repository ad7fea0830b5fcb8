/* Broadcasting: the shapes of a node become rows and levels (see rt/shrinc_walk.h).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include <float.h>

#include "shrinc_add.h"
#include "shrinc_binary_f32.h"
#include "shrinc_binary_s32.h"

/* Adjacent output dimensions along which each operand either moves or stands. */
typedef struct Run {
    int32_t count;
    int32_t moves; /* bit i: operand i */
} Run;

/* Splits the output's shape into as few runs as possible, innermost first; returns how many. */
static int32_t split(const Graph *g, const Node *n, int32_t count, Run run[MAX_RANK])
{
    const Shape *out = &node_out(g, n, 0)->shape;
    int32_t runs = 0;
    for (int32_t k = 0; k < out->rank; k++) {
        int32_t dim = shape_dim_back(out, k);
        int32_t moves = 0;
        for (int32_t i = 0; i < count; i++) {
            moves |= shape_dim_back(&node_in(g, n, i)->shape, k) == 1 ? 0 : 1 << i;
        }
        if (dim == 1) {
            continue;
        }
        if (runs > 0 && run[runs - 1].moves == moves) {
            run[runs - 1].count *= dim;
        } else {
            run[runs++] = (Run){dim, moves};
        }
    }
    if (runs == 0) {
        run[runs++] = (Run){1, (1 << count) - 1};
    }
    return runs;
}

Walk walk_plan(const Graph *g, const Node *n, int32_t count)
{
    Run run[MAX_RANK];
    int32_t runs = split(g, n, count, run);
    Walk w = {.rows = 1, .inner = run[0].count, .level_count = runs - 1};
    int32_t stride[WALK_OPERANDS];     /* elements of the operand in the runs so far */
    int32_t back[WALK_OPERANDS] = {0}; /* from the block's first row to its last */
    for (int32_t i = 0; i < count; i++) {
        w.step[i] = run[0].moves >> i & 1;
        stride[i] = w.step[i] ? run[0].count : 1;
    }
    for (int32_t k = 1; k < runs; k++) {
        int32_t *level = &w.level[4 * (k - 1)];
        level[0] = k + 1 < runs ? run[k].count : 0;
        w.rows *= run[k].count;
        for (int32_t i = 0; i < count; i++) {
            int32_t step = run[k].moves >> i & 1 ? stride[i] : 0;
            level[1 + i] = step - back[i];
            back[i] += step * (run[k].count - 1);
            stride[i] *= step ? run[k].count : 1;
        }
    }
    return w;
}

void call_walk(Graph *g, Call *c, const Walk *w)
{
    if (w->level_count == 0) {
        call_none(c);
    } else {
        call_const(g, c, "level", TYPE_S32, w->level, 4 * w->level_count, 4);
    }
}

void call_operands(Graph *g, Node *n, Call *c, const Walk *w)
{
    call_walk(g, c, w);
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
}

void lower_binary_f32(Graph *g, Node *n, const char *kernel, int32_t act)
{
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_binary_f32_params));
    shrinc_binary_f32_params *p = c->params;
    *p = (shrinc_binary_f32_params){
        .rows = w.rows, .inner = w.inner, .a_step = w.step[0], .b_step = w.step[1]};
    act_range_f32(act, &p->y_min, &p->y_max);
    call_operands(g, n, c, &w);
}

void lower_binary_s32(Graph *g, Node *n, const char *kernel, int32_t act)
{
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_binary_s32_params));
    shrinc_binary_s32_params *p = c->params;
    *p = (shrinc_binary_s32_params){
        .rows = w.rows, .inner = w.inner, .a_step = w.step[0], .b_step = w.step[1]};
    float low = 0.0f;
    float high = 0.0f;
    act_range_f32(act, &low, &high);
    p->y_min = low == -FLT_MAX ? INT32_MIN : (int32_t)low;
    p->y_max = high == FLT_MAX ? INT32_MAX : (int32_t)high;
    call_operands(g, n, c, &w);
}

Status lower_sum(Graph *g, Node *n, const char *kernel, int32_t act, int32_t left, Diag *d)
{
    double a = (double)node_in(g, n, 0)->q.scale[0];
    double b = (double)node_in(g, n, 1)->q.scale[0];
    const Tensor *y = node_out(g, n, 0);
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_add_params));
    shrinc_add_params *p = c->params;
    *p = (shrinc_add_params){
        .rows = w.rows,
        .inner = w.inner,
        .a_step = w.step[0],
        .b_step = w.step[1],
        .a_zero = node_in(g, n, 0)->q.zero[0],
        .b_zero = node_in(g, n, 1)->q.zero[0],
        .y_zero = y->q.zero[0],
    };
    double common = 2 * (a > b ? a : b);
    double y_ratio = common / ((1 << left) * (double)y->q.scale[0]);
    if (!(y_ratio < 1.0)) {
        return fail_node(g, n, d, ERR_INPUT, "the output's scale %.9g is too small for the inputs'",
                         (double)y->q.scale[0]);
    }
    scale_to_multiplier(a / common, &p->a_multiplier, &p->a_shift);
    scale_to_multiplier(b / common, &p->b_multiplier, &p->b_shift);
    scale_to_multiplier(y_ratio, &p->y_multiplier, &p->y_shift);
    act_range_quant(act, y, &p->y_min, &p->y_max);
    call_operands(g, n, c, &w);
    return OK;
}
