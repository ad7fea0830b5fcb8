/* RESIZE_BILINEAR: each output pixel is the weighted mean of four input pixels. s8: positions and
 * weights in 1/1024, as the reference. x: f32, s8, [batch, height, width, channels]. TFLite:
 * ResizeBilinearOptions. SPDX-License-Identifier: Apache-2.0 */
#include "op/util_resize.h"

#include <math.h>

#include "shrinc_resize_bilinear.h"

static const AttrDesc attrs[] = {
    {"align_corners", ATTR_BOOL, offsetof(ResizeAttr, align_corners), WIRE_BOOL, 2, 0, 0, 1, NULL,
     NULL},
    {"half_pixel_centers", ATTR_BOOL, offsetof(ResizeAttr, half_pixel_centers), WIRE_BOOL, 3, 0, 0,
     1, NULL, NULL},
};

static void fixed_entry(const ResizeAttr *a, int32_t in, int32_t out, int32_t i, int32_t step,
                        int32_t *entry)
{
    int32_t scale = (1024 * in + out / 2) / out;
    if (a->align_corners && out > 1) {
        scale = (1024 * (in - 1) + (out - 1) / 2) / (out - 1);
    }
    int64_t at = (int64_t)i * scale + (a->half_pixel_centers ? scale / 2 - 512 : 0);
    int64_t low = at / 1024 > 0 ? at / 1024 : 0;
    int64_t high = (at + 1023) / 1024 < in - 1 ? (at + 1023) / 1024 : in - 1;
    low = low < in - 1 ? low : in - 1;
    entry[0] = (int32_t)low * step;
    entry[1] = (int32_t)high * step;
    entry[2] = (int32_t)(at - 1024 * low);
}

static void float_entry(const ResizeAttr *a, int32_t in, int32_t out, int32_t i, int32_t step,
                        int32_t *entry)
{
    bool align = a->align_corners && out > 1;
    float scale = align ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    float at = a->half_pixel_centers ? ((float)i + 0.5f) * scale - 0.5f : (float)i * scale;
    int32_t low = (int32_t)floorf(at) > 0 ? (int32_t)floorf(at) : 0;
    int32_t high = (int32_t)ceilf(at) < in - 1 ? (int32_t)ceilf(at) : in - 1;
    low = low < in - 1 ? low : in - 1;
    high = high > 0 ? high : 0;
    float weight = at - (float)low;
    entry[0] = low * step;
    entry[1] = high * step;
    memcpy(&entry[2], &weight, sizeof weight);
}

static void call_table(Graph *g, const Node *n, Call *c, const char *suffix, int32_t in,
                       int32_t out, int32_t step)
{
    int32_t *table = NEW(&g->arena, int32_t, 3 * (int64_t)out);
    for (int32_t i = 0; i < out; i++) {
        (node_in(g, n, 0)->type == TYPE_S8 ? fixed_entry : float_entry)(n->attr, in, out, i, step,
                                                                        &table[3 * i]);
    }
    call_const(g, c, suffix, TYPE_S32, table, 3 * out, 3);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    const char *kernel = node_in(g, n, 0)->type == TYPE_S8 ? "shrinc_resize_bilinear_s8"
                                                           : "shrinc_resize_bilinear_f32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_resize_bilinear_params));
    *(shrinc_resize_bilinear_params *)c->params = (shrinc_resize_bilinear_params){
        .batches = x->dim[0],
        .x_batch = x->dim[1] * x->dim[2] * x->dim[3],
        .y_h = y->dim[1],
        .y_w = y->dim[2],
        .channels = x->dim[3],
    };
    call_tensor(c, n->in[0]);
    call_table(g, n, c, "row", x->dim[1], y->dim[1], x->dim[2] * x->dim[3]);
    call_table(g, n, c, "col", x->dim[2], y->dim[2], x->dim[3]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_resize_bilinear = {
    .kind = {"resize_bilinear", attrs, COUNT(attrs), sizeof(ResizeAttr)},
    .tflite_name = "RESIZE_BILINEAR",
    .tflite_code = 23,
    .tflite_options = 15,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = resize_infer,
    .lower = lower,
};
