/* Reference of convolutions, pools and fully connected layers: every tap asks whether it lies on the image.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

typedef struct Window {
    int32_t kh, kw, sh, sw, dh, dw, same, act;
} Window;

static Window draw_window(Trial *t, bool dilates)
{
    Window w = {.kh = draw(t, 1, 4), .kw = draw(t, 1, 4), .sh = draw(t, 1, 3), .sw = draw(t, 1, 3), .dh = 1, .dw = 1};
    if (dilates && draw(t, 0, 2) == 0) {
        w.dh = draw(t, 1, 3);
        w.dw = draw(t, 1, 3);
    }
    w.same = draw(t, 0, 1);
    w.act = draw(t, 0, 3);
    return w;
}

/* An image that the window fits on. */
static Shape draw_image(Trial *t, const Window *w, int32_t channels)
{
    int32_t h = (w->kh - 1) * w->dh + draw(t, 1, 5);
    int32_t wide = (w->kw - 1) * w->dw + draw(t, 1, 5);
    return shape_of(4, (int32_t[]){draw(t, 0, 5) == 0 ? 2 : 1, h, wide, channels});
}

static void set_window(Trial *t, const Window *w, bool dilates)
{
    trial_set(t, "padding", w->same ? PAD_SAME : PAD_VALID);
    trial_set(t, "stride_h", w->sh);
    trial_set(t, "stride_w", w->sw);
    trial_set(t, "act", w->act);
    if (dilates) {
        trial_set(t, "dilation_h", w->dh);
        trial_set(t, "dilation_w", w->dw);
    }
}

static int32_t get(const Trial *t, const char *name)
{
    const Kind *k = t->node->kind;
    int32_t v = 0;
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, name) == 0) {
            memcpy(&v, (const char *)t->node->attr + k->attrs[i].offset, sizeof v);
        }
    }
    return v;
}

/* Pixels in front of the image: SAME puts the smaller half there. */
static int32_t pad_before(int32_t in, int32_t out, int32_t kernel, int32_t stride, int32_t dilation, int32_t padding)
{
    int32_t total = (out - 1) * stride + (kernel - 1) * dilation + 1 - in;
    return padding == PAD_SAME && total > 0 ? total / 2 : 0;
}

/* Weights with a scale per channel (or one), and a bias or none. */
static void draw_weights(Trial *t, Type type, Shape s, int32_t axis, int32_t outs)
{
    TensorId w = trial_const(t, type, s, 0.01, 0, -127, 127);
    t->node->in[1] = w;
    if (type == TYPE_S8) {
        int32_t count = draw(t, 0, 3) == 0 ? 1 : outs;
        Quant q = {.count = count, .axis = axis, .scale = NEW(&t->g->arena, float, count), .zero = NEW(&t->g->arena, int32_t, count)};
        for (int32_t i = 0; i < count; i++) {
            q.scale[i] = (float)draw_scale(t, 1e-4, 0.05);
        }
        tensor(t->g, w)->q = q;
        note(t, "scales", count > 1);
    }
    bool has_bias = draw(t, 0, 3) != 0;
    note(t, "bias", has_bias);
    if (has_bias) {
        t->node->in[2] = trial_const(t, type == TYPE_F32 ? TYPE_F32 : TYPE_S32, shape_of(1, &outs), 0.0, 0, -20000, 20000);
    }
}

/* A scale that lets a typical sum fill the range, far below or far above it in corners. */
static void draw_output(Trial *t, Type type, double sum)
{
    const Tensor *x = trial_in(t, 0);
    const Tensor *w = t->node->in_count > 1 ? trial_in(t, 1) : NULL;
    double unit = type == TYPE_F32 ? 1.0 : (double)x->q.scale[0] * (w == NULL ? 1.0 : (double)w->q.scale[0]);
    double scale = unit * sum * draw_scale(t, 0.3, 3.0) * (t->corner ? draw_scale(t, 0.02, 1000.0) : 1.0);
    trial_output(t, type, scale, trial_zero(t));
}

static double weight_scale(const Tensor *w, int32_t o)
{
    return (double)w->q.scale[w->q.count > 1 ? o : 0];
}

/* The result of an exact sum (products of zero-based numbers, bias included) in output channel O. */
static double finish(const Trial *t, double sum, int32_t o, int32_t act)
{
    const Tensor *y = trial_out(t);
    double low = 0;
    double high = 0;
    ref_act(y, act, &low, &high);
    if (y->type == TYPE_F32) {
        return sum < low ? low : sum > high ? high : sum;
    }
    double real = (double)trial_in(t, 0)->q.scale[0] * weight_scale(trial_in(t, 1), o) / (double)y->q.scale[0];
    int64_t v = ref_scale(t->g->rounding, (int64_t)sum, real) + y->q.zero[0];
    return (double)ref_clamp(v, (int64_t)low, (int64_t)high);
}

static double zero_based(const Trial *t, int32_t input, int64_t i)
{
    const Tensor *x = trial_in(t, input);
    return trial_at(t, input, i) - (x->type == TYPE_F32 ? 0 : x->q.zero[0]);
}

static void generate_conv(Trial *t, const RefOp *op)
{
    Type type = op->type;
    Window w = draw_window(t, true);
    int32_t groups = draw(t, 0, 4) == 0 ? 2 : 1;
    int32_t depth = draw(t, 1, 5);
    int32_t outs = draw(t, 1, 4) * groups;
    trial_node(t, "conv_2d", 3);
    t->node->in[0] = trial_input(t, type, draw_image(t, &w, depth * groups), draw_scale(t, 1e-3, 0.5), trial_zero(t));
    draw_weights(t, type, shape_of(4, (int32_t[]){outs, w.kh, w.kw, depth}), 0, outs);
    set_window(t, &w, true);
    note(t, "groups", groups);
    draw_output(t, type, 60.0 * 2 * sqrt((double)w.kh * w.kw * depth));
}

static void reference_conv(Trial *t)
{
    const Shape x = trial_in(t, 0)->shape;
    const Shape w = trial_in(t, 1)->shape;
    const Shape y = trial_out(t)->shape;
    int32_t padding = get(t, "padding");
    int32_t top = pad_before(x.dim[1], y.dim[1], w.dim[1], get(t, "stride_h"), get(t, "dilation_h"), padding);
    int32_t left = pad_before(x.dim[2], y.dim[2], w.dim[2], get(t, "stride_w"), get(t, "dilation_w"), padding);
    int32_t per_group = y.dim[3] / (x.dim[3] / w.dim[3]);
    int64_t i = 0;
    for (int32_t b = 0; b < y.dim[0]; b++)
    for (int32_t r = 0; r < y.dim[1]; r++)
    for (int32_t c = 0; c < y.dim[2]; c++)
    for (int32_t o = 0; o < y.dim[3]; o++) {
        double sum = trial_in(t, 2) == NULL ? 0.0 : trial_at(t, 2, o);
        for (int32_t ky = 0; ky < w.dim[1]; ky++)
        for (int32_t kx = 0; kx < w.dim[2]; kx++)
        for (int32_t k = 0; k < w.dim[3]; k++) {
            int32_t row = r * get(t, "stride_h") + ky * get(t, "dilation_h") - top;
            int32_t col = c * get(t, "stride_w") + kx * get(t, "dilation_w") - left;
            if (row >= 0 && row < x.dim[1] && col >= 0 && col < x.dim[2]) {
                int32_t channel = o / per_group * w.dim[3] + k;
                sum += zero_based(t, 0, ((int64_t)(b * x.dim[1] + row) * x.dim[2] + col) * x.dim[3] + channel) *
                       trial_at(t, 1, ((int64_t)(o * w.dim[1] + ky) * w.dim[2] + kx) * w.dim[3] + k);
            }
        }
        t->real[i++] = finish(t, sum, o, get(t, "act"));
    }
}

static void generate_depthwise(Trial *t, const RefOp *op)
{
    Type type = op->type;
    Window w = draw_window(t, true);
    int32_t channels = draw(t, 1, 5);
    int32_t multiplier = draw(t, 1, 3);
    trial_node(t, "depthwise_conv_2d", 3);
    t->node->in[0] = trial_input(t, type, draw_image(t, &w, channels), draw_scale(t, 1e-3, 0.5), trial_zero(t));
    draw_weights(t, type, shape_of(4, (int32_t[]){1, w.kh, w.kw, channels * multiplier}), 3, channels * multiplier);
    set_window(t, &w, true);
    trial_set(t, "depth_multiplier", multiplier);
    draw_output(t, type, 60.0 * 2 * sqrt((double)w.kh * w.kw));
}

static void reference_depthwise(Trial *t)
{
    const Shape x = trial_in(t, 0)->shape;
    const Shape w = trial_in(t, 1)->shape;
    const Shape y = trial_out(t)->shape;
    int32_t padding = get(t, "padding");
    int32_t top = pad_before(x.dim[1], y.dim[1], w.dim[1], get(t, "stride_h"), get(t, "dilation_h"), padding);
    int32_t left = pad_before(x.dim[2], y.dim[2], w.dim[2], get(t, "stride_w"), get(t, "dilation_w"), padding);
    int64_t i = 0;
    for (int32_t b = 0; b < y.dim[0]; b++)
    for (int32_t r = 0; r < y.dim[1]; r++)
    for (int32_t c = 0; c < y.dim[2]; c++)
    for (int32_t o = 0; o < y.dim[3]; o++) {
        double sum = trial_in(t, 2) == NULL ? 0.0 : trial_at(t, 2, o);
        for (int32_t ky = 0; ky < w.dim[1]; ky++)
        for (int32_t kx = 0; kx < w.dim[2]; kx++) {
            int32_t row = r * get(t, "stride_h") + ky * get(t, "dilation_h") - top;
            int32_t col = c * get(t, "stride_w") + kx * get(t, "dilation_w") - left;
            if (row >= 0 && row < x.dim[1] && col >= 0 && col < x.dim[2]) {
                int32_t channel = o / (y.dim[3] / x.dim[3]);
                sum += zero_based(t, 0, ((int64_t)(b * x.dim[1] + row) * x.dim[2] + col) * x.dim[3] + channel) *
                       trial_at(t, 1, (int64_t)(ky * w.dim[2] + kx) * w.dim[3] + o);
            }
        }
        t->real[i++] = finish(t, sum, o, get(t, "act"));
    }
}

static void generate_dense(Trial *t, const RefOp *op)
{
    Type type = op->type;
    int32_t depth = draw(t, 1, 33);
    int32_t outs = draw(t, 1, 9);
    trial_node(t, "fully_connected", 3);
    t->node->in[0] = trial_input(t, type, shape_of(2, (int32_t[]){draw(t, 1, 3), depth}), draw_scale(t, 1e-3, 0.5), trial_zero(t));
    draw_weights(t, type, shape_of(2, (int32_t[]){outs, depth}), 0, outs);
    trial_set(t, "act", draw(t, 0, 3));
    trial_set(t, "keep_num_dims", draw(t, 0, 1));
    draw_output(t, type, 60.0 * 2 * sqrt((double)depth));
}

static void reference_dense(Trial *t)
{
    const Shape w = trial_in(t, 1)->shape;
    int64_t rows = shape_count(&trial_in(t, 0)->shape) / w.dim[1];
    for (int64_t b = 0; b < rows; b++)
    for (int32_t o = 0; o < w.dim[0]; o++) {
        double sum = trial_in(t, 2) == NULL ? 0.0 : trial_at(t, 2, o);
        for (int32_t k = 0; k < w.dim[1]; k++) {
            sum += zero_based(t, 0, b * w.dim[1] + k) * trial_at(t, 1, (int64_t)o * w.dim[1] + k);
        }
        t->real[b * w.dim[0] + o] = finish(t, sum, o, get(t, "act"));
    }
}

static void generate_pool(Trial *t, const RefOp *op)
{
    Type type = op->type;
    Window w = draw_window(t, false);
    double scale = draw_scale(t, 1e-3, 0.5);
    int32_t zero = trial_zero(t);
    trial_node(t, op->name, 1);
    t->node->in[0] = trial_input(t, type, draw_image(t, &w, draw(t, 1, 5)), scale, type == TYPE_S16 ? 0 : zero);
    set_window(t, &w, false);
    trial_set(t, "filter_h", w.kh);
    trial_set(t, "filter_w", w.kw);
    trial_output(t, type, scale, type == TYPE_S16 ? 0 : zero);
}

static void reference_pool(Trial *t)
{
    const Shape x = trial_in(t, 0)->shape;
    const Tensor *out = trial_out(t);
    const Shape y = out->shape;
    bool is_max = strcmp(t->node->kind->name, "max_pool_2d") == 0;
    int32_t top = pad_before(x.dim[1], y.dim[1], get(t, "filter_h"), get(t, "stride_h"), 1, get(t, "padding"));
    int32_t left = pad_before(x.dim[2], y.dim[2], get(t, "filter_w"), get(t, "stride_w"), 1, get(t, "padding"));
    double low = 0;
    double high = 0;
    ref_act(out, get(t, "act"), &low, &high);
    int64_t i = 0;
    for (int32_t b = 0; b < y.dim[0]; b++)
    for (int32_t r = 0; r < y.dim[1]; r++)
    for (int32_t c = 0; c < y.dim[2]; c++)
    for (int32_t o = 0; o < y.dim[3]; o++) {
        double sum = 0;
        double largest = -1e30;
        int32_t count = 0;
        for (int32_t ky = 0; ky < get(t, "filter_h"); ky++)
        for (int32_t kx = 0; kx < get(t, "filter_w"); kx++) {
            int32_t row = r * get(t, "stride_h") + ky - top;
            int32_t col = c * get(t, "stride_w") + kx - left;
            if (row >= 0 && row < x.dim[1] && col >= 0 && col < x.dim[2]) {
                double v = trial_at(t, 0, ((int64_t)(b * x.dim[1] + row) * x.dim[2] + col) * x.dim[3] + o);
                sum += v;
                largest = v > largest ? v : largest;
                count++;
            }
        }
        double v = is_max ? largest : out->type == TYPE_F32 ? sum / count : round(sum / count);
        t->real[i++] = v < low ? low : v > high ? high : v;
    }
}

const RefOp ref_windows[] = {
    {"conv_2d", TYPE_S8, TYPE_S8, generate_conv, reference_conv},
    {"conv_2d", TYPE_F32, TYPE_F32, generate_conv, reference_conv},
    {"depthwise_conv_2d", TYPE_S8, TYPE_S8, generate_depthwise, reference_depthwise},
    {"depthwise_conv_2d", TYPE_F32, TYPE_F32, generate_depthwise, reference_depthwise},
    {"fully_connected", TYPE_S8, TYPE_S8, generate_dense, reference_dense},
    {"fully_connected", TYPE_F32, TYPE_F32, generate_dense, reference_dense},
    {"average_pool_2d", TYPE_S8, TYPE_S8, generate_pool, reference_pool},
    {"average_pool_2d", TYPE_S16, TYPE_S16, generate_pool, reference_pool},
    {"average_pool_2d", TYPE_F32, TYPE_F32, generate_pool, reference_pool},
    {"max_pool_2d", TYPE_S8, TYPE_S8, generate_pool, reference_pool},
    {"max_pool_2d", TYPE_S16, TYPE_S16, generate_pool, reference_pool},
    {"max_pool_2d", TYPE_F32, TYPE_F32, generate_pool, reference_pool},
    {NULL, TYPE_NONE, TYPE_NONE, NULL, NULL},
};
