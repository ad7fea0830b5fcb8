/* Operators of two truth values (0 or 1) with broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LOGIC_H
#define SHRINC_LOGIC_H

#include "shrinc_walk.h"

typedef struct shrinc_logic_params {
    int32_t rows;      /* rows of y, see shrinc_walk.h */
    int32_t inner;     /* elements in a row */
    int32_t a_step;    /* 0 or 1: how a moves along a row */
    int32_t b_step;
    uint8_t result[4]; /* y for a + 2 b */
} shrinc_logic_params;

#endif
