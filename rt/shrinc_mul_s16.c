/* Product of two tensors, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_mul.h"

static void shrinc_mul_s16(const shrinc_mul_params *p, const int32_t *SHRINC_ROM level,
                           const int16_t *a, const int16_t *b, int16_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int16_t *u = &a[w.a];
        const int16_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t product = ((int32_t)*u - p->a_zero) * ((int32_t)*v - p->b_zero);
            int32_t q = shrinc_requantize(product, p->multiplier, p->shift) + p->y_zero;
            y[i] = (int16_t)shrinc_clamp(q, p->y_min, p->y_max);
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
