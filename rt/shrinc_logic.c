/* Operator of two truth values by its table, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_logic.h"

static void shrinc_logic(const shrinc_logic_params *p, const int32_t *SHRINC_ROM level,
                         const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const uint8_t *u = &a[w.a];
        const uint8_t *v = &b[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            y[i] = p->result[((*u != 0u) ? 1 : 0) + ((*v != 0u) ? 2 : 0)];
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
