/* AVERAGE_POOL_2D: y[b][i][j][c] = act(mean of x[b][i*stride_h - pad_top + k][j*stride_w - pad_left
 * + l][c]), k < filter_h, l < filter_w, over the taps that lie on the image. x, y: [batch, height,
 * width, channels] of the same scale. TFLite: Pool2DOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pool.h"

#include "shrinc_average_rows_s8.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    return pool_lower(g, n, "average_pool_2d", d);
}

/* Of int8, over the whole image. */
static Call *gather_rows(Graph *g, const Node *n)
{
    const PoolAttr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    const Tensor *y = node_out(g, n, 0);
    if (y->type != TYPE_S8 || x->dim[0] != 1 || y->shape.dim[1] != 1 || y->shape.dim[2] != 1 ||
        a->filter_h != x->dim[1] || a->filter_w != x->dim[2]) {
        return NULL;
    }
    Node apart = *n;
    apart.calls = NULL;
    Call *c = call_new(g, &apart, "shrinc_average_rows_s8", sizeof(shrinc_average_rows_s8_params));
    shrinc_average_rows_s8_params *p = c->params;
    *p = (shrinc_average_rows_s8_params){.rows = x->dim[1], .in_ring = x->dim[1], .width = x->dim[2],
                                         .channels = x->dim[3]};
    act_range_quant(a->act, y, &p->y_min, &p->y_max);
    call_tensor(c, n->in[0]);
    call_scratch(c, TYPE_S32, x->dim[3]);
    c->arg[c->arg_count - 1].is_kept = true;
    call_tensor(c, n->out[0]);
    return c;
}

const Op op_average_pool_2d = {
    .kind = {"average_pool_2d", pool_attrs, POOL_ATTRS, sizeof(PoolAttr)},
    .tflite_name = "AVERAGE_POOL_2D",
    .tflite_code = 1,
    .tflite_options = 5,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_ROWS,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = pool_infer,
    .lower = lower,
    .overlap = pool_overlap,
    .gather_rows = gather_rows,
    .channels = pool_channels,
    .forward = pool_train_ave,
    .backward = pool_train_ave_backward,
    .plan = pool_train_plan,
};
