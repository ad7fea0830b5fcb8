/* Quotient of two tensors, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_binary_f32.h"

static void shrinc_div_f32(const shrinc_binary_f32_params *p, const int32_t *SHRINC_ROM level,
                           const float *a, const float *b, float *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const float *u = &a[w.a];
        const float *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            y[i] = shrinc_clamp_f32(*u / *v, p->y_min, p->y_max);
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
