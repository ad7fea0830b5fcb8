/* Depthwise convolution, four channels at a time by packed weights, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_depthwise_conv_2d_packed.h"
#include "shrinc_taps.h"

/* Where the taps of the pixel at AT_ROW and AT_COL lie: in x, or in EDGE where they fall outside. */
static void shrinc_depthwise_taps(const shrinc_depthwise_conv_2d_packed_params *p, int32_t at_row, int32_t at_col,
                                  const int8_t *x, const int8_t *edge, const int8_t **tap)
{
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        int32_t row_inside = ((at_row >= 0) && (at_row < p->in_height)) ? 1 : 0;
        int32_t row = (row_inside != 0) ? (shrinc_ring_slot(at_row, p->in_ring) * p->in_width) : 0;
        int32_t col = at_col;
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            int32_t inside = ((row_inside != 0) && (col >= 0) && (col < p->in_width)) ? 1 : 0;
            *tap = (inside != 0) ? &x[(row + col) * p->channels] : edge;
            tap++;
            col += p->dilation_w;
        }
        at_row += p->dilation_h;
    }
}

/* The outputs of T's pixels; a last group that is not whole begins earlier, and TAP moves there. */
static void shrinc_depthwise_pixels(const shrinc_depthwise_conv_2d_packed_params *p, shrinc_taps *t,
                                    const int32_t *SHRINC_ROM packed, const int8_t **tap, int8_t *y)
{
    int32_t last = (int32_t)p->channels - 4;
    t->packed = packed;
    t->y = y;
    t->groups = p->channels >> 2;
    shrinc_taps_run(t);
    if ((p->channels & 3) != 0) {
        for (int32_t k = 0; k < t->tap_count; k++) {
            tap[k] = &tap[k][last];
        }
        t->packed = &packed[t->groups * (12 + (2 * t->tap_count))];
        t->y = &y[last];
        t->groups = 1;
        shrinc_taps_run(t);
    }
}

/* True if the rows from AT_ROW on all lie inside x, so that pixels side by side may go together. */
static int32_t shrinc_depthwise_may_run(const shrinc_depthwise_conv_2d_packed_params *p, int32_t at_row)
{
    int32_t last = at_row + (((int32_t)p->kernel_h - 1) * p->dilation_h);
    return ((at_row >= 0) && (last < p->in_height) && ((p->channels & 3) == 0)) ? 1 : 0;
}

/* One row of outputs; OUT is its first pixel. */
static void shrinc_depthwise_row(const shrinc_depthwise_conv_2d_packed_params *p, int32_t at_row, const int8_t *x,
                                 const int32_t *SHRINC_ROM packed, const int8_t *edge, int8_t *out)
{
    const int8_t *tap[25];
    shrinc_taps t;
    int32_t reach = ((int32_t)p->kernel_w - 1) * p->dilation_w;
    int32_t step = (p->backward != 0) ? -1 : 1;
    int32_t col = (p->backward != 0) ? (p->out_width - 1) : 0;
    int32_t left = p->out_width;
    int32_t may_run = shrinc_depthwise_may_run(p, at_row);
    t.tap = tap;
    t.tap_count = (int32_t)p->kernel_h * p->kernel_w;
    t.x_step = step * p->stride_w * p->channels;
    t.y_step = (step - 1) * p->channels;
    t.line = p->line;
    while (left > 0) {
        int32_t at_col = (col * p->stride_w) - p->pad_left;
        int32_t next = at_col;
        t.pixels = 0;
        do { /* pixels whose taps all lie inside go together */
            next += step * p->stride_w;
            t.pixels++;
        } while ((may_run != 0) && (t.pixels < left) && (at_col >= 0) && ((at_col + reach) < p->in_width) &&
                 (next >= 0) && ((next + reach) < p->in_width));
        shrinc_depthwise_taps(p, at_row, at_col, x, edge, tap);
        shrinc_depthwise_pixels(p, &t, packed, tap, &out[col * p->channels]);
        col += step * t.pixels;
        left -= t.pixels;
    }
    shrinc_packed_clamp(out, p->out_width * p->channels, p->y_min, p->y_max);
}

static void shrinc_depthwise_conv_2d_packed_s8(const shrinc_depthwise_conv_2d_packed_params *p, const int8_t *x,
                                               const int32_t *SHRINC_ROM packed, int8_t *edge, int8_t *y)
{
    int32_t step = (p->backward != 0) ? -1 : 1;
    int32_t row = (p->backward != 0) ? (p->first_row + p->row_count - 1) : p->first_row;
    for (int32_t c = 0; c < p->channels; c++) {
        edge[c] = (int8_t)p->x_zero;
    }
    for (int32_t rows = p->row_count; rows > 0; rows--) {
        int8_t *out = &y[shrinc_ring_slot(row, p->out_ring) * p->out_width * p->channels];
        shrinc_depthwise_row(p, (row * p->stride_h) - p->pad_top, x, packed, edge, out);
        row += step;
    }
}
