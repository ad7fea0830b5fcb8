/* Fully connected layer on floats: y[b][o] = clamp(bias[o] + sum_k w[o][k] * x[b][k]). A 1x1
 * convolution is one too: its pixels are the rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FULLY_CONNECTED_F32_H
#define SHRINC_FULLY_CONNECTED_F32_H

#include "shrinc_clamp_f32.h"
#include "shrinc_dot_f32.h"

typedef struct shrinc_fully_connected_f32_params {
    int32_t batches;   /* rows of x and y */
    int32_t in_count;  /* K: values in a row of x */
    int32_t out_count; /* values in a row of y */
    float y_min;       /* clamp */
    float y_max;
} shrinc_fully_connected_f32_params;

#endif
