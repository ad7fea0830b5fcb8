/* Depthwise convolution, int8 weights on floats, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_depthwise_conv_2d_hybrid.h"

/* Sum of products over the taps inside the image. */
static int32_t shrinc_depthwise_conv_2d_hybrid_inside(const shrinc_depthwise_conv_2d_hybrid_params *p,
                                                       const shrinc_window *t, const int8_t *q, int32_t zero,
                                                       const int8_t *SHRINC_ROM w)
{
    int32_t q_step = (int32_t)p->dilation_w * p->in_channels;
    int32_t w_step = (int32_t)p->in_channels * p->depth_multiplier;
    int32_t offset = t->offset;
    int32_t sum = 0;
    w += ((t->row_first * p->kernel_w) + t->col_first) * w_step;
    for (int32_t ky = t->row_first; ky < t->row_end; ky++) {
        const int8_t *qk = &q[offset];
        const int8_t *wk = w;
        for (int32_t kx = t->col_first; kx < t->col_end; kx++) {
            sum += (*qk - zero) * shrinc_rom_s8(wk);
            qk += q_step;
            wk += w_step;
        }
        w += p->kernel_w * w_step;
        offset += t->row_size * p->dilation_h;
    }
    return sum;
}

/* q: room for the image. */
static void shrinc_depthwise_conv_2d_hybrid(const shrinc_depthwise_conv_2d_hybrid_params *p, const float *x,
                                            const int8_t *SHRINC_ROM weights, const float *SHRINC_ROM w_scale,
                                            const float *SHRINC_ROM bias, int8_t *q, float *y)
{
    shrinc_window t;
    t.row_size = p->in_width * p->in_channels;
    t.ring_size = t.row_size * p->in_height;
    shrinc_hybrid_scale s = shrinc_hybrid_quantize(x, t.ring_size, 1, q);
    int32_t at_row = -p->pad_top;
    for (int32_t row = 0; row < p->out_height; row++) {
        t.row_first = shrinc_tap_first(at_row, p->dilation_h, p->kernel_h);
        t.row_end = shrinc_tap_end(at_row, p->dilation_h, p->kernel_h, p->in_height);
        int32_t at_col = -p->pad_left;
        for (int32_t col = 0; col < p->out_width; col++) {
            t.col_first = shrinc_tap_first(at_col, p->dilation_w, p->kernel_w);
            t.col_end = shrinc_tap_end(at_col, p->dilation_w, p->kernel_w, p->in_width);
            t.offset = ((at_row + (t.row_first * p->dilation_h)) * t.row_size) +
                       ((at_col + (t.col_first * p->dilation_w)) * p->in_channels);
            int32_t o = 0;
            for (int32_t i = 0; i < p->in_channels; i++) {
                for (int32_t j = 0; j < p->depth_multiplier; j++) {
                    const int8_t *w = &weights[o];
                    int32_t sum = shrinc_depthwise_conv_2d_hybrid_inside(p, &t, q, s.zero, w);
                    float v = (float)sum * (s.scale * shrinc_rom_f32(&w_scale[o * p->channel_step]));
                    *y = shrinc_clamp_f32(v + shrinc_rom_f32(&bias[o]), p->y_min, p->y_max);
                    y++;
                    o++;
                }
                t.offset++;
            }
            at_col += p->stride_w;
        }
        at_row += p->stride_h;
    }
}
