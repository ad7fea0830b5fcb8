/* 2-D convolution on floats: y[r][c][o] = clamp(bias[o] + sum x[..] * w[o][..]).
 * x: rows of pixels of in_channels; weights: [out_channels][kernel_h][kernel_w][group_in].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CONV_2D_F32_H
#define SHRINC_CONV_2D_F32_H

#include "shrinc_clamp_f32.h"
#include "shrinc_dot_f32.h"
#include "shrinc_window.h"

typedef struct shrinc_conv_2d_f32_params {
    int32_t first_row;    /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height;    /* rows of x */
    int32_t in_width;     /* pixels in a row of x */
    int32_t in_ring;      /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width;    /* pixels in a row of y */
    int32_t out_ring;     /* rows of y in memory */
    int16_t in_channels;
    int16_t groups;
    int16_t group_in;     /* channels of x that an output channel reads */
    int16_t group_out;    /* channels of y in a group */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t run_taps;     /* taps side by side in x and weights: kernel_w, or 1 if dilated or grouped */
    float y_min;          /* clamp */
    float y_max;
} shrinc_conv_2d_f32_params;

#endif
