/* Fully connected layer on integers: y[b][o] = clamp(y_zero + requantise(bias[o] + sum_k w[o][k] * x[b][k])).
 * The bias has -x_zero * sum_k w[o][k] folded in, so the loop multiplies raw bytes. A 1x1 convolution is one too:
 * its pixels are the rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FULLY_CONNECTED_H
#define SHRINC_FULLY_CONNECTED_H

#include "shrinc_base.h"

typedef struct shrinc_fully_connected_params {
    int32_t batches;      /* rows of x and y */
    int32_t in_count;     /* K: values in a row of x */
    int32_t out_count;    /* values in a row of y */
    int16_t backward;     /* 1: the last row first, so that y may lie above x (s8 alone) */
    int16_t channel_step; /* 1: a multiplier and shift per output; 0: one for all */
    int16_t y_zero;       /* zero point of y, 0 for int16 */
    int16_t y_min;        /* clamp, already quantised */
    int16_t y_max;
} shrinc_fully_connected_params;

#endif
