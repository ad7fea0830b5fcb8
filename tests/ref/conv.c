/* Convolutions by their definition: every output element sums over its taps, one by one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

/* --- windows along one dimension ------------------------------------------------------------------------- */

typedef struct Window {
    int32_t kernel, stride, dilation, before, after;
} Window;

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* How many positions there are, and (for SAME) the padding in front. */
static int32_t positions(Window *w, int32_t size, int32_t padding)
{
    int32_t span = (w->kernel - 1) * w->dilation + 1;
    if (padding == 0) {
        int32_t count = 0;
        while (count * w->stride < size) {
            count++;
        }
        w->before = larger(0, (count - 1) * w->stride + span - size) / 2;
        return count;
    }
    if (padding == 1) {
        w->before = 0;
        w->after = 0;
    }
    int32_t count = 0;
    while (count * w->stride + span <= size + w->before + w->after) {
        count++;
    }
    return count;
}

static Window window_of(const Case *c, int32_t kernel, bool is_height)
{
    return (Window){
        .kernel = kernel,
        .stride = get_int(c, is_height ? "stride_h" : "stride_w"),
        .dilation = get_int(c, is_height ? "dilation_h" : "dilation_w"),
        .before = get_int(c, is_height ? "pad_top" : "pad_left"),
        .after = get_int(c, is_height ? "pad_bottom" : "pad_right"),
    };
}

/* A window that fits SIZE; its attributes are set later. */
static Window random_window(Case *c, int32_t size, int32_t padding)
{
    Window w = {.kernel = rnd_chance(c, 6) && size <= 5 ? size : rnd_size(c, 4),
                .stride = rnd_size(c, 3)};
    w.dilation = rnd_chance(c, 2) ? 1 : rnd_int(c, 1, 3);
    if (padding == 2) {
        w.before = rnd_int(c, 0, 3);
        w.after = rnd_int(c, 0, 3);
    }
    if (padding != 0 && (w.kernel - 1) * w.dilation + 1 > size + w.before + w.after) {
        w.dilation = 1;
        w.kernel = size + w.before + w.after < w.kernel ? size + w.before + w.after : w.kernel;
    }
    return w;
}

static void set_window(Case *c, Window rows, Window cols, int32_t padding)
{
    set_int(c, "padding", padding);
    set_int(c, "stride_h", rows.stride);
    set_int(c, "stride_w", cols.stride);
    set_int(c, "dilation_h", rows.dilation);
    set_int(c, "dilation_w", cols.dilation);
    if (padding == 2) {
        set_int(c, "pad_top", rows.before);
        set_int(c, "pad_bottom", rows.after);
        set_int(c, "pad_left", cols.before);
        set_int(c, "pad_right", cols.after);
    }
}

static Type weights_of(Type x)
{
    return x == TYPE_F32 ? TYPE_F32 : TYPE_S8;
}

static Shape image(Case *c, int32_t channels)
{
    return (Shape){4, {rnd_size(c, 2), rnd_size(c, 7), rnd_size(c, 7), channels}};
}

/* --- CONV_2D ----------------------------------------------------------------------------------------------- */

static void conv_generate(Case *c)
{
    int32_t groups = rnd_chance(c, 3) ? rnd_int(c, 2, 3) : 1;
    int32_t group_in = rnd_chance(c, 5) ? rnd_size(c, 19) : rnd_size(c, 5);
    int32_t filters = groups * rnd_size(c, 4);
    int32_t padding = rnd_int(c, 0, 2);
    FillKind kind = mac_fill(c);
    Shape s = image(c, groups * group_in);
    Window rows = random_window(c, s.dim[1], padding);
    Window cols = random_window(c, s.dim[2], padding);
    if (rnd_chance(c, 6)) { /* pixel by pixel */
        rows = cols = (Window){.kernel = 1, .stride = 1, .dilation = 1};
        padding = rnd_int(c, 0, 1);
    }
    TensorId x = add_input(c, c->type, s, kind);
    Shape filter = {4, {filters, rows.kernel, cols.kernel, group_in}};
    bool is_hybrid = hybrid_drawn(c);
    TensorId w = add_const(c, is_hybrid ? TYPE_S8 : weights_of(c->type), filter, kind);
    int64_t count = shape_count(&filter) / filters;
    Taps taps = {filters, 0, count, count, 1};
    if (is_hybrid) {
        hybrid_finish(c, w, taps);
    } else {
        mac_finish(c, x, w, taps, true);
    }
    set_window(c, rows, cols, padding);
    (void)rnd_act(c);
    cover(c, groups == 1 ? "groups=1" : "groups>1");
}

static Num conv_sum(const View *x, const View *w, Window rows, Window cols, const int32_t y[4],
                    int32_t groups)
{
    Num sum = {0};
    int32_t first = y[3] / (w->s.dim[0] / groups) * w->s.dim[3];
    for (int32_t ky = 0; ky < rows.kernel; ky++) {
        for (int32_t kx = 0; kx < cols.kernel; kx++) {
            int32_t iy = y[1] * rows.stride - rows.before + ky * rows.dilation;
            int32_t ix = y[2] * cols.stride - cols.before + kx * cols.dilation;
            bool is_inside = iy >= 0 && iy < x->s.dim[1] && ix >= 0 && ix < x->s.dim[2];
            for (int32_t k = 0; is_inside && k < w->s.dim[3]; k++) {
                const Num *a = &x->v[at4(&x->s, y[0], iy, ix, first + k)];
                const Num *b = &w->v[at4(&w->s, y[3], ky, kx, k)];
                sum.i += (a->i - x->zero) * b->i;
                sum.r += a->r * b->r;
            }
        }
    }
    return sum;
}

static void conv_reference(Case *c)
{
    View x = in(c, 0);
    View w = in(c, 1);
    Window rows = window_of(c, w.s.dim[1], true);
    Window cols = window_of(c, w.s.dim[2], false);
    int32_t height = positions(&rows, x.s.dim[1], get_int(c, "padding"));
    int32_t width = positions(&cols, x.s.dim[2], get_int(c, "padding"));
    View y = out(c, 0, (Shape){4, {x.s.dim[0], height, width, w.s.dim[0]}});
    View bias = in(c, 2);
    float *scale = hybrid_is(c, 1) ? hybrid_see(c, &x, x.s.dim[0], hybrid_differs(&w)) : NULL;
    int32_t i[MAX_RANK] = {0};
    do {
        Num sum = conv_sum(&x, &w, rows, cols, i, x.s.dim[3] / w.s.dim[3]);
        y.v[place(&y.s, i)] =
            scale != NULL ? hybrid_end(sum, scale[i[0]], &w, &bias, i[3], get_int(c, "act"))
                          : mac_end(c, sum, 0, 1, 2, i[3], &y, get_int(c, "act"));
    } while (next_index(&y.s, i));
}

/* --- DEPTHWISE_CONV_2D --------------------------------------------------------------------------------------- */

static void depthwise_generate(Case *c)
{
    int32_t channels = rnd_chance(c, 5) ? rnd_size(c, 13) : rnd_size(c, 5);
    int32_t multiplier = rnd_chance(c, 2) ? 1 : rnd_size(c, 4);
    int32_t padding = rnd_int(c, 0, 2);
    FillKind kind = mac_fill(c);
    Shape s = image(c, channels);
    Window rows = random_window(c, s.dim[1], padding);
    Window cols = random_window(c, s.dim[2], padding);
    TensorId x = add_input(c, c->type, s, kind);
    int32_t filters = channels * multiplier;
    bool is_hybrid = hybrid_drawn(c);
    TensorId w = add_const(c, is_hybrid ? TYPE_S8 : weights_of(c->type),
                           (Shape){4, {1, rows.kernel, cols.kernel, filters}}, kind);
    Taps taps = {filters, 3, (int64_t)rows.kernel * cols.kernel, 1, filters};
    if (is_hybrid) {
        hybrid_finish(c, w, taps);
    } else {
        mac_finish(c, x, w, taps, false);
    }
    set_window(c, rows, cols, padding);
    set_int(c, "depth_multiplier", rnd_chance(c, 8) ? 0 : multiplier); /* 0: not said */
    (void)rnd_act(c);
    cover(c, multiplier == 1 ? "multiplier 1" : "multiplier above 1");
}

static void depthwise_reference(Case *c)
{
    View x = in(c, 0);
    View w = in(c, 1);
    Window rows = window_of(c, w.s.dim[1], true);
    Window cols = window_of(c, w.s.dim[2], false);
    int32_t height = positions(&rows, x.s.dim[1], get_int(c, "padding"));
    int32_t width = positions(&cols, x.s.dim[2], get_int(c, "padding"));
    int32_t per_input = w.s.dim[3] / x.s.dim[3];
    View y = out(c, 0, (Shape){4, {x.s.dim[0], height, width, w.s.dim[3]}});
    View bias = in(c, 2);
    float *scale = hybrid_is(c, 1) ? hybrid_see(c, &x, x.s.dim[0], true) : NULL;
    int32_t i[MAX_RANK] = {0};
    do {
        Num sum = {0};
        for (int32_t tap = 0; tap < rows.kernel * cols.kernel; tap++) {
            int32_t iy = i[1] * rows.stride - rows.before + tap / cols.kernel * rows.dilation;
            int32_t ix = i[2] * cols.stride - cols.before + tap % cols.kernel * cols.dilation;
            if (iy >= 0 && iy < x.s.dim[1] && ix >= 0 && ix < x.s.dim[2]) {
                const Num *a = &x.v[at4(&x.s, i[0], iy, ix, i[3] / per_input)];
                const Num *b = &w.v[(int64_t)tap * w.s.dim[3] + i[3]];
                sum.i += (a->i - x.zero) * b->i;
                sum.r += a->r * b->r;
            }
        }
        y.v[place(&y.s, i)] =
            scale != NULL ? hybrid_end(sum, scale[i[0]], &w, &bias, i[3], get_int(c, "act"))
                          : mac_end(c, sum, 0, 1, 2, i[3], &y, get_int(c, "act"));
    } while (next_index(&y.s, i));
}

/* --- TRANSPOSE_CONV ---------------------------------------------------------------------------------------------- */

static int32_t spread_size(Case *c, int32_t size, int32_t kernel, int32_t stride, int32_t padding)
{
    if (rnd_chance(c, 8)) {
        return rnd_size(c, 9);
    }
    return padding == 0 ? size * stride - rnd_int(c, 0, stride - 1)
                        : (size - 1) * stride + kernel + rnd_int(c, 0, stride - 1);
}

static void transpose_generate(Case *c)
{
    int32_t padding = rnd_int(c, 0, 1);
    int32_t stride_h = rnd_size(c, 3);
    int32_t stride_w = rnd_size(c, 3);
    FillKind kind = mac_fill(c);
    Shape s = {
        4,
        {rnd_size(c, 2), rnd_size(c, 5), rnd_size(c, 5), rnd_size(c, rnd_chance(c, 5) ? 17 : 4)}};
    Shape filter = {4, {rnd_size(c, 4), rnd_size(c, 4), rnd_size(c, 4), s.dim[3]}};
    int64_t wish[4] = {s.dim[0], spread_size(c, s.dim[1], filter.dim[1], stride_h, padding),
                       spread_size(c, s.dim[2], filter.dim[2], stride_w, padding), filter.dim[0]};
    (void)add_values(c, TYPE_S32, (Shape){1, {4}}, wish);
    TensorId w = add_const(c, weights_of(c->type), filter, kind);
    TensorId x = add_input(c, c->type, s, kind);
    int64_t count = shape_count(&filter) / filter.dim[0];
    mac_finish(c, x, w, (Taps){filter.dim[0], 0, count, count, 1}, false);
    set_int(c, "padding", padding);
    set_int(c, "stride_h", stride_h);
    set_int(c, "stride_w", stride_w);
    (void)rnd_act(c);
}

static int32_t spread_before(int32_t size, int32_t kernel, int32_t stride, int32_t padding)
{
    Window forward = {.kernel = kernel, .stride = stride, .dilation = 1};
    (void)positions(&forward, size, padding);
    return forward.before;
}

/* Each input element is spread over the outputs its kernel reaches. */
static void scatter(const Case *c, const View *x, const View *w, const View *y, Num *sum)
{
    int32_t stride_h = get_int(c, "stride_h");
    int32_t stride_w = get_int(c, "stride_w");
    int32_t top = spread_before(y->s.dim[1], w->s.dim[1], stride_h, get_int(c, "padding"));
    int32_t left = spread_before(y->s.dim[2], w->s.dim[2], stride_w, get_int(c, "padding"));
    int32_t i[MAX_RANK] = {0};
    do {
        const Num *a = &x->v[place(&x->s, i)];
        Shape taps = {3, {w->s.dim[0], w->s.dim[1], w->s.dim[2]}};
        int32_t k[MAX_RANK] = {0};
        do {
            int32_t oy = i[1] * stride_h - top + k[1];
            int32_t ox = i[2] * stride_w - left + k[2];
            if (oy >= 0 && oy < y->s.dim[1] && ox >= 0 && ox < y->s.dim[2]) {
                const Num *b = &w->v[at4(&w->s, k[0], k[1], k[2], i[3])];
                Num *at = &sum[at4(&y->s, i[0], oy, ox, k[0])];
                at->i += (a->i - x->zero) * b->i;
                at->r += a->r * b->r;
            }
        } while (next_index(&taps, k));
    } while (next_index(&x->s, i));
}

static void transpose_reference(Case *c)
{
    View w = in(c, 1);
    View x = in(c, 2);
    Shape s = {4, {0}};
    for (int32_t k = 0; k < 4; k++) {
        s.dim[k] = (int32_t)list_at(c, 0, k);
    }
    View y = out(c, 0, s);
    Num *sum = NEW(&c->g->arena, Num, y.count);
    scatter(c, &x, &w, &y, sum);
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = mac_end(c, sum[i], 2, 1, 3, i % s.dim[3], &y, get_int(c, "act"));
    }
}

extern const RefOp ref_conv[];
const RefOp ref_conv[] = {
    {"conv_2d", {TYPE_S8, TYPE_S16, TYPE_F32}, conv_generate, conv_reference, NULL},
    {"depthwise_conv_2d",
     {TYPE_S8, TYPE_S16, TYPE_F32},
     depthwise_generate,
     depthwise_reference,
     NULL},
    {"transpose_conv",
     {TYPE_S8, TYPE_S16, TYPE_F32},
     transpose_generate,
     transpose_reference,
     NULL},
    {0},
};
