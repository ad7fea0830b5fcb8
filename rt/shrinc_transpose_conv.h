/* Transposed convolution on integers, computed backwards: each value of y gathers the products that
 * fall on it. y[r][c][o] = clamp(y_zero + requantise(bias[o] + sum over ky, kx, i of
 * w[o][ky][kx][i] * (x[a][b][i] - x_zero))) for all a * stride_h + ky - pad_top = r and b *
 * stride_w + kx - pad_left = c. x: rows of pixels of in_channels; weights:
 * [out_channels][kernel_h][kernel_w][in_channels].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRANSPOSE_CONV_H
#define SHRINC_TRANSPOSE_CONV_H

#include "shrinc_scatter.h"

typedef struct shrinc_transpose_conv_params {
    int32_t first_row; /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height; /* rows of x */
    int32_t in_width;  /* pixels in a row of x */
    int32_t in_ring;   /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width; /* pixels in a row of y */
    int32_t out_ring;  /* rows of y in memory */
    int16_t in_channels;
    int16_t out_channels;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t channel_step; /* 1: a multiplier and shift per output channel; 0: one for all */
    int16_t x_zero;       /* zero point of x, 0 for int16 */
    int16_t y_zero;
    int16_t y_min; /* clamp, already quantised */
    int16_t y_max;
} shrinc_transpose_conv_params;

#endif
