/* SVDF (singular value decomposition filter), quantised. Each filter turns x into one number, which
 * enters its memory of the last values; a unit sums its RANK filters' memories with weights in
 * time. state[f] moves one step left; state[f][last] = clamp(zero_state +
 * requantize(feature_bias[f] + sum_k wf[f][k] * x[k])); y[u] = clamp(zero_y + requantize(bias[u] +
 * sum_f,m wt[f][m] * state[f][m])). Zero points are folded into the biases.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SVDF_H
#define SHRINC_SVDF_H

#include "shrinc_requantize.h"

typedef struct shrinc_svdf_params {
    int32_t batches;            /* rows of x, y and state */
    int32_t in_count;           /* values in a row of x */
    int32_t units;              /* values in a row of y */
    int32_t rank;               /* filters of a unit, one after another */
    int32_t memory;             /* values that a filter remembers */
    int32_t feature_multiplier; /* to the state's scale */
    int32_t feature_shift;
    int32_t state_zero; /* zero point of the state */
    int32_t state_min;  /* range of its type */
    int32_t state_max;
    int32_t y_multiplier; /* from the state's scale to that of y */
    int32_t y_shift;
    int32_t y_zero; /* zero point of y */
} shrinc_svdf_params;

#endif
