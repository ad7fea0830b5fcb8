/* 2-D convolution on packed weights, int8: see shrinc_packed.h. The inputs of an output pixel are runs of RUN_TAPS taps
 * side by side; where taps fall outside x, the zero point of x stands.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CONV_2D_PACKED_H
#define SHRINC_CONV_2D_PACKED_H

#include "shrinc_window.h"

typedef struct shrinc_conv_2d_packed_params {
    int32_t first_row; /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height; /* rows of x */
    int32_t in_width;  /* pixels in a row of x */
    int32_t in_ring;   /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width; /* pixels in a row of y */
    int32_t out_ring;  /* rows of y in memory */
    int32_t quads;     /* of one pixel's inputs */
    int16_t backward;  /* 1: the last row and pixel first, so that y may lie above x */
    int16_t in_channels;
    int16_t out_channels;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t run_taps; /* kernel_w, or 1 if dilated */
    int16_t x_zero;   /* zero point of x */
    int16_t y_min;    /* clamp, already quantised */
    int16_t y_max;
    int16_t line;     /* 1: requantised by a line */
} shrinc_conv_2d_packed_params;

#endif
