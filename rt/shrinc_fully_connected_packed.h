/* Fully connected layer on packed weights, int8: see shrinc_packed.h. A 1x1 convolution is one too: its pixels are the
 * rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FULLY_CONNECTED_PACKED_H
#define SHRINC_FULLY_CONNECTED_PACKED_H

#include "shrinc_packed.h"

typedef struct shrinc_fully_connected_packed_params {
    int32_t batches;   /* rows of x and y */
    int32_t in_count;  /* K: values in a row of x */
    int32_t out_count; /* values in a row of y */
    int16_t backward;  /* 1: the last row first, so that y may lie above x */
    int16_t y_min;     /* clamp, already quantised */
    int16_t y_max;
    int16_t line;      /* 1: requantised by a line */
} shrinc_fully_connected_packed_params;

#endif
