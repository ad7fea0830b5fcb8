/* Requantisation: x * multiplier * 2^(shift - 31), rounded to an integer (gemmlowp's fixed point).
 * multiplier 0 or 2^30 .. 2^31-1; shift -31 .. 30, positive shifts to the left before the product.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REQUANTIZE_H
#define SHRINC_REQUANTIZE_H

#include "shrinc_base.h"

#if SHRINC_SINGLE_ROUNDING
/* Rounded once, ties upward (TFLite's single-rounding build). */
static inline int32_t shrinc_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    int32_t right = 31 - shift;
    int64_t product = (int64_t)x * multiplier;
    return (int32_t)((product + ((int64_t)1 << (right - 1))) >> right);
}
#else
/* Rounded twice (TFLite Micro's reference kernels): the doubling high multiply breaks ties upward, the
 * power-of-two division after it breaks them away from zero. */
static inline int32_t shrinc_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    int32_t left = (shift > 0) ? shift : 0;
    int32_t right = (shift > 0) ? 0 : -shift;
    int64_t product = (int64_t)(int32_t)((uint32_t)x << left) * multiplier;
    int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    int32_t mask = (int32_t)(((uint32_t)1 << right) - 1u);
    int32_t threshold = (mask >> 1) + ((high < 0) ? 1 : 0);
    return (high >> right) + (((high & mask) > threshold) ? 1 : 0);
}
#endif

#endif
