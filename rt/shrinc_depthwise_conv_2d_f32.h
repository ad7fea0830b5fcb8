/* Depthwise convolution on floats: y[r][c][i*m+j] = clamp(bias + sum x[..][i] * w[..][i*m+j]).
 * x: rows of pixels of in_channels; weights: [kernel_h][kernel_w][in_channels * depth_multiplier].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DEPTHWISE_CONV_2D_F32_H
#define SHRINC_DEPTHWISE_CONV_2D_F32_H

#include "shrinc_clamp_f32.h"
#include "shrinc_window.h"

typedef struct shrinc_depthwise_conv_2d_f32_params {
    int32_t first_row; /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height; /* rows of x */
    int32_t in_width;  /* pixels in a row of x */
    int32_t in_ring;   /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width; /* pixels in a row of y */
    int32_t out_ring;  /* rows of y in memory */
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
    float y_min; /* clamp */
    float y_max;
} shrinc_depthwise_conv_2d_f32_params;

#endif
