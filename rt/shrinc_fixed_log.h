/* Natural logarithm in fixed point, by gemmlowp's rational approximation around steps of 2^(1/4).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FIXED_LOG_H
#define SHRINC_FIXED_LOG_H

#include "shrinc_reciprocal.h"

/* x * 2^n, n >= 0, saturating. */
static inline int32_t shrinc_shift_left(int32_t x, int32_t n)
{
    int64_t wide = (int64_t)x * ((int64_t)1 << n);
    int64_t held = (wide < -(int64_t)INT32_MAX) ? INT32_MIN : ((wide > INT32_MAX) ? INT32_MAX : wide);
    return (int32_t)held;
}

/* x / 2^n, ties away from zero. */
static inline int32_t shrinc_shift_right(int32_t x, int32_t n)
{
    int32_t mask = (int32_t)(((uint32_t)1 << n) - 1u);
    int32_t threshold = (mask >> 1) + ((x < 0) ? 1 : 0);
    return (x >> n) + (((x & mask) > threshold) ? 1 : 0);
}

static inline int32_t shrinc_leading_zeros(int32_t x)
{
    int32_t n = 0;
    uint32_t bits = (uint32_t)x;
    while ((n < 32) && ((bits & 0x80000000U) == 0U)) {
        bits <<= 1;
        n++;
    }
    return n;
}

/* 1 / (1 + a) for a = x * 2^-31 in [0, 1); 31 fraction bits. */
static inline int32_t shrinc_one_over_one_plus(int32_t x)
{
    int32_t half = (int32_t)((((int64_t)x + INT32_MAX) + 1) / 2);
    int32_t r = 1515870810 + shrinc_high_mul(half, -1010580540); /* 48/17 - 32/17 d */
    for (int32_t i = 0; i < 3; i++) {
        r += shrinc_high_mul(r, ((int32_t)1 << 29) - shrinc_high_mul(half, r)) * 4;
    }
    return shrinc_shift_left(r, 1);
}

/* ln(x * 2^-19) with 26 fraction bits, x >= 2^19. */
static inline int32_t shrinc_fixed_log(int32_t x)
{
    const int32_t root_half = 1518500250;      /* 2^(-1/2) */
    const int32_t root_root_half = 1805811301; /* 2^(-1/4) */
    const int32_t quarter = 8388608;           /* 1/4 with 6 integer bits */
    int32_t zeros = shrinc_leading_zeros(x);
    int32_t ra = shrinc_shift_left(shrinc_high_mul(shrinc_shift_left(x, zeros - 1), root_half), 1);
    int32_t power_a = ((12 - zeros) * ((int32_t)1 << 25)) + quarter;
    zeros = shrinc_leading_zeros(shrinc_high_mul(x, root_half)) - 1;
    int32_t rb = shrinc_shift_left(x, zeros);
    int32_t power_b = ((12 - zeros) * ((int32_t)1 << 25)) - quarter;
    int32_t r = (ra < rb) ? ra : rb;
    int32_t power = (power_a > power_b) ? power_a : power_b;
    int64_t sum = (int64_t)r + root_root_half;
    int32_t p = (int32_t)((sum + ((sum >= 0) ? 1 : -1)) / 2);
    int32_t q = (int32_t)((uint32_t)r - (uint32_t)root_root_half) * 2;
    int32_t qq = shrinc_high_mul(q, q);
    int32_t top = shrinc_high_mul(q, r) + shrinc_high_mul(shrinc_high_mul(q, qq), 117049297);
    int32_t low = 1057819769 + q + shrinc_high_mul(127690142, qq);
    low = shrinc_high_mul(p, low) + shrinc_high_mul(638450708, q);
    int32_t log = shrinc_high_mul(shrinc_shift_right(top, 6), shrinc_one_over_one_plus(low));
    return shrinc_shift_left(shrinc_high_mul(power, 1488522236) + log, 1);
}

#endif
