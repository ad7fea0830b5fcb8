/* Depthwise convolution, int16 values, int8 weights, 64-bit sums, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_depthwise_conv_2d.h"
#include "shrinc_requantize_wide.h"

/* Sum of products over the taps inside x. */
static int64_t shrinc_depthwise_conv_2d_s16_inside(const shrinc_depthwise_conv_2d_params *p,
                                                   const shrinc_window *t, const int16_t *x,
                                                   const int8_t *SHRINC_ROM w, int64_t sum)
{
    int32_t x_step = (int32_t)p->dilation_w * p->in_channels;
    int32_t w_step = (int32_t)p->in_channels * p->depth_multiplier;
    int32_t offset = t->offset;
    w += ((t->row_first * p->kernel_w) + t->col_first) * w_step;
    for (int32_t ky = t->row_first; ky < t->row_end; ky++) {
        const int16_t *xk = &x[offset];
        const int8_t *wk = w;
        for (int32_t kx = t->col_first; kx < t->col_end; kx++) {
            sum += (int32_t)*xk * shrinc_rom_s8(wk);
            xk += x_step;
            wk += w_step;
        }
        w += p->kernel_w * w_step;
        offset += t->row_size * p->dilation_h;
        if (offset >= t->ring_size) {
            offset -= t->ring_size;
        }
    }
    return sum;
}

static void shrinc_depthwise_conv_2d_s16(const shrinc_depthwise_conv_2d_params *p, const int16_t *x,
                                         const int8_t *SHRINC_ROM weights,
                                         const int64_t *SHRINC_ROM bias,
                                         const int16_t *SHRINC_ROM multiplier,
                                         const int8_t *SHRINC_ROM shift, int16_t *y)
{
    shrinc_window t;
    int32_t out_row = p->out_width * p->in_channels * p->depth_multiplier;
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
            t.offset =
                (slot * t.row_size) + ((at_col + (t.col_first * p->dilation_w)) * p->in_channels);
            int32_t o = 0;
            for (int32_t i = 0; i < p->in_channels; i++) {
                for (int32_t j = 0; j < p->depth_multiplier; j++) {
                    const int8_t *w = &weights[o];
                    int64_t sum =
                        shrinc_depthwise_conv_2d_s16_inside(p, &t, x, w, shrinc_rom_s64(&bias[o]));
                    int32_t c = o * p->channel_step;
                    int32_t q = shrinc_requantize_wide(sum, shrinc_rom_s16(&multiplier[c]),
                                                       shrinc_rom_s8(&shift[c]));
                    *out = (int16_t)shrinc_clamp(q, p->y_min, p->y_max);
                    out++;
                    o++;
                }
                t.offset++;
            }
            at_col += p->stride_w;
        }
    }
}
