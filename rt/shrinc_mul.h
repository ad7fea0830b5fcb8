/* Product of quantised tensors: y = clamp(zero_y + requantize((a - zero_a) * (b - zero_b))).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_MUL_H
#define SHRINC_MUL_H

#include "shrinc_requantize.h"
#include "shrinc_walk.h"

typedef struct shrinc_mul_params {
    int32_t rows;       /* rows of y, see shrinc_walk.h */
    int32_t inner;      /* elements in a row */
    int32_t a_step;     /* 0 or 1: how a moves along a row */
    int32_t b_step;
    int32_t a_zero;     /* zero points */
    int32_t b_zero;
    int32_t y_zero;
    int32_t multiplier; /* scale_a * scale_b / scale_y */
    int32_t shift;
    int32_t y_min;      /* clamp, already quantised */
    int32_t y_max;
} shrinc_mul_params;

#endif
