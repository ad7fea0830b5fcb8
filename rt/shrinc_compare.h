/* Comparisons of two tensors with broadcasting: the six of them differ in RESULT alone.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_COMPARE_H
#define SHRINC_COMPARE_H

#include "shrinc_walk.h"

typedef struct shrinc_compare_params {
    int32_t rows;      /* rows of y, see shrinc_walk.h */
    int32_t inner;     /* elements in a row */
    int32_t a_step;    /* 0 or 1: how a moves along a row */
    int32_t b_step;
    uint8_t result[4]; /* y where a and b are unordered (NaN), a < b, a > b, a = b */
} shrinc_compare_params;

#endif
