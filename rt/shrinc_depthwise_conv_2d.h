/* Depthwise convolution on integers: y[r][c][i*m+j] = clamp(y_zero + requantise(bias + sum x[..][i] * w[..][i*m+j])).
 * x: rows of pixels of in_channels; weights: [kernel_h][kernel_w][in_channels * depth_multiplier]. The bias has -x_zero
 * times the sum of the channel's weights folded in; where taps fall outside x, x_zero times their weights is given
 * back.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DEPTHWISE_CONV_2D_H
#define SHRINC_DEPTHWISE_CONV_2D_H

#include "shrinc_window.h"

typedef struct shrinc_depthwise_conv_2d_params {
    int32_t first_row; /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height; /* rows of x */
    int32_t in_width;  /* pixels in a row of x */
    int32_t in_ring;   /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width; /* pixels in a row of y */
    int32_t out_ring;  /* rows of y in memory */
    int16_t backward;  /* 1: the last row and pixel first, so that y may lie above x (s8 alone) */
    int16_t in_channels;
    int16_t depth_multiplier; /* channels of y for each of x */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t channel_step; /* 1: a multiplier and shift per output channel; 0: one for all */
    int16_t x_zero;       /* zero point of x, 0 for int16 */
    int16_t y_zero;
    int16_t y_min; /* clamp, already quantised */
    int16_t y_max;
} shrinc_depthwise_conv_2d_params;

#endif
