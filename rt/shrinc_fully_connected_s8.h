/* Fully connected layer, int8: y[b][o] = clamp(zero_y + requantize(bias[o] + sum_k w[o][k] * x[b][k])).
 * The bias has -zero_x * sum_k w[o][k] folded in, so the loop multiplies raw bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FULLY_CONNECTED_S8_H
#define SHRINC_FULLY_CONNECTED_S8_H

#include "shrinc_requantize.h"

typedef struct shrinc_fully_connected_s8_params {
    int32_t batches;      /* rows of x and y */
    int32_t in_count;     /* K: values in a row of x */
    int32_t out_count;    /* values in a row of y */
    int32_t channel_step; /* 1: a multiplier and shift per output; 0: one for all */
    int32_t y_zero;       /* zero point of y, -128 .. 127 */
    int32_t y_min;        /* clamp, already quantised */
    int32_t y_max;
} shrinc_fully_connected_s8_params;

#endif
