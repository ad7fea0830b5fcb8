/* Comparisons of two int8 tensors with broadcasting, each on its own scale: A = requantize((a - zero_a) << 8).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_COMPARE_S8_H
#define SHRINC_COMPARE_S8_H

#include "shrinc_requantize.h"
#include "shrinc_walk.h"

typedef struct shrinc_compare_s8_params {
    int32_t rows;         /* rows of y, see shrinc_walk.h */
    int32_t inner;        /* elements in a row */
    int32_t a_step;       /* 0 or 1: how a moves along a row */
    int32_t b_step;
    int32_t a_zero;       /* zero points */
    int32_t b_zero;
    int32_t a_multiplier; /* scale_a */
    int32_t a_shift;
    int32_t b_multiplier; /* scale_b */
    int32_t b_shift;
    uint8_t result[4];    /* y where: never, A < B, A > B, A = B */
} shrinc_compare_s8_params;

#endif
