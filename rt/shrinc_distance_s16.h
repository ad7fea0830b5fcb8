/* How far a point is from the nearest of some clusters, int16: the smallest of
 *   sqrt(sum over r of (sum over j of w[r][j] * (x[j] - centre[j]))^2 + bias) - radius
 * in units of w * x. x and centres have one scale. Weights are int16 with a shift for each cluster that leaves
 * products in 2^-8; bias in 2^-16, radius in 2^-8. Each row r of FORM 0 (one weight for all) and 1 (diagonal)
 * reads element r alone, of FORM 2 (lower triangle) elements 0 .. r, of FORM 3 (full) all of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DISTANCE_S16_H
#define SHRINC_DISTANCE_S16_H

#include "shrinc_requantize.h"
#include "shrinc_root.h"

typedef struct shrinc_distance_s16_params {
    int32_t clusters;
    int32_t count;      /* elements of x */
    int32_t form;
    int32_t rows;       /* of the weights: count but for form 3 */
    int32_t multiplier; /* from 2^-8 to the scale of y */
    int32_t shift;
    int32_t y_zero;
} shrinc_distance_s16_params;

#endif
