/* Softmax, int8 to int8. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_softmax_s8.h"

static void shrinc_softmax_s8(const shrinc_softmax_s8_params *p, const int8_t *x,
                              const int32_t *SHRINC_ROM table, int8_t *y)
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
        int32_t shift = (bits > 9) ? 31 : (bits + 22);
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = largest - x[c];
            d = (d > p->last) ? p->last : d;
            int32_t v = shrinc_high_mul(factor, shrinc_rom_s32(&table[d]));
            v = (((v >> shift) + 1) >> 1) - 128;
            y[c] = (int8_t)((v > 127) ? 127 : v);
        }
        x += p->depth;
        y += p->depth;
    }
}
