/* 2-D convolution, int8 weights on floats, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_conv_2d_hybrid.h"

/* Sum of products over the taps inside the image. */
static int32_t shrinc_conv_2d_hybrid_inside(const shrinc_conv_2d_hybrid_params *p, const shrinc_window *t,
                                             const int8_t *q, int32_t zero, const int8_t *SHRINC_ROM w)
{
    int32_t cols = t->col_end - t->col_first;
    int32_t run = p->group_in;
    int32_t step = (int32_t)p->dilation_w * p->in_channels;
    int32_t offset = t->offset;
    int32_t sum = 0;
    if (p->run_taps > 1) {
        run *= cols;
        cols = 1;
    }
    w += ((t->row_first * p->kernel_w) + t->col_first) * p->group_in;
    for (int32_t ky = t->row_first; ky < t->row_end; ky++) {
        const int8_t *qk = &q[offset];
        const int8_t *wk = w;
        for (int32_t kx = 0; kx < cols; kx++) {
            sum = shrinc_hybrid_dot(sum, qk, zero, wk, run);
            qk += step;
            wk += run;
        }
        w += (int32_t)p->kernel_w * p->group_in;
        offset += t->row_size * p->dilation_h;
    }
    return sum;
}

/* q: room for the image. */
static void shrinc_conv_2d_hybrid(const shrinc_conv_2d_hybrid_params *p, const float *x,
                                  const int8_t *SHRINC_ROM weights, const float *SHRINC_ROM w_scale,
                                  const float *SHRINC_ROM bias, int8_t *q, float *y)
{
    shrinc_window t;
    int32_t filter = (int32_t)p->kernel_h * p->kernel_w * p->group_in;
    t.row_size = p->in_width * p->in_channels;
    t.ring_size = t.row_size * p->in_height;
    shrinc_hybrid_scale s = shrinc_hybrid_quantize(x, t.ring_size, p->asymmetric, q);
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
            const int8_t *w = weights;
            int32_t o = 0;
            for (int32_t group = 0; group < p->groups; group++) {
                for (int32_t k = 0; k < p->group_out; k++) {
                    int32_t sum = shrinc_conv_2d_hybrid_inside(p, &t, q, s.zero, w);
                    float v = (float)sum * (s.scale * shrinc_rom_f32(&w_scale[o * p->channel_step]));
                    *y = shrinc_clamp_f32(v + shrinc_rom_f32(&bias[o]), p->y_min, p->y_max);
                    y++;
                    w += filter;
                    o++;
                }
                t.offset += p->group_in;
            }
            at_col += p->stride_w;
        }
        at_row += p->stride_h;
    }
}
