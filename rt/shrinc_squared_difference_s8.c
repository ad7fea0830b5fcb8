/* Square of the difference, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_add.h"

static void shrinc_squared_difference_s8(const shrinc_add_params *p, const int32_t *SHRINC_ROM level,
                                         const int8_t *a, const int8_t *b, int8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int8_t *u = &a[w.a];
        const int8_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t s = shrinc_requantize((*u - p->a_zero) * ((int32_t)1 << 7), p->a_multiplier, p->a_shift);
            int32_t t = shrinc_requantize((*v - p->b_zero) * ((int32_t)1 << 7), p->b_multiplier, p->b_shift);
            int32_t q = shrinc_requantize((s - t) * (s - t), p->y_multiplier, p->y_shift) + p->y_zero;
            y[i] = (int8_t)shrinc_clamp(q, p->y_min, p->y_max);
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
