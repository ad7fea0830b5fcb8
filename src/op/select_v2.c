/* SELECT_V2: y = c ? a : b element by element, with broadcasting; c is bool, a and b are of any one
 * type, whose bytes move.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_elementwise.h"

#include "shrinc_select.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *c = node_in(g, n, 0);
    const Tensor *a = node_in(g, n, 1);
    const Tensor *b = node_in(g, n, 2);
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, c, TYPE_BIT(TYPE_BOOL), "condition", d));
    TRY(check_moved(g, n, a, y, d));
    TRY(check_moved(g, n, b, y, d));
    Shape both;
    TRY(broadcast_shape(g, n, &a->shape, &b->shape, &both, d));
    TRY(broadcast_shape(g, n, &c->shape, &both, &y->shape, d));
    return check_elements(g, n, &y->shape, d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    int32_t width = type_bytes(node_in(g, n, 1)->type);
    Walk w = walk_plan(g, n, 3);
    Call *c = call_new(g, n, "shrinc_select", sizeof(shrinc_select_params));
    shrinc_select_params *p = c->params;
    *p = (shrinc_select_params){
        .rows = w.rows,
        .inner = w.inner,
        .c_step = w.step[0],
        .a_step = w.step[1] * width,
        .b_step = w.step[2] * width,
        .width = width,
    };
    call_walk(g, c, &w);
    for (int32_t i = 0; i < 3; i++) {
        call_tensor(c, n->in[i]);
    }
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_select_v2 = {
    .kind = {"select_v2", NULL, 0, 0},
    .tflite_name = "SELECT_V2",
    .tflite_code = 123,
    .tflite_options = 98,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 3,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
