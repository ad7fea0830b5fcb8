/* 2-D convolution, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_conv_2d.h"
#include "shrinc_dot_s8.h"
#include "shrinc_requantize.h"

/* Sum of the weights whose taps fall outside x. */
static int32_t shrinc_conv_2d_s8_outside(const shrinc_conv_2d_params *p, const shrinc_window *t,
                                         const int8_t *SHRINC_ROM w)
{
    int32_t row_weights = (int32_t)p->kernel_w * p->group_in;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        int32_t left = row_weights;
        int32_t right = row_weights;
        if ((ky >= t->row_first) && (ky < t->row_end)) {
            left = t->col_first * p->group_in;
            right = t->col_end * p->group_in;
        }
        for (int32_t k = 0; k < left; k++) {
            sum += shrinc_rom_s8(&w[k]);
        }
        for (int32_t k = right; k < row_weights; k++) {
            sum += shrinc_rom_s8(&w[k]);
        }
        w += row_weights;
    }
    return sum;
}

/* Sum of products over the taps inside x. */
static int32_t shrinc_conv_2d_s8_inside(const shrinc_conv_2d_params *p, const shrinc_window *t,
                                        const int8_t *x, const int8_t *SHRINC_ROM w, int32_t sum)
{
    int32_t cols = t->col_end - t->col_first;
    int32_t run = p->group_in;
    int32_t step = (int32_t)p->dilation_w * p->in_channels;
    int32_t offset = t->offset;
    if (p->run_taps > 1) {
        run *= cols;
        cols = 1;
    }
    w += ((t->row_first * p->kernel_w) + t->col_first) * p->group_in;
    for (int32_t ky = t->row_first; ky < t->row_end; ky++) {
        const int8_t *xk = &x[offset];
        const int8_t *wk = w;
        for (int32_t kx = 0; kx < cols; kx++) {
            sum = shrinc_dot_s8(sum, xk, wk, run);
            xk += step;
            wk += run;
        }
        w += (int32_t)p->kernel_w * p->group_in;
        offset += t->row_size * p->dilation_h;
        if (offset >= t->ring_size) {
            offset -= t->ring_size;
        }
    }
    return sum;
}

static void shrinc_conv_2d_s8(const shrinc_conv_2d_params *p, const int8_t *x, const int8_t *SHRINC_ROM weights,
                              const int32_t *SHRINC_ROM bias, const int32_t *SHRINC_ROM multiplier,
                              const int8_t *SHRINC_ROM shift, int8_t *y)
{
    shrinc_window t;
    int32_t filter = (int32_t)p->kernel_h * p->kernel_w * p->group_in;
    int32_t out_pixel = (int32_t)p->groups * p->group_out;
    int32_t step = (p->backward != 0) ? -1 : 1;
    int32_t row = (p->backward != 0) ? (p->first_row + p->row_count - 1) : p->first_row;
    t.row_size = p->in_width * p->in_channels;
    t.ring_size = t.row_size * p->in_ring;
    for (int32_t rows = p->row_count; rows > 0; rows--) {
        int32_t at_row = (row * p->stride_h) - p->pad_top;
        t.row_first = shrinc_tap_first(at_row, p->dilation_h, p->kernel_h);
        t.row_end = shrinc_tap_end(at_row, p->dilation_h, p->kernel_h, p->in_height);
        int32_t slot = shrinc_ring_slot(at_row + (t.row_first * p->dilation_h), p->in_ring);
        int32_t out_slot = shrinc_ring_slot(row, p->out_ring) * p->out_width;
        int32_t col = (p->backward != 0) ? (p->out_width - 1) : 0;
        for (int32_t cols = p->out_width; cols > 0; cols--) {
            int32_t at_col = (col * p->stride_w) - p->pad_left;
            int8_t *out = &y[(out_slot + col) * out_pixel];
            t.col_first = shrinc_tap_first(at_col, p->dilation_w, p->kernel_w);
            t.col_end = shrinc_tap_end(at_col, p->dilation_w, p->kernel_w, p->in_width);
            t.offset = (slot * t.row_size) + ((at_col + (t.col_first * p->dilation_w)) * p->in_channels);
            int32_t inside = (t.row_end - t.row_first) * (t.col_end - t.col_first);
            int32_t at_border = (inside < ((int32_t)p->kernel_h * p->kernel_w)) ? 1 : 0;
            const int8_t *w = weights;
            int32_t o = 0;
            for (int32_t group = 0; group < p->groups; group++) {
                for (int32_t k = 0; k < p->group_out; k++) {
                    int32_t sum = shrinc_conv_2d_s8_inside(p, &t, x, w, shrinc_rom_s32(&bias[o]));
                    if (at_border != 0) {
                        sum += p->x_zero * shrinc_conv_2d_s8_outside(p, &t, w);
                    }
                    int32_t c = o * p->channel_step;
                    sum = shrinc_requantize(sum, shrinc_rom_s32(&multiplier[c]), shrinc_rom_s8(&shift[c]));
                    *out = (int8_t)shrinc_clamp(sum + p->y_zero, p->y_min, p->y_max);
                    out++;
                    w += filter;
                    o++;
                }
                t.offset += p->group_in;
            }
            col += step;
        }
        row += step;
    }
}
