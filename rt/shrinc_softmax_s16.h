/* Softmax over the last dimension, int16: y[c] = e(x[c] - max x) / sum_k e(x[k] - max x), e(d) = exp(beta * scale * d).
 * exp and 1/(1+v) are tables of 512 steps with linear interpolation between them; y has 15 fraction bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SOFTMAX_S16_H
#define SHRINC_SOFTMAX_S16_H

#include "shrinc_requantize.h"

typedef struct shrinc_softmax_s16_params {
    int32_t rows;
    int32_t depth;      /* elements of a row, at most 65535 */
    int32_t multiplier; /* beta * scale of x / (10 / 65535): the exp table spans [-10, 0] */
    int32_t shift;
} shrinc_softmax_s16_params;

#endif
