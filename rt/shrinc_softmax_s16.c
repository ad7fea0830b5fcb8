/* Softmax, int16. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_softmax_s16.h"

/* table[513] at v = -32768 .. 32767: the upper 9 bits choose a step, the lower 7 interpolate. */
static int32_t shrinc_softmax_s16_look_up(int32_t v, const int16_t *SHRINC_ROM table)
{
    int32_t i = (v + 32768) / 128;
    int32_t base = shrinc_rom_s16(&table[i]);
    int32_t slope = shrinc_rom_s16(&table[i + 1]) - base;
    return base + (((slope * ((v + 32768) % 128)) + 64) >> 7);
}

static void shrinc_softmax_s16(const shrinc_softmax_s16_params *p, const int16_t *x,
                               const int16_t *SHRINC_ROM exp_table,
                               const int16_t *SHRINC_ROM inverse_table, int16_t *y)
{
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t largest = -32768;
        for (int32_t c = 0; c < p->depth; c++) {
            largest = (x[c] > largest) ? x[c] : largest;
        }
        int32_t sum = 0; /* 15 fraction bits, at least 1 - 2^-15 */
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = shrinc_requantize(x[c] - largest, p->multiplier, p->shift) + 32767;
            y[c] = (int16_t)shrinc_softmax_s16_look_up(shrinc_clamp(d, -32768, 32767), exp_table);
            sum += y[c];
        }
        int32_t right = 30; /* bits from sum's leading one to bit 31, counted from 30 down */
        uint32_t top = (uint32_t)sum << 1;
        while ((top & 0x80000000U) == 0U) {
            top <<= 1;
            right--;
        }
        int32_t v = (int32_t)(((top >> 1) + ((uint32_t)1 << 13)) >> 14) -
                    (((int32_t)1 << 15) + ((int32_t)1 << 16));
        int32_t factor = shrinc_softmax_s16_look_up(shrinc_clamp(v, -32768, 32767), inverse_table);
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t z =
                (int32_t)((((int64_t)y[c] * factor) + ((int64_t)1 << (right - 1))) >> right);
            y[c] = (int16_t)shrinc_clamp(z, 0, 32767);
        }
        x += p->depth;
        y += p->depth;
    }
}
