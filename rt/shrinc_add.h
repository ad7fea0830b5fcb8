/* Sum and difference of quantised tensors: y = clamp(zero_y + requantize(A +- B)), where
 * A = requantize((a - zero_a) << LEFT), B alike, bring both inputs to a common scale, twice the larger of
 * theirs; LEFT is 20 for int8 and 15 for int16.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ADD_H
#define SHRINC_ADD_H

#include "shrinc_requantize.h"
#include "shrinc_walk.h"

typedef struct shrinc_add_params {
    int32_t rows;         /* rows of y, see shrinc_walk.h */
    int32_t inner;        /* elements in a row */
    int32_t a_step;       /* 0 or 1: how a moves along a row */
    int32_t b_step;
    int32_t a_zero;       /* zero points */
    int32_t b_zero;
    int32_t y_zero;
    int32_t a_multiplier; /* to the common scale */
    int32_t a_shift;
    int32_t b_multiplier;
    int32_t b_shift;
    int32_t y_multiplier; /* from the common scale */
    int32_t y_shift;
    int32_t y_min;        /* clamp, already quantised */
    int32_t y_max;
} shrinc_add_params;

#endif
