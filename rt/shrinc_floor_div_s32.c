/* Quotient rounded down, int32; 0 for a division by 0 and for one that overflows, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_pair.h"

static void shrinc_floor_div_s32(const shrinc_pair_params *p, const int32_t *SHRINC_ROM level,
                                 const int32_t *a, const int32_t *b, int32_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int32_t *u = &a[w.a];
        const int32_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t q = 0;
            if ((*v != 0) && ((*v != -1) || (*u != INT32_MIN))) {
                q = *u / *v;
                if (((*u % *v) != 0) && ((*u < 0) != (*v < 0))) {
                    q -= 1;
                }
            }
            y[i] = q;
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
