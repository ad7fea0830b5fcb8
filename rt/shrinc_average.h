/* The mean of int8 numbers, rounded half away from zero.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_AVERAGE_H
#define SHRINC_AVERAGE_H

#include "shrinc_base.h"

/* SUM of N numbers to their mean, clamped. */
static inline int8_t shrinc_average_of(int32_t sum, int32_t n, int32_t y_min, int32_t y_max)
{
    int32_t half = n / 2;
    int32_t mean = ((sum > 0) ? (sum + half) : (sum - half)) / n;
    return (int8_t)shrinc_clamp(mean, y_min, y_max);
}

#endif
