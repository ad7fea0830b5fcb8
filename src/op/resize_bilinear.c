/* RESIZE_BILINEAR: each output pixel is the weighted mean of four input pixels. s8: positions and
 * weights in 1/1024, as the reference. x: f32, s8, [batch, height, width, channels]. TFLite:
 * ResizeBilinearOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_resize.h"
#include "op/util_train.h"

#include <math.h>

#include "shrinc_resize_bilinear.h"

static const AttrDesc attrs[] = {
    {"align_corners", ATTR_BOOL, offsetof(ResizeAttr, align_corners), WIRE_BOOL, 2, 0, 0, 1, NULL,
     NULL},
    {"half_pixel_centers", ATTR_BOOL, offsetof(ResizeAttr, half_pixel_centers), WIRE_BOOL, 3, 0, 0,
     1, NULL, NULL},
};

static void fixed_entry(const ResizeAttr *a, int32_t in, int32_t out, int32_t i, int32_t step,
                        int32_t entry[2], int32_t *weight)
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
    *weight = (int32_t)(at - 1024 * low);
}

static void float_entry(const ResizeAttr *a, int32_t in, int32_t out, int32_t i, int32_t step,
                        int32_t entry[2], float *weight)
{
    bool align = a->align_corners && out > 1;
    float scale = align ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    float at = a->half_pixel_centers ? ((float)i + 0.5f) * scale - 0.5f : (float)i * scale;
    int32_t low = (int32_t)floorf(at) > 0 ? (int32_t)floorf(at) : 0;
    int32_t high = (int32_t)ceilf(at) < in - 1 ? (int32_t)ceilf(at) : in - 1;
    low = low < in - 1 ? low : in - 1;
    high = high > 0 ? high : 0;
    entry[0] = low * step;
    entry[1] = high * step;
    *weight = at - (float)low;
}

/* The offsets and weights of one dimension as two arguments. */
static void call_tables(Graph *g, const Node *n, Call *c, const char *name, int32_t in, int32_t out,
                        int32_t step)
{
    bool is_float = node_in(g, n, 0)->type == TYPE_F32;
    int32_t *at = NEW(&g->arena, int32_t, 2 * (int64_t)out);
    int32_t *parts = NEW(&g->arena, int32_t, out);
    float *weights = NEW(&g->arena, float, out);
    for (int32_t i = 0; i < out; i++) {
        if (is_float) {
            float_entry(n->attr, in, out, i, step, &at[2 * i], &weights[i]);
        } else {
            fixed_entry(n->attr, in, out, i, step, &at[2 * i], &parts[i]);
        }
    }
    const char *weight_name = arena_printf(&g->arena, "%s_weight", name);
    call_const(g, c, name, TYPE_S32, at, 2 * out, 2);
    call_const(g, c, weight_name, is_float ? TYPE_F32 : TYPE_S32,
               is_float ? (const void *)weights : parts, out, 0);
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
    call_tables(g, n, c, "row", x->dim[1], y->dim[1], x->dim[2] * x->dim[3]);
    call_tables(g, n, c, "col", x->dim[2], y->dim[2], x->dim[3]);
    call_tensor(c, n->out[0]);
    return OK;
}

/* Along one dimension: the two elements that y is made of, and the second one's weight. */
typedef struct TrainTable {
    const int32_t *at; /* [out][2], floats */
    const float *weight;
} TrainTable;

typedef struct TrainPlan {
    TrainTable row, col;
} TrainPlan;

static TrainTable train_table(const Node *n, Arena *a, int32_t in, int32_t out, int32_t step)
{
    int32_t *at = NEW(a, int32_t, 2 * (int64_t)out);
    float *weight = NEW(a, float, out);
    for (int32_t i = 0; i < out; i++) {
        float_entry(n->attr, in, out, i, step, &at[2 * (int64_t)i], &weight[i]);
    }
    return (TrainTable){at, weight};
}

static const void *train_plan(const Graph *g, const Node *n, Arena *a)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    TrainPlan *p = NEW(a, TrainPlan, 1);
    p->row = train_table(n, a, x->dim[1], y->dim[1], x->dim[2] * x->dim[3]);
    p->col = train_table(n, a, x->dim[2], y->dim[2], x->dim[3]);
    return p;
}

/* Each pixel of y has four of x, with weights. */
static void train_pixels(const Shard *s, bool backward)
{
    const TrainPlan *p = s->plan;
    const Shape *x = &node_in(s->g, s->n, 0)->shape;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    const int32_t channels = x->dim[3];
    const int64_t image = (int64_t)x->dim[1] * x->dim[2] * channels;
    int64_t to = 0;
    for (int64_t b = 0; b < (int64_t)s->batch * x->dim[0]; b++) {
        for (int32_t i = 0; i < y->dim[1] * y->dim[2]; i++) {
            int32_t r = i / y->dim[2];
            int32_t c = i % y->dim[2];
            for (int32_t k = 0; k < 4; k++) {
                float down = k / 2 == 0 ? 1.0f - p->row.weight[r] : p->row.weight[r];
                float side = k % 2 == 0 ? 1.0f - p->col.weight[c] : p->col.weight[c];
                int64_t from = b * image + p->row.at[2 * r + k / 2] + p->col.at[2 * c + k % 2];
                for (int32_t j = 0; j < channels; j++) {
                    if (backward) {
                        s->d_in[0][from + j] += down * side * s->d_out[0][to + j];
                    } else {
                        float v = down * side * s->in[0][from + j];
                        s->out[0][to + j] = k == 0 ? v : s->out[0][to + j] + v;
                    }
                }
            }
            to += channels;
        }
    }
}

static void train_forward(const Shard *s)
{
    train_pixels(s, false);
}

static void train_backward(const Shard *s)
{
    train_pixels(s, true);
}

const Op op_resize_bilinear = {
    .kind = {"resize_bilinear", attrs, COUNT(attrs), sizeof(ResizeAttr)},
    .tflite_name = "RESIZE_BILINEAR",
    .tflite_code = 23,
    .tflite_options = 15,
    .quant = {.rule = QUANT_SAME},
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = resize_infer,
    .lower = lower,
    .forward = train_forward,
    .backward = train_backward,
    .plan = train_plan,
    .train_in = "x-",
    .channels = resize_channels,
};
