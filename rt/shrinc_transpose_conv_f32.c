/* Transposed convolution, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_transpose_conv_f32.h"

/* Sum of the products that fall on one value; W: the channel's weights. */
static float shrinc_transpose_conv_f32_sum(const shrinc_transpose_conv_f32_params *p, const shrinc_scatter *rows,
                                            const shrinc_scatter *cols, const float *x, const float *SHRINC_ROM w,
                                            float sum)
{
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t pixel = (shrinc_ring_slot(rows->at - i, p->in_ring) * p->in_width) + cols->at;
        const float *wk = &w[(((rows->tap + (i * p->stride_h)) * p->kernel_w) + cols->tap) * p->in_channels];
        for (int32_t j = 0; j < cols->count; j++) {
            const float *xk = &x[(pixel - j) * p->in_channels];
            for (int32_t k = 0; k < p->in_channels; k++) {
                sum += xk[k] * shrinc_rom_f32(&wk[k]);
            }
            wk += (int32_t)p->stride_w * p->in_channels;
        }
    }
    return sum;
}

static void shrinc_transpose_conv_f32(const shrinc_transpose_conv_f32_params *p, const float *x,
                                     const float *SHRINC_ROM weights, const float *SHRINC_ROM bias,
                                     float *y)
{
    int32_t filter = (int32_t)p->kernel_h * p->kernel_w * p->in_channels;
    int32_t out_row = p->out_width * p->out_channels;
    shrinc_scatter rows = {0, 0, 0};
    shrinc_scatter_move(&rows, p->first_row + p->pad_top, p->stride_h, p->kernel_h, p->in_height);
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        float *out = &y[shrinc_ring_slot(row, p->out_ring) * out_row];
        shrinc_scatter cols = {0, 0, 0};
        shrinc_scatter_move(&cols, p->pad_left, p->stride_w, p->kernel_w, p->in_width);
        for (int32_t col = 0; col < p->out_width; col++) {
            const float *w = weights;
            for (int32_t o = 0; o < p->out_channels; o++) {
                float sum = shrinc_transpose_conv_f32_sum(p, &rows, &cols, x, w, 0.0f);
                *out = shrinc_clamp_f32(sum + shrinc_rom_f32(&bias[o]), p->y_min, p->y_max);
                out++;
                w += filter;
            }
            shrinc_scatter_move(&cols, 1, p->stride_w, p->kernel_w, p->in_width);
        }
        shrinc_scatter_move(&rows, 1, p->stride_h, p->kernel_h, p->in_height);
    }
}
