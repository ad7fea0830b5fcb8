/* TRANSPOSE_CONV: y[b][a*s + ky - p][c*s + kx - p][o] += w[o][ky][kx][i] * x[b][a][c][i], then
 * bias[o] and act. shape: [4], y's shape; w: [N, KH, KW, C]; x: [B, H, W, C]; bias: [N] or left
 * out; y: [B, R, S, N]; s: stride, p: the padding that the forward convolution from y to x would
 * have. TFLite: TransposeConvOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_conv.h"
#include "op/util_mac.h"
#include "op/util_train.h"
#include "op/util_window.h"

#include "shrinc_transpose_conv.h"
#include "shrinc_transpose_conv_f32.h"

enum { SHAPE, W, X, BIAS, BEHIND = 16 /* floats that conv_backward_w may read behind x */ };
static const MacInputs inputs = {X, W, BIAS};

typedef struct Attr {
    int32_t padding;
    int32_t stride_w, stride_h;
    int32_t act;
} Attr;
static const char *const forward_names[] = {"same", "valid", NULL};
static const AttrDesc attrs[] = {
    {"padding", ATTR_ENUM, offsetof(Attr, padding), WIRE_I8, 0, PAD_SAME, 0, 0, forward_names,
     NULL},
    {"stride_w", ATTR_INT, offsetof(Attr, stride_w), WIRE_I32, 1, 0, 1, INT16_MAX, NULL, NULL},
    {"stride_h", ATTR_INT, offsetof(Attr, stride_h), WIRE_I32, 2, 0, 1, INT16_MAX, NULL, NULL},
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 3, ACT_NONE, 0, 0, act_names, NULL},
};

static WeightLayout layout(const Tensor *w)
{
    int64_t filter = shape_count(&w->shape) / w->shape.dim[0];
    return (WeightLayout){
        .channels = w->shape.dim[0], .count = filter, .channel_step = filter, .step = 1, .axis = 0};
}

static Window window(int32_t in, int32_t out, int32_t kernel, int32_t stride, int32_t padding)
{
    int64_t over = ((int64_t)out + stride - 1) / stride * stride - stride + kernel - out;
    return (Window){
        .in = in,
        .out = out,
        .kernel = kernel,
        .stride = stride,
        .dilation = 1,
        .before = padding == PAD_SAME && over > 0 ? (int32_t)(over / 2) : 0,
        .is_transposed = true,
    };
}

static void windows(const Graph *g, const Node *n, Window *rows, Window *cols)
{
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, X)->shape;
    const Shape *w = &node_in(g, n, W)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    *rows = window(x->dim[1], y->dim[1], w->dim[1], a->stride_h, a->padding);
    *cols = window(x->dim[2], y->dim[2], w->dim[2], a->stride_w, a->padding);
}

/* From the constant, or where the shape is only given at run time, as the file declares the output.
 */
static Status output_shape(const Graph *g, const Node *n, IntList *out, Diag *d)
{
    const Tensor *shape = node_in(g, n, SHAPE);
    const Shape *y = &node_out(g, n, 0)->shape;
    if (shape == NULL || tensor_is_const(shape) || y->rank != 4) {
        return const_ints(g, n, SHAPE, "output shape", out, d);
    }
    out->count = 4;
    memcpy(out->value, y->dim, sizeof(int32_t) * 4);
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    IntList out = {0};
    TRY(check_rank(g, n, x, 4, 4, "input", d));
    TRY(check_rank(g, n, w, 4, 4, "weights", d));
    WeightLayout l = layout(w);
    TRY(mac_check(g, n, inputs, &l, d));
    TRY(mac_check_bias_wide(g, n, inputs, d));
    TRY(output_shape(g, n, &out, d));
    if (out.count != 4 || out.value[0] != x->shape.dim[0] || out.value[1] < 1 || out.value[2] < 1 ||
        out.value[3] != w->shape.dim[0] || w->shape.dim[3] != x->shape.dim[3]) {
        char p[96];
        char q[96];
        return fail_node(
            g, n, d, ERR_INPUT,
            "the output shape [%d,%d,%d,%d], the weights' %s and the input's %s do not fit",
            out.value[0], out.value[1], out.value[2], out.value[3], shape_text(&w->shape, p),
            shape_text(&x->shape, q));
    }
    int64_t elements = (int64_t)out.value[0] * out.value[1] * out.value[2];
    if (out.value[1] > (1 << 24) || out.value[2] > (1 << 24) ||
        elements > (1 << 28) / out.value[3]) {
        return fail_node(g, n, d, ERR_LIMIT,
                         "the output shape [%d,%d,%d,%d] has more than %d elements", out.value[0],
                         out.value[1], out.value[2], out.value[3], 1 << 28);
    }
    TRY(check_s16(g, n, "the number of input channels", x->shape.dim[3], d));
    TRY(check_s16(g, n, "the number of output channels", w->shape.dim[0], d));
    TRY(check_s16(g, n, "the height of the kernel", w->shape.dim[1], d));
    TRY(check_s16(g, n, "the width of the kernel", w->shape.dim[2], d));
    node_out(g, n, 0)->shape = shape_of(4, out.value);
    return OK;
}

static Status lower_quant(Graph *g, Node *n, const Window *rows, const Window *cols, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *y = node_out(g, n, 0);
    WeightLayout l = layout(node_in(g, n, W));
    MacConsts m;
    TRY(mac_consts(g, n, inputs, &l, (MacWants){.fold_zero = false}, &m, d));
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    const shrinc_transpose_conv_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        .in_channels = (int16_t)x->shape.dim[3],
        .out_channels = (int16_t)y->shape.dim[3],
        .channel_step = m.scales > 1,
        .x_zero = (int16_t)x->q.zero[0],
        .y_zero = (int16_t)y->q.zero[0],
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
    };
    mac_call_images(g, n,
                    x->type == TYPE_S8 ? "shrinc_transpose_conv_s8" : "shrinc_transpose_conv_s16",
                    &p, sizeof p, inputs, &m);
    return OK;
}

static void lower_f32(Graph *g, Node *n, const Window *rows, const Window *cols)
{
    shrinc_transpose_conv_f32_params p = {
        WINDOW_FIELDS(rows, cols),
        WINDOW_ROWS(rows),
        .in_channels = (int16_t)node_in(g, n, X)->shape.dim[3],
        .out_channels = (int16_t)node_out(g, n, 0)->shape.dim[3],
    };
    act_range_f32(((const Attr *)n->attr)->act, &p.y_min, &p.y_max);
    mac_call_images(g, n, "shrinc_transpose_conv_f32", &p, sizeof p, inputs, NULL);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    Window rows;
    Window cols;
    windows(g, n, &rows, &cols);
    TRY(mac_check_const(g, n, inputs, d));
    if (node_in(g, n, X)->type == TYPE_F32) {
        lower_f32(g, n, &rows, &cols);
        return OK;
    }
    return lower_quant(g, n, &rows, &cols, d);
}

/* Each value of x meets each weight of its channel once (a little less where y cuts the kernel
 * off). */
static int64_t macs(const Graph *g, const Node *n)
{
    const Shape *w = &node_in(g, n, W)->shape;
    return shape_count(&node_in(g, n, X)->shape) * w->dim[0] * w->dim[1] * w->dim[2];
}

static int64_t overlap(const Graph *g, const Node *n, int32_t in)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *y = node_out(g, n, 0);
    Window rows;
    Window cols;
    if (in != X) {
        return tensor_bytes(y);
    }
    windows(g, n, &rows, &cols);
    return window_overlap(&rows, &cols, x->shape.dim[0],
                          (int64_t)x->shape.dim[3] * type_bytes(x->type),
                          (int64_t)y->shape.dim[3] * type_bytes(y->type));
}

/* The convolution from y to x that this is the backward pass of. */
static const void *train_plan(const Graph *g, const Node *n, Arena *a)
{
    const Shape *w = &node_in(g, n, W)->shape;
    Conv c = {.in = w->dim[0],
              .out = w->dim[3],
              .groups = 1,
              .w_out = 1,
              .w_tap = w->dim[3],
              .w_in = (int64_t)w->dim[1] * w->dim[2] * w->dim[3]};
    Window rows;
    Window cols;
    windows(g, n, &rows, &cols);
    c.rows = (Window){.in = rows.out,
                      .out = rows.in,
                      .kernel = rows.kernel,
                      .stride = rows.stride,
                      .dilation = 1,
                      .before = rows.before};
    c.cols = (Window){.in = cols.out,
                      .out = cols.in,
                      .kernel = cols.kernel,
                      .stride = cols.stride,
                      .dilation = 1,
                      .before = cols.before};
    return conv_plan(&c, a);
}

static int64_t train_images(const Shard *s)
{
    return (int64_t)s->batch * node_in(s->g, s->n, X)->shape.dim[0];
}

static bool train_has_bias(const Shard *s)
{
    return s->n->in_count > BIAS && s->in[BIAS] != NULL;
}

static void forward_shared(const Shard *s)
{
    ConvEnd end = {.bias = train_has_bias(s) ? s->in[BIAS] : NULL,
                   .act = ((const Attr *)s->n->attr)->act};
    conv_backward_x(s->plan, train_images(s), s->in[X], s->in[W], end, s->out[0], s->work);
}

/* WORK: dy with borders, x with something behind it, and what convolutions need. */
static void backward_shared(const Shard *s)
{
    const Conv *c = s->plan;
    const int64_t images = train_images(s);
    const int64_t x_count = s->batch * shard_in_count(s, X);
    const float *dy = s->d_out[0];
    float *x = s->work + conv_x_count(c, images);
    float *work = x + x_count + BEHIND;
    train_out_act_backward(s, ((const Attr *)s->n->attr)->act);
    if (c->pads_x) {
        conv_pad_x(c, images, dy, s->work);
        dy = s->work;
    }
    if (s->d_in[W] != NULL) {
        memcpy(x, s->in[X], (size_t)x_count * sizeof *x);
        conv_backward_w(c, images, dy, x, shard_sets(s, W), s->d_in[W], work);
    }
    if (s->d_in[X] != NULL) {
        conv_forward(c, images, dy, s->in[W], (ConvEnd){.add = !shard_sets(s, X)}, s->d_in[X],
                     work);
    }
    if (train_has_bias(s) && s->d_in[BIAS] != NULL) {
        train_bias_backward(s->d_out[0], s->batch * shard_out_count(s, 0) / c->in, c->in,
                            s->d_in[BIAS], shard_sets(s, BIAS));
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
    const Conv *c = train_plan(g, n, &own);
    const Shape *x = &node_in(g, n, X)->shape;
    int64_t images = (int64_t)batch * x->dim[0];
    int64_t count =
        conv_work_count(c, images) + conv_x_count(c, images) + batch * shape_count(x) + BEHIND;
    arena_free(&own);
    return count;
}

const Op op_transpose_conv = {
    .kind = {"transpose_conv", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "TRANSPOSE_CONV",
    .tflite_code = 67,
    .tflite_options = 49,
    .quant = {.rule = QUANT_MAC, .x = X, .weights = W, .bias = BIAS, .out_axis = 0, .in_axis = 3},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_SETS_GRADIENT,
    .min_in = 3,
    .max_in = 4,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .overlap = overlap,
    .forward = train_forward,
    .backward = train_backward,
    .work_count = train_work,
    .plan = train_plan,
    .train_in = "-wxb",
};
