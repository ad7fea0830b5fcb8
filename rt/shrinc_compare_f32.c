/* Comparison of two tensors, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_compare.h"

static void shrinc_compare_f32(const shrinc_compare_params *p, const int32_t *SHRINC_ROM level,
                               const float *a, const float *b, uint8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const float *u = &a[w.a];
        const float *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t k = ((*u < *v) ? 1 : 0) + ((*u > *v) ? 2 : 0) + ((*u == *v) ? 3 : 0);
            y[i] = p->result[k];
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
