/* Requantisation of 64-bit sums (int16 values): x * multiplier * 2^(shift - 15), rounded once, ties upward, in both
 * rounding families. The multiplier has 16 bits: 0 or 2^14 .. 2^15-1; shift -31 .. 7.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REQUANTIZE_WIDE_H
#define SHRINC_REQUANTIZE_WIDE_H

#include "shrinc_base.h"

static inline int32_t shrinc_requantize_wide(int64_t x, int32_t multiplier, int32_t shift)
{
    int32_t right = 15 - shift;
    return (int32_t)(((x * multiplier) + ((int64_t)1 << (right - 1))) >> right);
}

#endif
