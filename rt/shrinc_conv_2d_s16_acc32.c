/* 2-D convolution, int16 values, int8 weights, 32-bit sums, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_conv_2d.h"
#include "shrinc_dot_s16_acc32.h"
#include "shrinc_requantize.h"

/* Sum of products over the taps inside x. */
static int32_t shrinc_conv_2d_s16_acc32_inside(const shrinc_conv_2d_params *p, const shrinc_window *t,
                                        const int16_t *x, const int8_t *SHRINC_ROM w, int32_t sum)
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
        const int16_t *xk = &x[offset];
        const int8_t *wk = w;
        for (int32_t kx = 0; kx < cols; kx++) {
            sum = shrinc_dot_s16_acc32(sum, xk, wk, run);
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

static void shrinc_conv_2d_s16_acc32(const shrinc_conv_2d_params *p, const int16_t *x, const int8_t *SHRINC_ROM weights,
                              const int32_t *SHRINC_ROM bias, const int32_t *SHRINC_ROM multiplier,
                              const int8_t *SHRINC_ROM shift, int16_t *y)
{
    shrinc_window t;
    int32_t filter = (int32_t)p->kernel_h * p->kernel_w * p->group_in;
    int32_t out_row = p->out_width * p->groups * p->group_out;
    t.row_size = p->in_width * p->in_channels;
    t.ring_size = t.row_size * p->in_ring;
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        int32_t at_row = (row * p->stride_h) - p->pad_top;
        t.row_first = shrinc_tap_first(at_row, p->dilation_h, p->kernel_h);
        t.row_end = shrinc_tap_end(at_row, p->dilation_h, p->kernel_h, p->in_height);
        int32_t slot = shrinc_ring_slot(at_row + (t.row_first * p->dilation_h), p->in_ring);
        int16_t *out = &y[shrinc_ring_slot(row, p->out_ring) * out_row];
        int32_t at_col = -p->pad_left;
        for (int32_t col = 0; col < p->out_width; col++) {
            t.col_first = shrinc_tap_first(at_col, p->dilation_w, p->kernel_w);
            t.col_end = shrinc_tap_end(at_col, p->dilation_w, p->kernel_w, p->in_width);
            t.offset = (slot * t.row_size) + ((at_col + (t.col_first * p->dilation_w)) * p->in_channels);
            const int8_t *w = weights;
            int32_t o = 0;
            for (int32_t group = 0; group < p->groups; group++) {
                for (int32_t k = 0; k < p->group_out; k++) {
                    int32_t sum = shrinc_conv_2d_s16_acc32_inside(p, &t, x, w, shrinc_rom_s32(&bias[o]));
                    int32_t c = o * p->channel_step;
                    sum = shrinc_requantize(sum, shrinc_rom_s32(&multiplier[c]), shrinc_rom_s8(&shift[c]));
                    *out = (int16_t)shrinc_clamp(sum, p->y_min, p->y_max);
                    out++;
                    w += filter;
                    o++;
                }
                t.offset += p->group_in;
            }
            at_col += p->stride_w;
        }
    }
}
