/* Rows divided by their length, int8, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_l2_normalization.h"
#include "shrinc_reciprocal.h"
#include "shrinc_requantize.h"

/* 1 / sqrt(n), n >= 0, as a multiplier and shift: Newton's iteration with three integer bits. */
static inline int32_t shrinc_l2_normalization_s8_root(int32_t n, int32_t *shift)
{
    int32_t right = 11;
    *shift = 0;
    if (n <= 1) {
        return INT32_MAX;
    }
    while (n >= ((int32_t)1 << 29)) {
        n /= 4;
        right++;
    }
    int32_t scaled = n; /* 28 or 29 bits, by steps of two */
    while (scaled < ((int32_t)1 << 27)) {
        scaled *= 4;
        right--;
    }
    int32_t half = ((scaled >> 1) + 1) >> 1;
    int32_t x = (int32_t)1 << 28;
    for (int32_t k = 0; k < 5; k++) {
        int32_t cube = shrinc_high_mul(shrinc_high_mul(x, x), x) * 64;
        x = (shrinc_high_mul(402653184, x) - shrinc_high_mul(half, cube)) * 8; /* 3/2 x - n/2 x^3 */
    }
    *shift = -right;
    return shrinc_high_mul(x, 1518500250); /* sqrt(1/2) */
}

static void shrinc_l2_normalization_s8(const shrinc_l2_normalization_params *p, const int8_t *x, int8_t *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        int32_t sum = 0;
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t v = x[c] - p->x_zero;
            sum += v * v;
        }
        int32_t shift = 0;
        int32_t factor = shrinc_l2_normalization_s8_root(sum, &shift);
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t v = shrinc_requantize(x[c] - p->x_zero, factor, shift + 7);
            y[c] = (int8_t)shrinc_clamp(v, INT8_MIN, INT8_MAX);
        }
        x += p->depth;
        y += p->depth;
    }
}
