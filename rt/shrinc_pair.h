/* Operators of two tensors with broadcasting that need no numbers of their own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PAIR_H
#define SHRINC_PAIR_H

#include "shrinc_walk.h"

typedef struct shrinc_pair_params {
    int32_t rows;   /* rows of y, see shrinc_walk.h */
    int32_t inner;  /* elements in a row */
    int32_t a_step; /* 0 or 1: how a moves along a row */
    int32_t b_step;
} shrinc_pair_params;

#endif
