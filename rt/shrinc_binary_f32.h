/* Operators of two float tensors with broadcasting and a clamp.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_BINARY_F32_H
#define SHRINC_BINARY_F32_H

#include "shrinc_clamp_f32.h"
#include "shrinc_walk.h"

typedef struct shrinc_binary_f32_params {
    int32_t rows;   /* rows of y, see shrinc_walk.h */
    int32_t inner;  /* elements in a row */
    int32_t a_step; /* 0 or 1: how a moves along a row */
    int32_t b_step;
    float y_min;    /* clamp; the largest finite numbers where there is none */
    float y_max;
} shrinc_binary_f32_params;

#endif
