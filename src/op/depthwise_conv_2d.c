/* DEPTHWISE_CONV_2D: y[b][r][c][i*m+j] = act(bias[i*m+j] + sum over ky, kx of w[0][ky][kx][i*m+j]
 *                                                                * x[b][r*s + ky*d - p][c*s + kx*d
 * - p][i]). x: [B, H, W, C]; w: [1, KH, KW, N]; bias: [N] or left out; y: [B, R, S, N]; m = N / C:
 * depth multiplier, s: stride, d: dilation, p: padding in front. TFLite: DepthwiseConv2DOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_hybrid.h"
#include "op/util_train.h"
#include "op/util_packed.h"
#include "op/util_window.h"

#include "shrinc_depthwise_conv_2d.h"
#include "shrinc_depthwise_conv_2d_f32.h"
#include "shrinc_depthwise_conv_2d_packed.h"
#include "shrinc_depthwise_conv_2d_hybrid.h"

enum { X, W, BIAS };
enum { TAPS = 25 }; /* of the packed kernel, at most */
static const MacInputs inputs = {X, W, BIAS};

typedef struct Attr {
    int32_t padding;
    int32_t stride_w, stride_h;
    int32_t
        depth_multiplier; /* for the file alone, where TFLite Micro reads it: the shapes say it */
    int32_t act;
    int32_t dilation_w, dilation_h;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
} Attr;
static const AttrDesc attrs[] = {
    {"padding", ATTR_ENUM, offsetof(Attr, padding), WIRE_I8, 0, PAD_SAME, 0, 0, pad_names, NULL},
    {"stride_w", ATTR_INT, offsetof(Attr, stride_w), WIRE_I32, 1, 0, 1, INT16_MAX, NULL, NULL},
    {"stride_h", ATTR_INT, offsetof(Attr, stride_h), WIRE_I32, 2, 0, 1, INT16_MAX, NULL, NULL},
    {"depth_multiplier", ATTR_INT, offsetof(Attr, depth_multiplier), WIRE_I32, 3, 0, 0, INT16_MAX,
     NULL, NULL},
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 4, ACT_NONE, 0, 0, act_names, NULL},
    {"dilation_w", ATTR_INT, offsetof(Attr, dilation_w), WIRE_I32, 5, 1, 1, INT16_MAX, NULL, NULL},
    {"dilation_h", ATTR_INT, offsetof(Attr, dilation_h), WIRE_I32, 6, 1, 1, INT16_MAX, NULL, NULL},
    {"pad_top", ATTR_INT, offsetof(Attr, pad_top), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_left", ATTR_INT, offsetof(Attr, pad_left), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_bottom", ATTR_INT, offsetof(Attr, pad_bottom), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_right", ATTR_INT, offsetof(Attr, pad_right), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
};

static WeightLayout layout(const Tensor *w)
{
    int32_t channels = w->shape.dim[3];
    return (WeightLayout){.channels = channels,
                          .count = (int64_t)w->shape.dim[1] * w->shape.dim[2],
                          .channel_step = 1,
                          .step = channels,
                          .axis = 3};
}

static Status windows(const Graph *g, const Node *n, Window *rows, Window *cols, Diag *d)
{
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, X)->shape;
    const Shape *w = &node_in(g, n, W)->shape;
    TRY(window_make(g, n, "height", x->dim[1], w->dim[1], a->stride_h, a->dilation_h, a->padding,
                    a->pad_top, a->pad_bottom, rows, d));
    return window_make(g, n, "width", x->dim[2], w->dim[2], a->stride_w, a->dilation_w, a->padding,
                       a->pad_left, a->pad_right, cols, d);
}

static Status check_channels(const Graph *g, const Node *n, Diag *d)
{
    const Shape *x = &node_in(g, n, X)->shape;
    const Shape *w = &node_in(g, n, W)->shape;
    int32_t told = ((const Attr *)n->attr)->depth_multiplier;
    if (w->dim[0] != 1 || w->dim[3] % x->dim[3] != 0) {
        char text[96];
        return fail_node(g, n, d, ERR_INPUT, "weights of shape %s do not fit %d input channels",
                         shape_text(w, text), x->dim[3]);
    }
    if (told != 0 && told != w->dim[3] / x->dim[3]) {
        return fail_node(g, n, d, ERR_INPUT,
                         "depth multiplier %d, but %d input and %d output channels", told,
                         x->dim[3], w->dim[3]);
    }
    TRY(check_s16(g, n, "the number of output channels", w->dim[3], d));
    TRY(check_s16(g, n, "the height of the kernel", w->dim[1], d));
    return check_s16(g, n, "the width of the kernel", w->dim[2], d);
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    TRY(check_rank(g, n, x, 4, 4, "input", d));
    TRY(check_rank(g, n, w, 4, 4, "weights", d));
    TRY(check_channels(g, n, d));
    WeightLayout l = layout(w);
    TRY(hybrid_check(g, n, inputs, &l, d));
    TRY(mac_check_bias_wide(g, n, inputs, d));
    Window rows;
    Window cols;
    TRY(windows(g, n, &rows, &cols, d));
    TRY(check_s16(g, n, "the padding", rows.before, d));
    TRY(check_s16(g, n, "the padding", cols.before, d));
    ((Attr *)n->attr)->depth_multiplier = w->shape.dim[3] / x->shape.dim[3];
    node_out(g, n, 0)->shape =
        shape_of(4, (int32_t[]){x->shape.dim[0], rows.out, cols.out, w->shape.dim[3]});
    return OK;
}

static shrinc_depthwise_conv_2d_params params_quant(const Graph *g, const Node *n,
                                                    const Window *rows, const Window *cols)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    const Tensor *y = node_out(g, n, 0);
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    return (shrinc_depthwise_conv_2d_params){
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        WINDOW_DILATION(rows, cols),
        .in_channels = (int16_t)x->shape.dim[3],
        .depth_multiplier = (int16_t)(w->shape.dim[3] / x->shape.dim[3]),
        .x_zero = (int16_t)x->q.zero[0],
        .y_zero = (int16_t)y->q.zero[0],
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
    };
}

/* One call per image. */
static void lower_packed(Graph *g, Node *n, const Packed *packed, const Window *rows,
                         const Window *cols, const shrinc_depthwise_conv_2d_params *p)
{
    int32_t images = node_in(g, n, X)->shape.dim[0];
    for (int32_t b = 0; b < images; b++) {
        Call *c = call_new(g, n, "shrinc_depthwise_conv_2d_packed_s8",
                           sizeof(shrinc_depthwise_conv_2d_packed_params));
        *(shrinc_depthwise_conv_2d_packed_params *)c->params =
            (shrinc_depthwise_conv_2d_packed_params){
                WINDOW_FIELDS(rows, cols),  WINDOW_DILATION(rows, cols), WINDOW_ROWS(rows),
                .channels = p->in_channels, .x_zero = p->x_zero,         .y_min = p->y_min,
                .y_max = p->y_max,          .line = packed->is_line,
            };
        call_tensor_at(c, n->in[X], b * tensor_bytes(node_in(g, n, X)) / images);
        packed_call_depthwise(g, c, packed);
        call_scratch(c, TYPE_S8, p->in_channels);
        call_tensor_at(c, n->out[0], b * tensor_bytes(node_out(g, n, 0)) / images);
    }
}

/* One call per image. */
static Status lower_quant(Graph *g, Node *n, const Window *rows, const Window *cols, Diag *d)
{
    WeightLayout l = layout(node_in(g, n, W));
    MacConsts m;
    TRY(mac_consts(g, n, inputs, &l, (MacWants){.fold_zero = true}, &m, d));
    const char *kernel =
        m.bias64 != NULL ? "shrinc_depthwise_conv_2d_s16" : "shrinc_depthwise_conv_2d_s8";
    shrinc_depthwise_conv_2d_params p = params_quant(g, n, rows, cols);
    p.channel_step = m.scales > 1;
    Packed packed;
    if (m.bias64 == NULL && packed_make(g, n, inputs, &l, &m, &packed)) {
        if (p.in_channels == 1 && packed_choose_form(&packed)) {
            packed_conv_2d(g, n, &packed, rows, cols, p.y_min,
                           p.y_max); /* an ordinary convolution */
            return OK;
        }
        if (p.depth_multiplier == 1 && p.in_channels >= 4 &&
            (int32_t)p.kernel_h * p.kernel_w <= TAPS) {
            lower_packed(g, n, &packed, rows, cols, &p);
            return OK;
        }
    }
    mac_call_images(g, n, kernel, &p, sizeof p, inputs, &m);
    return OK;
}

static shrinc_depthwise_conv_2d_f32_params params_f32(const Graph *g, const Node *n,
                                                      const Window *rows, const Window *cols)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    shrinc_depthwise_conv_2d_f32_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        WINDOW_DILATION(rows, cols),
        .in_channels = (int16_t)x->shape.dim[3],
        .depth_multiplier = (int16_t)(w->shape.dim[3] / x->shape.dim[3]),
    };
    act_range_f32(((const Attr *)n->attr)->act, &p.y_min, &p.y_max);
    return p;
}

static void lower_f32(Graph *g, Node *n, const Window *rows, const Window *cols)
{
    shrinc_depthwise_conv_2d_f32_params p = params_f32(g, n, rows, cols);
    mac_call_images(g, n, "shrinc_depthwise_conv_2d_f32", &p, sizeof p, inputs, NULL);
}

/* One call per image. */
static Status lower_hybrid(Graph *g, Node *n, const Window *rows, const Window *cols, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    const WeightLayout l = layout(w);
    TRY(hybrid_check_sums(g, n, inputs, &l, d));
    shrinc_depthwise_conv_2d_hybrid_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_DILATION(rows, cols),
        .out_height = rows->out,
        .in_channels = (int16_t)x->shape.dim[3],
        .depth_multiplier = (int16_t)(w->shape.dim[3] / x->shape.dim[3]),
        .channel_step = hybrid_has_scales(w),
    };
    act_range_f32(((const Attr *)n->attr)->act, &p.y_min, &p.y_max);
    hybrid_call_images(g, n, "shrinc_depthwise_conv_2d_hybrid", &p, sizeof p, inputs, l.channels);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    Window rows;
    Window cols;
    TRY(mac_check_const(g, n, inputs, d));
    TRY(windows(g, n, &rows, &cols, d));
    const Tensor *x = node_in(g, n, X);
    if (is_hybrid(g, n, inputs)) {
        return lower_hybrid(g, n, &rows, &cols, d);
    }
    if (x->type == TYPE_F32) {
        lower_f32(g, n, &rows, &cols);
        return OK;
    }
    return lower_quant(g, n, &rows, &cols, d);
}

static int64_t macs(const Graph *g, const Node *n)
{
    const Shape *w = &node_in(g, n, W)->shape;
    return shape_count(&node_out(g, n, 0)->shape) * w->dim[1] * w->dim[2];
}

static int64_t overlap(const Graph *g, const Node *n, int32_t in)
{
    Window rows;
    Window cols;
    if (in != X || windows(g, n, &rows, &cols, NULL) != OK) {
        return tensor_bytes(node_out(g, n, 0));
    }
    return is_hybrid(g, n, inputs) ? hybrid_overlap(g, n, node_in(g, n, X)->shape.dim[0])
                                   : layer_overlap(g, n, &rows, &cols);
}

static int64_t overlap_back(const Graph *g, const Node *n, int32_t in)
{
    Window rows;
    Window cols;
    if (in != X || windows(g, n, &rows, &cols, NULL) != OK) {
        return tensor_bytes(node_in(g, n, in));
    }
    return layer_overlap_back(g, n, &rows, &cols);
}

static Channels channels(const Graph *g, const Node *n)
{
    bool is_plain = node_in(g, n, W)->shape.dim[3] == node_in(g, n, X)->shape.dim[3];
    return (Channels){.kind = is_plain ? CHANNELS_EACH : CHANNELS_OPAQUE,
                      .weights = W,
                      .bias = BIAS,
                      .out_axis = 3};
}

/* Rows and columns, and the size of an image with its borders. */
typedef struct TrainPlan {
    Window rows, cols;
    int32_t height, width;
} TrainPlan;

static int32_t with_border(const Window *w)
{
    int32_t reach = (w->out - 1) * w->stride + (w->kernel - 1) * w->dilation + 1;
    return reach > w->before + w->in ? reach : w->before + w->in;
}

static const void *train_plan(const Graph *g, const Node *n, Arena *a)
{
    TrainPlan *p = NEW(a, TrainPlan, 1);
    if (windows(g, n, &p->rows, &p->cols, NULL) != OK) {
        return NULL;
    }
    p->height = with_border(&p->rows);
    p->width = with_border(&p->cols);
    return p;
}

static TrainDepthwise train_shape(const Shard *s)
{
    const TrainPlan *p = s->plan;
    return (TrainDepthwise){
        .in = node_in(s->g, s->n, X)->shape.dim[3],
        .out = node_in(s->g, s->n, W)->shape.dim[3],
        .kernel_h = p->rows.kernel,
        .kernel_w = p->cols.kernel,
        .row = (int64_t)p->rows.dilation * p->width,
        .col = p->cols.dilation,
        .stride_w = p->cols.stride,
        .out_w = p->cols.out,
    };
}

/* Copies image X into the border, or adds what lies within it to X. */
static void cross_border(const TrainPlan *p, int32_t channels, float *padded, float *x, bool back)
{
    const int32_t count = p->cols.in * channels;
    for (int32_t r = 0; r < p->rows.in; r++) {
        float *inner =
            padded + ((int64_t)(p->rows.before + r) * p->width + p->cols.before) * channels;
        if (back) {
            train_add(x + (int64_t)r * count, inner, count, false);
        } else {
            memcpy(inner, x + (int64_t)r * count, (size_t)count * sizeof *x);
        }
    }
}

/* The image with borders in WORK; its constness ends there. */
static void fill_border(const Shard *s, int64_t image)
{
    const TrainPlan *p = s->plan;
    const int32_t channels = node_in(s->g, s->n, X)->shape.dim[3];
    const int64_t count = (int64_t)p->rows.in * p->cols.in * channels;
    float *copy = s->work + (int64_t)p->height * p->width * channels;
    memset(s->work, 0, (size_t)p->height * (size_t)p->width * (size_t)channels * sizeof(float));
    memcpy(copy, s->in[X] + image * count, (size_t)count * sizeof(float));
    cross_border(p, channels, s->work, copy, false);
}

static void forward_shared(const Shard *s)
{
    const TrainPlan *p = s->plan;
    const TrainDepthwise t = train_shape(s);
    const int64_t images = (int64_t)s->batch * node_in(s->g, s->n, X)->shape.dim[0];
    float *y = s->out[0];
    for (int64_t i = 0; i < images; i++) {
        fill_border(s, i);
        for (int32_t r = 0; r < p->rows.out; r++) {
            train_depthwise_row(&t, s->work + (int64_t)r * p->rows.stride * p->width * t.in,
                                s->in[W], y);
            y += (int64_t)t.out_w * t.out;
        }
    }
    train_bias_act(s->out[0], images * p->rows.out * t.out_w, t.out,
                   s->n->in_count > BIAS ? s->in[BIAS] : NULL, ((const Attr *)s->n->attr)->act);
}

static void backward_image(const Shard *s, const TrainDepthwise *t, int64_t image)
{
    const TrainPlan *p = s->plan;
    const int64_t x_count = (int64_t)p->rows.in * p->cols.in * t->in;
    const size_t padded = (size_t)p->height * (size_t)p->width * (size_t)t->in;
    for (int32_t pass = 0; pass < 2; pass++) { /* weights, then x: one border serves both */
        if (s->d_in[pass == 0 ? W : X] == NULL) {
            continue;
        }
        if (pass == 0) {
            fill_border(s, image);
        } else {
            memset(s->work, 0, padded * sizeof(float));
        }
        for (int32_t r = 0; r < p->rows.out; r++) {
            float *row = s->work + (int64_t)r * p->rows.stride * p->width * t->in;
            const float *dy = s->d_out[0] + (image * p->rows.out + r) * t->out_w * t->out;
            if (pass == 0) {
                train_depthwise_row_w(t, row, dy, s->d_in[W]);
            } else {
                train_depthwise_row_x(t, dy, s->in[W], row);
            }
        }
        if (pass == 1) {
            cross_border(p, t->in, s->work, s->d_in[X] + image * x_count, true);
        }
    }
}

static void backward_shared(const Shard *s)
{
    const TrainPlan *p = s->plan;
    const TrainDepthwise t = train_shape(s);
    const int64_t images = (int64_t)s->batch * node_in(s->g, s->n, X)->shape.dim[0];
    train_out_act_backward(s, ((const Attr *)s->n->attr)->act);
    for (int64_t i = 0; i < images; i++) {
        backward_image(s, &t, i);
    }
    if (s->n->in_count > BIAS && s->d_in[BIAS] != NULL) {
        train_bias_backward(s->d_out[0], images * p->rows.out * t.out_w, t.out, s->d_in[BIAS],
                            false);
    }
}

static void train_forward(const Shard *s)
{
    train_each(s, W, 0, forward_shared);
}

static void train_backward(const Shard *s)
{
    train_each(s, W, 0, backward_shared);
}

static int64_t train_work(const Graph *g, const Node *n, int32_t batch)
{
    Arena own = {0};
    const TrainPlan *p = train_plan(g, n, &own);
    const Shape *x = &node_in(g, n, X)->shape;
    int64_t count = ((int64_t)p->height * p->width + (int64_t)x->dim[1] * x->dim[2]) * x->dim[3];
    arena_free(&own);
    (void)batch;
    return count;
}

const Op op_depthwise_conv_2d = {
    .kind = {"depthwise_conv_2d", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "DEPTHWISE_CONV_2D",
    .tflite_code = 4,
    .tflite_options = 2,
    .quant = {.rule = QUANT_MAC, .x = X, .weights = W, .bias = BIAS, .out_axis = 3, .in_axis = 3},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_WINDOW,
    .min_in = 2,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .overlap = overlap,
    .overlap_back = overlap_back,
    .channels = channels,
    .forward = train_forward,
    .backward = train_backward,
    .work_count = train_work,
    .plan = train_plan,
    .train_in = "xwb",
};
