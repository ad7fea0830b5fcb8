/* Depthwise convolution, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_depthwise_conv_2d.h"
#include "shrinc_requantize.h"

/* Sum of one channel's weights whose taps fall outside x; W is the channel's first one. */
static int32_t shrinc_depthwise_conv_2d_s8_outside(const shrinc_depthwise_conv_2d_params *p, const shrinc_window *t,
                                                   const int8_t *SHRINC_ROM w)
{
    int32_t w_step = (int32_t)p->in_channels * p->depth_multiplier;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        int32_t left = p->kernel_w;
        int32_t right = p->kernel_w;
        if ((ky >= t->row_first) && (ky < t->row_end)) {
            left = t->col_first;
            right = t->col_end;
        }
        for (int32_t kx = 0; kx < left; kx++) {
            sum += shrinc_rom_s8(&w[kx * w_step]);
        }
        for (int32_t kx = right; kx < p->kernel_w; kx++) {
            sum += shrinc_rom_s8(&w[kx * w_step]);
        }
        w += p->kernel_w * w_step;
    }
    return sum;
}

/* Sum of products over the taps inside x. */
static int32_t shrinc_depthwise_conv_2d_s8_inside(const shrinc_depthwise_conv_2d_params *p, const shrinc_window *t,
                                                  const int8_t *x, const int8_t *SHRINC_ROM w, int32_t sum)
{
    int32_t x_step = (int32_t)p->dilation_w * p->in_channels;
    int32_t w_step = (int32_t)p->in_channels * p->depth_multiplier;
    int32_t offset = t->offset;
    w += ((t->row_first * p->kernel_w) + t->col_first) * w_step;
    for (int32_t ky = t->row_first; ky < t->row_end; ky++) {
        const int8_t *xk = &x[offset];
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

static void shrinc_depthwise_conv_2d_s8(const shrinc_depthwise_conv_2d_params *p, const int8_t *x,
                                        const int8_t *SHRINC_ROM weights, const int32_t *SHRINC_ROM bias,
                                        const int32_t *SHRINC_ROM multiplier, const int8_t *SHRINC_ROM shift, int8_t *y)
{
    shrinc_window t;
    int32_t out_pixel = (int32_t)p->in_channels * p->depth_multiplier;
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
            int32_t o = 0;
            for (int32_t i = 0; i < p->in_channels; i++) {
                for (int32_t j = 0; j < p->depth_multiplier; j++) {
                    const int8_t *w = &weights[o];
                    int32_t sum = shrinc_depthwise_conv_2d_s8_inside(p, &t, x, w, shrinc_rom_s32(&bias[o]));
                    if (at_border != 0) {
                        sum += p->x_zero * shrinc_depthwise_conv_2d_s8_outside(p, &t, w);
                    }
                    int32_t c = o * p->channel_step;
                    sum = shrinc_requantize(sum, shrinc_rom_s32(&multiplier[c]), shrinc_rom_s8(&shift[c]));
                    *out = (int8_t)shrinc_clamp(sum + p->y_zero, p->y_min, p->y_max);
                    out++;
                    o++;
                }
                t.offset++;
            }
            col += step;
        }
        row += step;
    }
}
