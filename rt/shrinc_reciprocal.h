/* 1 / x for fixed-point x >= 1, as TFLite's softmax computes it (gemmlowp's Newton steps, 32-bit).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RECIPROCAL_H
#define SHRINC_RECIPROCAL_H

#include "shrinc_base.h"

/* a * b * 2^-31, rounded, ties upward. */
static inline int32_t shrinc_high_mul(int32_t a, int32_t b)
{
    return (int32_t)((((int64_t)a * b) + ((int64_t)1 << 30)) >> 31);
}

/* For v = x * 2^-19 in [1, 4096) returns r and *bits with 1 / v = r * 2^-31 * 2^-*bits, r in [2^30, 2^31). */
static inline int32_t shrinc_reciprocal(int32_t x, int32_t *bits)
{
    uint32_t top = (uint32_t)x;
    int32_t above = 12;
    while ((top & 0x80000000U) == 0U) {
        top <<= 1;
        above--;
    }
    /* d = top / 2^32 in [0.5, 1): half the denominator, 31 fraction bits; r: 29 fraction bits. */
    int32_t d = (int32_t)(top >> 1);
    int32_t r = 1515870810 + shrinc_high_mul(d, -1010580540); /* 48/17 - 32/17 d */
    for (int32_t i = 0; i < 3; i++) {
        int32_t rest = ((int32_t)1 << 29) - shrinc_high_mul(d, r);
        r += shrinc_high_mul(r, rest) * 4;
    }
    *bits = above;
    return (r > (((int32_t)1 << 30) - 1)) ? INT32_MAX : (r * 2);
}

#endif
