/* Choice by element, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_select.h"

static void shrinc_select(const shrinc_select_params *p, const int32_t *SHRINC_ROM level, const uint8_t *c,
                          const int8_t *a, const int8_t *b, int8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const uint8_t *t = &c[w.a];
        const int8_t *u = &a[w.b * p->width];
        const int8_t *v = &b[w.c * p->width];
        for (int32_t i = 0; i < p->inner; i++) {
            (void)memmove(y, (*t != 0u) ? u : v, (size_t)p->width);
            t += p->c_step;
            u += p->a_step;
            v += p->b_step;
            y += p->width;
        }
    }
}
