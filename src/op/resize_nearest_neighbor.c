/* RESIZE_NEAREST_NEIGHBOR: y[b][i][j] = x[b][near(i)][near(j)]; near in single precision as the
 * reference computes it. x: f32, s8, [batch, height, width, channels]. TFLite:
 * ResizeNearestNeighborOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_resize.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_resize_nearest.h"

static const AttrDesc attrs[] = {
    {"align_corners", ATTR_BOOL, offsetof(ResizeAttr, align_corners), WIRE_BOOL, 0, 0, 0, 1, NULL,
     NULL},
    {"half_pixel_centers", ATTR_BOOL, offsetof(ResizeAttr, half_pixel_centers), WIRE_BOOL, 1, 0, 0,
     1, NULL, NULL},
};

/* Offsets of the nearest elements, STEP bytes apart. */
static const int32_t *nearest(Graph *g, const ResizeAttr *a, int32_t in, int32_t out, int32_t step)
{
    int32_t *table = NEW(&g->arena, int32_t, out);
    bool align = a->align_corners && out > 1;
    float scale = align ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    for (int32_t i = 0; i < out; i++) {
        float v = ((float)i + (a->half_pixel_centers ? 0.5f : 0.0f)) * scale;
        int32_t k = (int32_t)(a->align_corners ? roundf(v) : floorf(v));
        table[i] = (k > in - 1 ? in - 1 : k) * step;
    }
    return table;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const ResizeAttr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    int32_t pixel = x->dim[3] * type_bytes(node_in(g, n, 0)->type);
    Call *c = call_new(g, n, "shrinc_resize_nearest", sizeof(shrinc_resize_nearest_params));
    *(shrinc_resize_nearest_params *)c->params = (shrinc_resize_nearest_params){
        .batches = x->dim[0],
        .x_batch = x->dim[1] * x->dim[2] * pixel,
        .y_h = y->dim[1],
        .y_w = y->dim[2],
        .bytes = pixel,
    };
    call_tensor(c, n->in[0]);
    call_const(g, c, "row", TYPE_S32, nearest(g, a, x->dim[1], y->dim[1], x->dim[2] * pixel),
               y->dim[1], 0);
    call_const(g, c, "col", TYPE_S32, nearest(g, a, x->dim[2], y->dim[2], pixel), y->dim[2], 0);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_resize_nearest_neighbor = {
    .kind = {"resize_nearest_neighbor", attrs, COUNT(attrs), sizeof(ResizeAttr)},
    .tflite_name = "RESIZE_NEAREST_NEIGHBOR",
    .tflite_code = 97,
    .tflite_options = 74,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = resize_infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
    .channels = resize_channels,
};
