/* Rows divided by their Euclidean length. int8: y = requantize(x - zero_x) by 1 / sqrt(sum (x -
 * zero_x)^2), scale 1/128.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_L2_NORMALIZATION_H
#define SHRINC_L2_NORMALIZATION_H

#include "shrinc_base.h"

typedef struct shrinc_l2_normalization_params {
    int32_t rows;
    int32_t depth;  /* elements of a row */
    int32_t x_zero; /* zero point of x, int8 alone */
} shrinc_l2_normalization_params;

#endif
