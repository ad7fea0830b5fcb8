/* Depthwise convolution with int8 weights on a float image: y[r][c][i*m+j] = clamp(bias + sum (q[..][i] - zero) *
 * w[..][i*m+j] * scale * w_scale[i*m+j]), where q is the whole image quantised (shrinc_hybrid.h); taps beyond the
 * border count 0. x: rows of pixels of in_channels; weights: [kernel_h][kernel_w][in_channels * depth_multiplier].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DEPTHWISE_CONV_2D_HYBRID_H
#define SHRINC_DEPTHWISE_CONV_2D_HYBRID_H

#include "shrinc_clamp_f32.h"
#include "shrinc_hybrid.h"
#include "shrinc_window.h"

typedef struct shrinc_depthwise_conv_2d_hybrid_params {
    int32_t in_height;  /* rows of x */
    int32_t in_width;   /* pixels in a row of x */
    int32_t out_height; /* rows of y */
    int32_t out_width;  /* pixels in a row of y */
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
    int16_t channel_step; /* 1: a scale per output channel; 0: one for all */
    float y_min;          /* clamp */
    float y_max;
} shrinc_depthwise_conv_2d_hybrid_params;

#endif
