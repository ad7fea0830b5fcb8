/* Softmax over the last dimension, int8: y[c] = e(max x - x[c]) / sum_k e(max x - x[k]), e(d) = exp(-beta * scale * d).
 * e is a table of 31-bit fractions that ends with 0; the quotient is a fraction of 2^8 (y int8) or 2^16 (y int16).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SOFTMAX_S8_H
#define SHRINC_SOFTMAX_S8_H

#include "shrinc_reciprocal.h"

typedef struct shrinc_softmax_s8_params {
    int32_t rows;
    int32_t depth; /* elements of a row, at most 4095 */
    int32_t last;  /* largest index into the table; e is 0 there and beyond */
} shrinc_softmax_s8_params;

#endif
