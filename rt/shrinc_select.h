/* Choice by element with broadcasting: y = c ? a : b, elements of any type moved as bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SELECT_H
#define SHRINC_SELECT_H

#include "shrinc_walk.h"

typedef struct shrinc_select_params {
    int32_t rows;   /* rows of y, see shrinc_walk.h */
    int32_t inner;  /* elements in a row */
    int32_t c_step; /* 0 or 1: how c moves along a row */
    int32_t a_step; /* bytes, 0 or WIDTH: how a moves along a row */
    int32_t b_step;
    int32_t width;  /* bytes of an element */
} shrinc_select_params;

#endif
