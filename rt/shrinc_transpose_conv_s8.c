/* Transposed convolution, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_requantize.h"
#include "shrinc_transpose_conv.h"

/* Sum of the products that fall on one value; W: the channel's weights. */
static int32_t shrinc_transpose_conv_s8_sum(const shrinc_transpose_conv_params *p, const shrinc_scatter *rows,
                                            const shrinc_scatter *cols, const int8_t *x, const int8_t *SHRINC_ROM w,
                                            int32_t sum)
{
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t pixel = (shrinc_ring_slot(rows->at - i, p->in_ring) * p->in_width) + cols->at;
        const int8_t *wk = &w[(((rows->tap + (i * p->stride_h)) * p->kernel_w) + cols->tap) * p->in_channels];
        for (int32_t j = 0; j < cols->count; j++) {
            const int8_t *xk = &x[(pixel - j) * p->in_channels];
            for (int32_t k = 0; k < p->in_channels; k++) {
                sum += ((int32_t)xk[k] - p->x_zero) * shrinc_rom_s8(&wk[k]);
            }
            wk += (int32_t)p->stride_w * p->in_channels;
        }
    }
    return sum;
}

static void shrinc_transpose_conv_s8(const shrinc_transpose_conv_params *p, const int8_t *x,
                                     const int8_t *SHRINC_ROM weights, const int32_t *SHRINC_ROM bias,
                                     const int32_t *SHRINC_ROM multiplier, const int8_t *SHRINC_ROM shift, int8_t *y)
{
    int32_t filter = (int32_t)p->kernel_h * p->kernel_w * p->in_channels;
    int32_t out_row = p->out_width * p->out_channels;
    shrinc_scatter rows = {0, 0, 0};
    shrinc_scatter_move(&rows, p->first_row + p->pad_top, p->stride_h, p->kernel_h, p->in_height);
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        int8_t *out = &y[shrinc_ring_slot(row, p->out_ring) * out_row];
        shrinc_scatter cols = {0, 0, 0};
        shrinc_scatter_move(&cols, p->pad_left, p->stride_w, p->kernel_w, p->in_width);
        for (int32_t col = 0; col < p->out_width; col++) {
            const int8_t *w = weights;
            for (int32_t o = 0; o < p->out_channels; o++) {
                int32_t sum = shrinc_transpose_conv_s8_sum(p, &rows, &cols, x, w, shrinc_rom_s32(&bias[o]));
                int32_t c = o * p->channel_step;
                sum = shrinc_requantize(sum, shrinc_rom_s32(&multiplier[c]), shrinc_rom_s8(&shift[c]));
                *out = (int8_t)shrinc_clamp(sum + p->y_zero, p->y_min, p->y_max);
                out++;
                w += filter;
            }
            shrinc_scatter_move(&cols, 1, p->stride_w, p->kernel_w, p->in_width);
        }
        shrinc_scatter_move(&rows, 1, p->stride_h, p->kernel_h, p->in_height);
    }
}
