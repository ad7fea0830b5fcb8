/* PReLU, int8, slopes broadcast: y = clamp(zero_y + requantize(x - zero_x)), or below zero_x
 * clamp(zero_y + requantize((x - zero_x) * (alpha - zero_alpha))) with a multiplier of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PRELU_S8_H
#define SHRINC_PRELU_S8_H

#include "shrinc_requantize.h"
#include "shrinc_walk.h"

typedef struct shrinc_prelu_s8_params {
    int32_t rows;             /* rows of y, see shrinc_walk.h */
    int32_t inner;            /* elements in a row */
    int32_t x_step;           /* 0 or 1: how x moves along a row */
    int32_t alpha_step;
    int32_t x_zero;           /* zero points */
    int32_t alpha_zero;
    int32_t y_zero;
    int32_t multiplier;       /* scale_x / scale_y */
    int32_t shift;
    int32_t alpha_multiplier; /* scale_x * scale_alpha / scale_y */
    int32_t alpha_shift;
} shrinc_prelu_s8_params;

#endif
