/* Logistic and tanh, int16, by a table of the logistic function at multiples of 1/24 with linear interpolation;
 * y has scale 1/32768. tanh(x) = 2 logistic(2x) - 1 reads the same table twice as fast.
 * The table holds 65536 * logistic(i / 24) - 32768 for i = 0 .. 255, at most 32767.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SIGMOID_S16_H
#define SHRINC_SIGMOID_S16_H

#include "shrinc_base.h"

typedef struct shrinc_sigmoid_s16_params {
    int32_t count;      /* elements */
    int32_t multiplier; /* brings x to steps of 1/12288: (x * multiplier + half) >> shift */
    int32_t shift;
    int32_t half;       /* 1 << (shift - 1), or 0 */
} shrinc_sigmoid_s16_params;

/* 65536 * logistic of x >= 0 in steps of 1 / (24 << bits), times 1 << bits; TOP past the table. */
static inline int32_t shrinc_sigmoid_table(const int16_t *SHRINC_ROM table, int32_t x, int32_t bits, int32_t top)
{
    int32_t i = x >> bits;
    int32_t y = top;
    if (i < 255) {
        int32_t low = shrinc_rom_s16(&table[i]);
        int32_t high = shrinc_rom_s16(&table[i + 1]);
        y = ((low + (int32_t)32768) << bits) + ((x & (((int32_t)1 << bits) - 1)) * (high - low));
    }
    return y;
}

/* y for S in steps of 1/12288. */
static inline int16_t shrinc_logistic_steps(const int16_t *SHRINC_ROM table, int32_t s)
{
    int32_t t = shrinc_sigmoid_table(table, (s < 0) ? -s : s, 9, (int32_t)32767 << 10);
    if (s >= 0) {
        t += 512;
    } else {
        t = ((int32_t)1 << 25) - t + 511;
    }
    return (int16_t)(t >> 10);
}

static inline int16_t shrinc_tanh_steps(const int16_t *SHRINC_ROM table, int32_t s)
{
    int32_t t = shrinc_sigmoid_table(table, (s < 0) ? -s : s, 8, (int32_t)65535 << 8) - ((int32_t)1 << 23);
    if (s >= 0) {
        t += 128;
    } else {
        t = 127 - t;
    }
    return (int16_t)(t >> 8);
}

#endif
