/* Power of two floats, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "shrinc_pair.h"

static void shrinc_pow_f32(const shrinc_pair_params *p, const int32_t *SHRINC_ROM level,
                           const float *a, const float *b, float *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const float *u = &a[w.a];
        const float *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            y[i] = powf(*u, *v);
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
