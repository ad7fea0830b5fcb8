/* Smaller one of two, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_pair.h"

static void shrinc_minimum_s8(const shrinc_pair_params *p, const int32_t *SHRINC_ROM level,
                              const int8_t *a, const int8_t *b, int8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int8_t *u = &a[w.a];
        const int8_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            y[i] = (*u < *v) ? *u : *v;
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
