/* A score's memory, int16, state in 2^-8 of a step of x: KIND 0 (EWMA) s += (x - s) * alpha, where the first x
 * is taken whole; KIND 1 (CUSUM) s = max(0, s + x - drift). y is s in the scale of y.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ACCUMULATE_S16_H
#define SHRINC_ACCUMULATE_S16_H

#include "shrinc_requantize.h"

typedef struct shrinc_accumulate_s16_params {
    int32_t kind;
    int32_t alpha;      /* in 2^-15 */
    int32_t drift;      /* in 2^-8 of a step of x */
    int32_t warmup;     /* runs whose x does not count */
    int32_t multiplier; /* from 2^-8 of a step of x to the scale of y */
    int32_t shift;
    int32_t y_zero;
} shrinc_accumulate_s16_params;

#endif
