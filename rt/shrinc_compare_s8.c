/* Comparison of two tensors, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_compare_s8.h"

static void shrinc_compare_s8(const shrinc_compare_s8_params *p, const int32_t *SHRINC_ROM level,
                              const int8_t *a, const int8_t *b, uint8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int8_t *u = &a[w.a];
        const int8_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t s = shrinc_requantize((*u - p->a_zero) * ((int32_t)1 << 8), p->a_multiplier, p->a_shift);
            int32_t t = shrinc_requantize((*v - p->b_zero) * ((int32_t)1 << 8), p->b_multiplier, p->b_shift);
            int32_t k = (s < t) ? 1 : ((s > t) ? 2 : 3);
            y[i] = p->result[k];
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
