/* Running sums along one dimension. int8: in fractions of 2^-19 of a step; the sum starts at START.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CUMSUM_H
#define SHRINC_CUMSUM_H

#include "shrinc_requantize.h"

typedef struct shrinc_cumsum_params {
    int32_t outer;      /* elements before the dimension */
    int32_t count;      /* its size */
    int32_t inner;      /* elements behind it */
    int32_t first;      /* offset of the first element to add: 0, or that of the last one when summing backward */
    int32_t step;       /* from one element to the next: inner or -inner */
    int32_t exclusive;  /* 1: an output leaves its own element out */
    int32_t x_zero;     /* zero points and scale, int8 alone */
    int32_t y_zero;
    int32_t start;      /* what the sum starts with */
    int32_t multiplier; /* to the scale of y */
    int32_t shift;
} shrinc_cumsum_params;

#endif
