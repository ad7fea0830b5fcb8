/* Fully connected layer with int8 weights on floats: y[b][o] = clamp(bias[o] + sum_k w[o][k] * (q[b][k] - zero_b) *
 * scale_b * w_scale[o]), where q[b] is row b of x quantised by itself (shrinc_hybrid.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FULLY_CONNECTED_HYBRID_H
#define SHRINC_FULLY_CONNECTED_HYBRID_H

#include "shrinc_clamp_f32.h"
#include "shrinc_hybrid.h"

typedef struct shrinc_fully_connected_hybrid_params {
    int32_t batches;      /* rows of x and y */
    int32_t in_count;     /* K: values in a row of x */
    int32_t out_count;    /* values in a row of y */
    int16_t asymmetric;   /* 1: rows of x are quantised with a zero point */
    int16_t channel_step; /* 1: a scale per output; 0: one for all */
    float y_min;          /* clamp */
    float y_max;
} shrinc_fully_connected_hybrid_params;

#endif
