/* Convolutions as products without a copy of each window: a tile's rows are pixels, read where they lie
 * in an image with borders, by a list of offsets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_conv.h"

#include "op/util_gemm.h"

enum { CACHE_FLOATS = 1 << 16 }; /* images that backward_w takes at once: a quarter of a megabyte */

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t reach(const Window *w)
{
    return (w->kernel - 1) * w->dilation;
}

static int32_t taps(const Conv *c)
{
    return c->rows.kernel * c->cols.kernel;
}

static int32_t blocks(int32_t channels)
{
    return (channels + GEMM_COLS - 1) / GEMM_COLS;
}

static int32_t at_most(int32_t limit, int64_t v)
{
    return v < limit ? (int32_t)v : limit;
}

const Conv *conv_plan(const Conv *from, Arena *a)
{
    Conv *c = NEW(a, Conv, 1);
    *c = *from;
    c->x_h = larger((c->rows.out - 1) * c->rows.stride + reach(&c->rows) + 1,
                    c->rows.before + c->rows.in);
    c->x_w = larger((c->cols.out - 1) * c->cols.stride + reach(&c->cols) + 1,
                    c->cols.before + c->cols.in);
    c->pads_x = c->x_h != c->rows.in || c->x_w != c->cols.in;
    c->top = (reach(&c->rows) + c->rows.stride - 1) / c->rows.stride;
    c->left = (reach(&c->cols) + c->cols.stride - 1) / c->cols.stride;
    c->y_h = c->top + larger(c->rows.out, (c->rows.before + c->rows.in - 1) / c->rows.stride + 1);
    c->y_w = c->left + larger(c->cols.out, (c->cols.before + c->cols.in - 1) / c->cols.stride + 1);
    c->pads_y = c->y_h != c->rows.out || c->y_w != c->cols.out;
    int32_t group_in = c->in / c->groups;
    int32_t *off = NEW(a, int32_t, (int64_t)taps(c) * group_in);
    c->off = off;
    for (int32_t ky = 0; ky < c->rows.kernel; ky++) {
        for (int32_t kx = 0; kx < c->cols.kernel; kx++) {
            for (int32_t i = 0; i < group_in; i++) {
                *off++ = (ky * c->rows.dilation * c->x_w + kx * c->cols.dilation) * c->in + i;
            }
        }
    }
    return c;
}

/* IMAGES images of IN_H x IN_W pixels into zeros of H x W, from (TOP, LEFT) on. */
static void pad(int64_t images, const float *x, int32_t in_h, int32_t in_w, int32_t channels,
                float *padded, int32_t h, int32_t w, int32_t top, int32_t left)
{
    const size_t row = (size_t)in_w * (size_t)channels * sizeof *x;
    memset(padded, 0, (size_t)images * (size_t)h * (size_t)w * (size_t)channels * sizeof *x);
    for (int64_t b = 0; b < images; b++) {
        for (int32_t r = 0; r < in_h; r++) {
            memcpy(padded + (((b * h) + top + r) * w + left) * channels,
                   x + (b * in_h + r) * in_w * channels, row);
        }
    }
}

int64_t conv_x_count(const Conv *c, int64_t images)
{
    return c->pads_x ? images * c->x_h * c->x_w * c->in : 0;
}

void conv_pad_x(const Conv *c, int64_t images, const float *x, float *padded)
{
    pad(images, x, c->rows.in, c->cols.in, c->in, padded, c->x_h, c->x_w, c->rows.before,
        c->cols.before);
}

static int64_t dy_count(const Conv *c, int64_t images)
{
    return c->pads_y ? images * c->y_h * c->y_w * c->out : 0;
}

int64_t conv_work_count(const Conv *c, int64_t images)
{
    int64_t out = c->out / c->groups;
    int64_t in = c->in / c->groups;
    int64_t forward = taps(c) * in * blocks((int32_t)out) * GEMM_COLS;
    int64_t backward =
        taps(c) * (out * blocks((int32_t)in) * GEMM_COLS + out) + dy_count(c, images);
    int64_t weights = (taps(c) * in + GEMM_ROWS) * blocks((int32_t)out) * GEMM_COLS;
    int64_t most = forward > backward ? forward : backward;
    return (most > weights ? most : weights) + GEMM_COLS;
}

/* --- tiles over pixels --- */

/* A grid of pixels: where pixel (i, j) of the tile's operand x and of the result y lies. */
typedef struct Grid {
    int32_t rows, cols;
    int64_t x_row, x_col, y_row, y_col; /* floats */
} Grid;

/* All pixels of one image by up to GEMM_COLS channels. */
static void run_tiles(const Grid *g, const float *x, float *y, GemmTile *t)
{
    int32_t i = 0;
    int32_t j = 0;
    int64_t left = (int64_t)g->rows * g->cols;
    while (left > 0) {
        t->rows = at_most(GEMM_ROWS, left);
        for (int32_t r = 0; r < t->rows; r++) {
            t->x[r] = x + i * g->x_row + j * g->x_col;
            t->y[r] = y + i * g->y_row + j * g->y_col;
            if (++j == g->cols) {
                j = 0;
                i++;
            }
        }
        gemm_tile(t);
        left -= t->rows;
    }
}

static GemmTile tile_of(ConvEnd end)
{
    GemmTile t = {.add = end.add, .clamps = end.act != ACT_NONE && !end.add};
    act_range_f32(end.act, &t.low, &t.high);
    return t;
}

/* The bias of COLS channels, filled up with zeros. */
static const float *start_of(ConvEnd end, int32_t channel, int32_t cols, float start[GEMM_COLS])
{
    memset(start, 0, GEMM_COLS * sizeof *start);
    if (end.bias == NULL || end.add) {
        return NULL;
    }
    memcpy(start, end.bias + channel, (size_t)cols * sizeof *start);
    return start;
}

/* [block][tap, i][GEMM_COLS]: output channels side by side. */
static void pack_forward(const Conv *c, const float *w, int32_t group, float *packed)
{
    const int32_t out = c->out / c->groups;
    const int32_t in = c->in / c->groups;
    for (int32_t b = 0; b < blocks(out); b++) {
        for (int32_t k = 0; k < taps(c) * in; k++) {
            const float *from =
                w + (group * out + b * GEMM_COLS) * c->w_out + k / in * c->w_tap + k % in * c->w_in;
            for (int32_t o = 0; o < GEMM_COLS; o++) {
                *packed++ = b * GEMM_COLS + o < out ? from[o * c->w_out] : 0.0f;
            }
        }
    }
}

void conv_forward(const Conv *c, int64_t images, const float *x, const float *w, ConvEnd end,
                  float *y, float *work)
{
    const int32_t out = c->out / c->groups;
    const int32_t depth = taps(c) * (c->in / c->groups);
    const int64_t x_image = (int64_t)c->x_h * c->x_w * c->in;
    const int64_t y_image = (int64_t)c->rows.out * c->cols.out * c->out;
    const Grid grid = {c->rows.out,
                       c->cols.out,
                       (int64_t)c->rows.stride * c->x_w * c->in,
                       (int64_t)c->cols.stride * c->in,
                       (int64_t)c->cols.out * c->out,
                       c->out};
    GemmTile t = tile_of(end);
    float start[GEMM_COLS];
    t.depth = depth;
    t.off = c->off;
    for (int32_t group = 0; group < c->groups; group++) {
        pack_forward(c, w, group, work);
        for (int64_t i = 0; i < images; i++) {
            for (int32_t b = 0; b < blocks(out); b++) {
                int32_t channel = group * out + b * GEMM_COLS;
                t.cols = at_most(GEMM_COLS, out - b * GEMM_COLS);
                t.w = work + (int64_t)b * depth * GEMM_COLS;
                t.start = start_of(end, channel, t.cols, start);
                run_tiles(&grid, x + i * x_image + group * (c->in / c->groups),
                          y + i * y_image + channel, &t);
            }
        }
    }
}

/* --- backward to x: a convolution of dy, one for each position within a stride --- */

/* The taps that meet position REST of a stride, along one dimension: FIRST, FIRST + EVERY .. */
typedef struct Meets {
    const Window *w;
    int32_t rest, count, first, every;
} Meets;

static Meets meets_of(const Window *w, int32_t rest)
{
    Meets m = {.w = w, .rest = rest};
    for (int32_t k = 0; k < w->kernel; k++) {
        if ((rest - k * w->dilation) % w->stride == 0) {
            m.first = m.count == 0 ? k : m.first;
            m.every = m.count == 1 ? k - m.first : m.every;
            m.count++;
        }
    }
    return m;
}

static int32_t meets_tap(const Meets *m, int32_t i)
{
    return m->first + i * m->every;
}

/* The row (column) of dy that tap I meets, relative to the position's own. */
static int32_t meets_step(const Meets *m, int32_t i)
{
    return (m->rest - meets_tap(m, i) * m->w->dilation) / m->w->stride;
}

/* Weights and offsets of one phase; returns the depth. */
static int32_t pack_backward(const Conv *c, const float *w, int32_t group, const Meets *rows,
                             const Meets *cols, float *packed, int32_t *off)
{
    const int32_t out = c->out / c->groups;
    const int32_t in = c->in / c->groups;
    const int32_t depth = rows->count * cols->count * out;
    for (int32_t b = 0; b < blocks(in); b++) {
        for (int32_t k = 0; k < depth; k++) {
            int32_t o = k % out;
            int32_t ky = k / out / cols->count;
            int32_t kx = k / out % cols->count;
            int32_t tap = meets_tap(rows, ky) * c->cols.kernel + meets_tap(cols, kx);
            const float *from =
                w + (group * out + o) * c->w_out + tap * c->w_tap + b * GEMM_COLS * c->w_in;
            off[k] = (meets_step(rows, ky) * c->y_w + meets_step(cols, kx)) * c->out + o;
            for (int32_t i = 0; i < GEMM_COLS; i++) {
                *packed++ = b * GEMM_COLS + i < in ? from[i * c->w_in] : 0.0f;
            }
        }
    }
    return depth;
}

/* Where dx has the pixels of position REST: the first, and how many. */
static int32_t phase_of(const Window *w, int32_t rest, int32_t *count)
{
    int32_t first = (rest - w->before % w->stride + w->stride) % w->stride;
    *count = first < w->in ? (w->in - 1 - first) / w->stride + 1 : 0;
    return first;
}

typedef struct Phase {
    const float *dy;
    float *dx;
    const float *packed;
    const int32_t *off;
    int32_t depth;
    int32_t row, col; /* position within a stride, counted with the border */
} Phase;

static void run_phase(const Conv *c, int64_t images, int32_t group, ConvEnd end, const Phase *p)
{
    const int32_t in = c->in / c->groups;
    Grid grid = {.x_row = (int64_t)c->y_w * c->out,
                 .x_col = c->out,
                 .y_row = (int64_t)c->rows.stride * c->cols.in * c->in,
                 .y_col = (int64_t)c->cols.stride * c->in};
    int32_t first_row = phase_of(&c->rows, p->row, &grid.rows);
    int32_t first_col = phase_of(&c->cols, p->col, &grid.cols);
    int64_t from = (int64_t)((first_row + c->rows.before) / c->rows.stride + c->top) * c->y_w +
                   (first_col + c->cols.before) / c->cols.stride + c->left;
    int64_t to = (int64_t)first_row * c->cols.in + first_col;
    GemmTile t = tile_of(end);
    float start[GEMM_COLS];
    t.depth = p->depth;
    t.off = p->off;
    for (int64_t i = 0; grid.rows > 0 && grid.cols > 0 && i < images; i++) {
        const float *dy =
            p->dy + (i * c->y_h * c->y_w + from) * c->out + group * (c->out / c->groups);
        float *dx = p->dx + (i * c->rows.in * c->cols.in + to) * c->in + group * in;
        for (int32_t b = 0; b < blocks(in); b++) {
            t.cols = at_most(GEMM_COLS, in - b * GEMM_COLS);
            t.w = p->packed + (int64_t)b * p->depth * GEMM_COLS;
            t.start = start_of(end, group * in + b * GEMM_COLS, t.cols, start);
            run_tiles(&grid, dy, dx + b * GEMM_COLS, &t);
        }
    }
}

void conv_backward_x(const Conv *c, int64_t images, const float *dy, const float *w, ConvEnd end,
                     float *dx, float *work)
{
    const int64_t depth = (int64_t)taps(c) * (c->out / c->groups);
    float *padded = work;
    float *packed = padded + dy_count(c, images);
    int32_t *off = (int32_t *)(void *)(packed + depth * blocks(c->in / c->groups) * GEMM_COLS);
    if (c->pads_y) {
        pad(images, dy, c->rows.out, c->cols.out, c->out, padded, c->y_h, c->y_w, c->top, c->left);
        dy = padded;
    }
    for (int32_t group = 0; group < c->groups; group++) {
        for (int32_t row = 0; row < c->rows.stride; row++) {
            const Meets rows = meets_of(&c->rows, row);
            for (int32_t col = 0; col < c->cols.stride; col++) {
                const Meets cols = meets_of(&c->cols, col);
                Phase p = {
                    .dy = dy, .dx = dx, .packed = packed, .off = off, .row = row, .col = col};
                p.depth = pack_backward(c, w, group, &rows, &cols, packed, off);
                run_phase(c, images, group, end, &p);
            }
        }
    }
}

/* --- backward to the weights: for each pixel, the outer product of its window and its dy --- */

/* Adds SUM to dw, or sets it. */
static void store_w(const Conv *c, int32_t group, const float *sum, bool set, float *dw)
{
    const int32_t out = c->out / c->groups;
    const int32_t in = c->in / c->groups;
    for (int32_t k = 0; k < taps(c) * in; k++) {
        for (int32_t o = 0; o < out; o++) {
            int64_t tile = (int64_t)(k / GEMM_ROWS) * blocks(out) + o / GEMM_COLS;
            float v = sum[(tile * GEMM_ROWS + k % GEMM_ROWS) * GEMM_COLS + o % GEMM_COLS];
            float *at = dw + (group * out + o) * c->w_out + k / in * c->w_tap + k % in * c->w_in;
            *at = set ? v : *at + v;
        }
    }
}

void conv_backward_w(const Conv *c, int64_t images, const float *x, const float *dy, bool set,
                     float *dw, float *work)
{
    const int32_t out = c->out / c->groups;
    const int32_t in = c->in / c->groups;
    const int32_t depth = taps(c) * in;
    const int64_t x_image = (int64_t)c->x_h * c->x_w * c->in;
    const int64_t y_image = (int64_t)c->rows.out * c->cols.out * c->out;
    const int64_t some = larger(1, at_most(INT32_MAX, CACHE_FLOATS / (x_image + y_image)));
    for (int32_t group = 0; group < c->groups; group++) {
        memset(work, 0,
               (size_t)((depth + GEMM_ROWS - 1) / GEMM_ROWS * GEMM_ROWS) * (size_t)blocks(out) *
                   GEMM_COLS * sizeof *work);
        for (int64_t i = 0; i < images; i += some) {
            GemmLoops l = {.count = {at_most((int32_t)some, images - i), c->rows.out, c->cols.out},
                           .x_step = {x_image, (int64_t)c->rows.stride * c->x_w * c->in,
                                      (int64_t)c->cols.stride * c->in},
                           .y_step = {y_image, (int64_t)c->cols.out * c->out, c->out}};
            float *sum = work;
            for (int32_t k = 0; k < depth; k += GEMM_ROWS) {
                int32_t off[GEMM_ROWS];
                for (int32_t r = 0; r < GEMM_ROWS; r++) {
                    off[r] = c->off[at_most(depth - 1, k + r)];
                }
                for (int32_t b = 0; b < blocks(out); b++) {
                    gemm_outer(x + i * x_image + group * in, off,
                               dy + i * y_image + group * out + b * GEMM_COLS, &l,
                               (float(*)[GEMM_COLS])(void *)sum);
                    sum += GEMM_ROWS * GEMM_COLS;
                }
            }
        }
        store_w(c, group, work, set, dw);
    }
}
