/* Logarithm of softmax, int8, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fixed_log.h"
#include "shrinc_log_softmax.h"
#include "shrinc_requantize.h"

static void shrinc_log_softmax_s8(const shrinc_log_softmax_params *p, const int8_t *x, const int32_t *SHRINC_ROM table,
                                  int8_t *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        int32_t largest = INT8_MIN;
        for (int32_t c = 0; c < p->depth; c++) {
            largest = (x[c] > largest) ? x[c] : largest;
        }
        int32_t sum = 0; /* 19 fraction bits */
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = x[c] - largest;
            sum += (d >= p->lowest) ? shrinc_rom_s32(&table[-d]) : 0;
        }
        int32_t log = shrinc_fixed_log(sum);
        int32_t edge = shrinc_requantize((int32_t)((uint32_t)log - 0x80000000U), p->back_multiplier, p->back_shift);
        edge = (edge > (p->lowest - 1)) ? edge : (p->lowest - 1);
        for (int32_t c = 0; c < p->depth; c++) {
            int32_t d = x[c] - largest;
            int32_t v = INT8_MIN;
            if (d > edge) {
                v = shrinc_shift_right(shrinc_requantize(d, p->multiplier, p->shift) - log, 22) + 127;
                v = shrinc_clamp(v, INT8_MIN, INT8_MAX);
            }
            y[c] = (int8_t)v;
        }
        x += p->depth;
        y += p->depth;
    }
}
