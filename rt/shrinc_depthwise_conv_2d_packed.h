/* Depthwise convolution, int8, on weights packed for four channels at a time. For each group of four channels c .. c+3
 * a stream of words holds: for each channel its bias; for each tap the weights of channels c and c+2 as halfwords, then
 * those of c+1 and c+3; for each channel the two words that shrinc_packed.h names last. The last group ends with the
 * last channel, even if it then begins among those of the group before.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DEPTHWISE_CONV_2D_PACKED_H
#define SHRINC_DEPTHWISE_CONV_2D_PACKED_H

#include "shrinc_window.h"

typedef struct shrinc_depthwise_conv_2d_packed_params {
    int32_t first_row; /* rows first_row .. first_row + row_count - 1 of y are computed */
    int32_t row_count;
    int32_t in_height; /* rows of x */
    int32_t in_width;  /* pixels in a row of x */
    int32_t in_ring;   /* rows of x in memory: row r lies at slot r mod in_ring */
    int32_t out_width; /* pixels in a row of y */
    int32_t out_ring;  /* rows of y in memory */
    int16_t backward;  /* 1: the last row and pixel first, so that y may lie above x */
    int16_t channels;  /* at least 4 */
    int16_t kernel_h;  /* at most 25 taps */
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero; /* zero point of x */
    int16_t y_min;  /* clamp, already quantised */
    int16_t y_max;
    int16_t line;   /* 1: requantised by a line, see shrinc_packed.h */
} shrinc_depthwise_conv_2d_packed_params;

#endif
