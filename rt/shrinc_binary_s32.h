/* Operators of two int32 tensors with broadcasting and a clamp; overflow wraps around.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_BINARY_S32_H
#define SHRINC_BINARY_S32_H

#include "shrinc_walk.h"

typedef struct shrinc_binary_s32_params {
    int32_t rows;   /* rows of y, see shrinc_walk.h */
    int32_t inner;  /* elements in a row */
    int32_t a_step; /* 0 or 1: how a moves along a row */
    int32_t b_step;
    int32_t y_min;  /* clamp */
    int32_t y_max;
} shrinc_binary_s32_params;

#endif
