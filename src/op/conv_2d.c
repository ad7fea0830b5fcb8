/* CONV_2D: y[b][r][c][o] = act(bias[o] + sum over ky, kx, i of w[o][ky][kx][i] * x[b][r*s + ky*d -
 * p][c*s + kx*d - p][i]). x: [B, H, W, C]; w: [N, KH, KW, C/groups]; bias: [N] or left out; y: [B,
 * R, S, N]; s: stride, d: dilation, p: padding in front. Output channels come in groups, each
 * reading its own C/groups input channels. TFLite: Conv2DOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_conv.h"
#include "op/util_hybrid.h"
#include "op/util_train.h"
#include "op/util_packed.h"
#include "op/util_window.h"

#include "shrinc_conv_2d.h"
#include "shrinc_conv_2d_f32.h"
#include "shrinc_conv_2d_hybrid.h"
#include "shrinc_conv_2d_packed.h"
#include "shrinc_fully_connected_f32.h"
#include "shrinc_fully_connected.h"
#include "shrinc_fully_connected_packed.h"

enum { X, W, BIAS };
static const MacInputs inputs = {X, W, BIAS};

typedef struct Attr {
    int32_t padding;
    int32_t stride_w, stride_h;
    int32_t act;
    int32_t dilation_w, dilation_h;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
} Attr;
static const AttrDesc attrs[] = {
    {"padding", ATTR_ENUM, offsetof(Attr, padding), WIRE_I8, 0, PAD_SAME, 0, 0, pad_names, NULL},
    {"stride_w", ATTR_INT, offsetof(Attr, stride_w), WIRE_I32, 1, 0, 1, INT16_MAX, NULL, NULL},
    {"stride_h", ATTR_INT, offsetof(Attr, stride_h), WIRE_I32, 2, 0, 1, INT16_MAX, NULL, NULL},
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 3, ACT_NONE, 0, 0, act_names, NULL},
    {"dilation_w", ATTR_INT, offsetof(Attr, dilation_w), WIRE_I32, 4, 1, 1, INT16_MAX, NULL, NULL},
    {"dilation_h", ATTR_INT, offsetof(Attr, dilation_h), WIRE_I32, 5, 1, 1, INT16_MAX, NULL, NULL},
    {"pad_top", ATTR_INT, offsetof(Attr, pad_top), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_left", ATTR_INT, offsetof(Attr, pad_left), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_bottom", ATTR_INT, offsetof(Attr, pad_bottom), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
    {"pad_right", ATTR_INT, offsetof(Attr, pad_right), WIRE_NONE, 0, 0, 0, INT16_MAX, NULL, NULL},
};

static WeightLayout layout(const Tensor *w)
{
    int64_t filter = shape_count(&w->shape) / w->shape.dim[0];
    return (WeightLayout){
        .channels = w->shape.dim[0], .count = filter, .channel_step = filter, .step = 1, .axis = 0};
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
    if (x->dim[3] % w->dim[3] != 0 || w->dim[0] % (x->dim[3] / w->dim[3]) != 0) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "%d input channels and %d filters that read %d channels each do not form equal groups",
            x->dim[3], w->dim[0], w->dim[3]);
    }
    TRY(check_s16(g, n, "the number of input channels", x->dim[3], d));
    TRY(check_s16(g, n, "the number of output channels", w->dim[0], d));
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
    Window rows;
    Window cols;
    TRY(windows(g, n, &rows, &cols, d));
    TRY(check_s16(g, n, "the padding", rows.before, d));
    TRY(check_s16(g, n, "the padding", cols.before, d));
    node_out(g, n, 0)->shape =
        shape_of(4, (int32_t[]){x->shape.dim[0], rows.out, cols.out, w->shape.dim[0]});
    return OK;
}

/* Each pixel alone, or the whole image at once: a fully connected layer over rows of one filter's
 * size. */
static bool is_matrix(const Tensor *x, const Tensor *w, const Window *rows, const Window *cols)
{
    if (x->shape.dim[3] != w->shape.dim[3] || rows->before != 0 || cols->before != 0) {
        return false;
    }
    bool per_pixel = rows->kernel == 1 && cols->kernel == 1 && rows->stride == 1 &&
                     cols->stride == 1 && rows->out == rows->in && cols->out == cols->in;
    bool whole = rows->kernel == rows->in && cols->kernel == cols->in && rows->dilation == 1 &&
                 cols->dilation == 1 && rows->out == 1 && cols->out == 1;
    return per_pixel || whole;
}

static void lower_matrix_quant(Graph *g, Node *n, const MacConsts *m)
{
    const Tensor *y = node_out(g, n, 0);
    const WeightLayout l = layout(node_in(g, n, W));
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    const char *kernel = y->type == TYPE_S8  ? "shrinc_fully_connected_s8"
                         : m->bias64 != NULL ? "shrinc_fully_connected_s16"
                                             : "shrinc_fully_connected_s16_acc32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_fully_connected_params));
    *(shrinc_fully_connected_params *)c->params = (shrinc_fully_connected_params){
        .batches = (int32_t)(shape_count(&y->shape) / l.channels),
        .in_count = (int32_t)l.count,
        .out_count = l.channels,
        .channel_step = m->scales > 1,
        .y_zero = (int16_t)y->q.zero[0],
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
    };
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[W]);
    mac_call_consts(g, c, m);
    call_tensor(c, n->out[0]);
}

static shrinc_conv_2d_params params_quant(const Graph *g, const Node *n, const Window *rows,
                                          const Window *cols)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    const Tensor *y = node_out(g, n, 0);
    int32_t groups = x->shape.dim[3] / w->shape.dim[3];
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    return (shrinc_conv_2d_params){
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        WINDOW_DILATION(rows, cols),
        .in_channels = (int16_t)x->shape.dim[3],
        .groups = (int16_t)groups,
        .group_in = (int16_t)w->shape.dim[3],
        .group_out = (int16_t)(w->shape.dim[0] / groups),
        .run_taps = (int16_t)(groups == 1 && cols->dilation == 1 ? cols->kernel : 1),
        .x_zero = (int16_t)x->q.zero[0],
        .y_zero = (int16_t)y->q.zero[0],
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
    };
}

/* Rows that are pixels, or one row that is the whole image. */
static void lower_matrix_packed(Graph *g, Node *n, const Packed *packed)
{
    const Tensor *y = node_out(g, n, 0);
    const WeightLayout l = layout(node_in(g, n, W));
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    int32_t rows = (int32_t)(shape_count(&y->shape) / l.channels);
    const char *kernel = rows > 1 ? "shrinc_pointwise_packed_s8" : "shrinc_fully_connected_packed_s8";
    Call *c = call_new(g, n, packed_kernel(g, packed, kernel), sizeof(shrinc_fully_connected_packed_params));
    *(shrinc_fully_connected_packed_params *)c->params = (shrinc_fully_connected_packed_params){
        .batches = rows,
        .in_count = (int32_t)l.count,
        .out_count = l.channels,
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
        .line = packed->is_line,
    };
    Packing p = {1, (int32_t)l.count};
    call_tensor(c, n->in[X]);
    packed_call(g, c, packed, p);
    if (rows > 1) {
        call_scratch(c, TYPE_S32, PATCH_WORDS * packed_quads(p));
    }
    call_tensor(c, n->out[0]);
}

/* One call per image. */
static Status lower_quant(Graph *g, Node *n, const Window *rows, const Window *cols, Diag *d)
{
    WeightLayout l = layout(node_in(g, n, W));
    MacConsts m;
    TRY(mac_consts(g, n, inputs, &l, (MacWants){.fold_zero = true}, &m, d));
    Packed packed;
    bool is_packed = node_in(g, n, X)->type == TYPE_S8 &&
                     packed_make(g, n, inputs, &l, &m, &packed) && packed_choose_form(&packed);
    if (is_matrix(node_in(g, n, X), node_in(g, n, W), rows, cols)) {
        if (is_packed) {
            lower_matrix_packed(g, n, &packed);
        } else {
            lower_matrix_quant(g, n, &m);
        }
        return OK;
    }
    shrinc_conv_2d_params p = params_quant(g, n, rows, cols);
    if (is_packed && p.groups == 1) {
        packed_conv_2d(g, n, &packed, rows, cols, p.y_min, p.y_max);
        return OK;
    }
    const char *kernel = node_in(g, n, X)->type == TYPE_S8 ? "shrinc_conv_2d_s8"
                         : m.bias64 != NULL                ? "shrinc_conv_2d_s16"
                                                           : "shrinc_conv_2d_s16_acc32";
    p.channel_step = m.scales > 1;
    mac_call_images(g, n, kernel, &p, sizeof p, inputs, &m);
    return OK;
}

static void lower_matrix_f32(Graph *g, Node *n)
{
    const WeightLayout l = layout(node_in(g, n, W));
    Call *c =
        call_new(g, n, "shrinc_fully_connected_f32", sizeof(shrinc_fully_connected_f32_params));
    shrinc_fully_connected_f32_params *p = c->params;
    p->batches = (int32_t)(shape_count(&node_out(g, n, 0)->shape) / l.channels);
    p->in_count = (int32_t)l.count;
    p->out_count = l.channels;
    act_range_f32(((const Attr *)n->attr)->act, &p->y_min, &p->y_max);
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[W]);
    mac_call_bias_f32(g, n, c, BIAS, l.channels);
    call_tensor(c, n->out[0]);
}

static shrinc_conv_2d_f32_params params_f32(const Graph *g, const Node *n, const Window *rows,
                                            const Window *cols)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    int32_t groups = x->shape.dim[3] / w->shape.dim[3];
    shrinc_conv_2d_f32_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        WINDOW_DILATION(rows, cols),
        .in_channels = (int16_t)x->shape.dim[3],
        .groups = (int16_t)groups,
        .group_in = (int16_t)w->shape.dim[3],
        .group_out = (int16_t)(w->shape.dim[0] / groups),
        .run_taps = (int16_t)(groups == 1 && cols->dilation == 1 ? cols->kernel : 1),
    };
    act_range_f32(((const Attr *)n->attr)->act, &p.y_min, &p.y_max);
    return p;
}

static void lower_f32(Graph *g, Node *n, const Window *rows, const Window *cols)
{
    if (is_matrix(node_in(g, n, X), node_in(g, n, W), rows, cols)) {
        lower_matrix_f32(g, n);
        return;
    }
    shrinc_conv_2d_f32_params p = params_f32(g, n, rows, cols);
    mac_call_images(g, n, "shrinc_conv_2d_f32", &p, sizeof p, inputs, NULL);
}

/* One call per image. The input gets a zero point where the weights have several scales, as in TFLite. */
static Status lower_hybrid(Graph *g, Node *n, const Window *rows, const Window *cols, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    const WeightLayout l = layout(w);
    TRY(hybrid_check_sums(g, n, inputs, &l, d));
    int32_t groups = x->shape.dim[3] / w->shape.dim[3];
    shrinc_conv_2d_hybrid_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_DILATION(rows, cols),
        .out_height = rows->out,
        .in_channels = (int16_t)x->shape.dim[3],
        .groups = (int16_t)groups,
        .group_in = (int16_t)w->shape.dim[3],
        .group_out = (int16_t)(w->shape.dim[0] / groups),
        .run_taps = (int16_t)(groups == 1 && cols->dilation == 1 ? cols->kernel : 1),
        .asymmetric = hybrid_has_scales(w),
        .channel_step = hybrid_has_scales(w),
    };
    act_range_f32(((const Attr *)n->attr)->act, &p.y_min, &p.y_max);
    hybrid_call_images(g, n, "shrinc_conv_2d_hybrid", &p, sizeof p, inputs, l.channels);
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
    return shape_count(&node_out(g, n, 0)->shape) * w->dim[1] * w->dim[2] * w->dim[3];
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
    const Attr *a = n->attr;
    const Shape *w = &node_in(g, n, W)->shape;
    bool is_plain = w->dim[3] == node_in(g, n, X)->shape.dim[3];
    bool is_point = w->dim[1] == 1 && w->dim[2] == 1 && a->padding == PAD_SAME;
    return (Channels){.kind = is_plain ? CHANNELS_MIX : CHANNELS_OPAQUE,
                      .weights = W,
                      .bias = BIAS,
                      .out_axis = 0,
                      .in_axis = 3,
                      .pads = a->padding != PAD_VALID && !is_point};
}

static const void *train_plan(const Graph *g, const Node *n, Arena *a)
{
    const Shape *x = &node_in(g, n, X)->shape;
    const Shape *w = &node_in(g, n, W)->shape;
    Conv c = {.in = x->dim[3],
              .out = w->dim[0],
              .groups = x->dim[3] / w->dim[3],
              .w_out = (int64_t)w->dim[1] * w->dim[2] * w->dim[3],
              .w_tap = w->dim[3],
              .w_in = 1};
    return windows(g, n, &c.rows, &c.cols, NULL) == OK ? conv_plan(&c, a) : NULL;
}

static int64_t train_images(const Shard *s)
{
    return (int64_t)s->batch * node_in(s->g, s->n, X)->shape.dim[0];
}

/* X with borders: KEEP, where there are any. */
static void forward_shared(const Shard *s)
{
    const Conv *c = s->plan;
    const float *x = s->in[X];
    if (c->pads_x) {
        conv_pad_x(c, train_images(s), x, s->keep);
        x = s->keep;
    }
    ConvEnd end = {.bias = s->n->in_count > BIAS ? s->in[BIAS] : NULL,
                   .act = ((const Attr *)s->n->attr)->act};
    conv_forward(c, train_images(s), x, s->in[W], end, s->out[0], s->work);
}

static void backward_shared(const Shard *s)
{
    const Conv *c = s->plan;
    const int64_t images = train_images(s);
    const float *x = s->in[X];
    train_out_act_backward(s, ((const Attr *)s->n->attr)->act);
    if (s->d_in[W] != NULL) {
        conv_backward_w(c, images, c->pads_x ? s->keep : x, s->d_out[0], shard_sets(s, W),
                        s->d_in[W], s->work);
    }
    if (s->n->in_count > BIAS && s->d_in[BIAS] != NULL) {
        train_bias_backward(s->d_out[0], s->batch * shard_out_count(s, 0) / c->out, c->out,
                            s->d_in[BIAS], shard_sets(s, BIAS));
    }
    if (s->d_in[X] != NULL) {
        conv_backward_x(c, images, s->d_out[0], s->in[W], (ConvEnd){.add = !shard_sets(s, X)},
                        s->d_in[X], s->work);
    }
}

static int64_t train_keep_each(const Shard *s)
{
    return conv_x_count(s->plan, node_in(s->g, s->n, X)->shape.dim[0]);
}

static void train_forward(const Shard *s)
{
    train_each(s, W, train_keep_each(s), forward_shared);
}

static void train_backward(const Shard *s)
{
    train_each(s, W, train_keep_each(s), backward_shared);
}

static int64_t train_keep(const Graph *g, const Node *n, int32_t batch)
{
    Arena own = {0};
    const Conv *c = train_plan(g, n, &own);
    int64_t count = conv_x_count(c, (int64_t)batch * node_in(g, n, X)->shape.dim[0]);
    arena_free(&own);
    return count;
}

static int64_t train_work(const Graph *g, const Node *n, int32_t batch)
{
    Arena own = {0};
    const Conv *c = train_plan(g, n, &own);
    int64_t count = conv_work_count(c, (int64_t)batch * node_in(g, n, X)->shape.dim[0]);
    arena_free(&own);
    return count;
}

const Op op_conv_2d = {
    .kind = {"conv_2d", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "CONV_2D",
    .tflite_code = 3,
    .tflite_options = 1,
    .quant = {.rule = QUANT_MAC, .x = X, .weights = W, .bias = BIAS, .out_axis = 0, .in_axis = 3},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_WINDOW | TRAIT_SETS_GRADIENT,
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
    .keep_count = train_keep,
    .work_count = train_work,
    .plan = train_plan,
    .train_in = "xwb",
};
