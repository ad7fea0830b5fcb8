/* One row of inputs by packed weights, with Helium.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMV_MVE_H
#define SHRINC_GEMV_MVE_H

#include "shrinc_mve.h"

#if SHRINC_HAS_MVE
/* One quad. */
static inline void shrinc_gemv_odd(const int8_t *x, const int32_t *w, shrinc_packed_sums *s)
{
    shrinc_packed_add(s, x[0], x[2], w);
    shrinc_packed_add(s, x[1], x[3], &w[2]);
}

/* Computes the groups' outputs. */
static void shrinc_gemv_groups(shrinc_gemv *g)
{
    const uint16x8_t at = shrinc_mve_order();
    const int32_t *w = g->packed;
    int8_t *y = g->y;
    for (int32_t left = g->groups; left > 0; left--) {
        const int8_t *x = g->x;
        shrinc_packed_sums s;
        int32_t a0 = 0;
        int32_t a1 = 0;
        int32_t a2 = 0;
        int32_t a3 = 0;
        for (int32_t k = g->quads >> 1; k > 0; k--) {
            int16x8_t v = vldrbq_gather_offset_s16(x, at);
            int32x4x2_t u = vld2q_s32(w);
            a0 = shrinc_mve_dot(a0, vreinterpretq_s32_s16(v), u.val[0]);
            a1 = shrinc_mve_dot(a1, vreinterpretq_s32_s16(v), u.val[1]);
            a2 = vmladavaq_s16(a2, v, shrinc_mve_first(u.val[0]));
            a3 = vmladavaq_s16(a3, v, shrinc_mve_first(u.val[1]));
            x += 8;
            w += 8;
        }
        s.both01 = (uint32_t)a0;
        s.both23 = (uint32_t)a1;
        s.first0 = a2;
        s.first2 = a3;
        if ((g->quads & 1) != 0) {
            shrinc_gemv_odd(x, w, &s);
            x += 4;
            w += 4;
        }
        if (g->tail > 0) {
            shrinc_gemv_odd(&x[g->tail - 4], w, &s);
            w += 4;
        }
        shrinc_mve_channels c = shrinc_mve_load(w);
        vstrbq_s32(y, shrinc_mve_outputs(shrinc_mve_sums(&s), &c, g->line));
        w += 12;
        y += 4;
    }
    g->packed = w;
    g->y = y;
}
#endif

#endif
