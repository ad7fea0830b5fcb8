/* Softmax, int8 to int16.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_softmax_s8.h"

static void shrinc_softmax_s8_s16(const shrinc_softmax_s8_params *p, const int8_t *x,
                                  const int32_t *SHRINC_ROM table, int16_t *y)
{
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t largest = -128;
        for (int32_t c = 0; c < p->depth; c++) {
            largest = (x[c] > largest) ? x[c] : largest;
        }
        int32_t sum = 0; /* 19 fraction bits */
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = largest - x[c];
            d = (d > p->last) ? p->last : d;
            sum += ((shrinc_rom_s32(&table[d]) >> 11) + 1) >> 1;
        }
        int32_t bits = 0;
        int32_t factor = shrinc_reciprocal(sum, &bits);
        int32_t shift = bits + 14;
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = largest - x[c];
            d = (d > p->last) ? p->last : d;
            int32_t v = shrinc_high_mul(factor, shrinc_rom_s32(&table[d]));
            v = (((v >> shift) + 1) >> 1) - 32768;
            y[c] = (int16_t)((v > 32767) ? 32767 : v);
        }
        x += p->depth;
        y += p->depth;
    }
}
