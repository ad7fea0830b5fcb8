/* Two rows of inputs by packed weights, for cores with many registers and loads that extend a sign: RISC-V.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMM_RISCV_H
#define SHRINC_GEMM_RISCV_H

#include "shrinc_packed.h"

#if SHRINC_HAS_RISCV
/* Adds input I of both rows: a halfword of each pair of channels, and its lowest byte. */
static inline void shrinc_gemm_input(const int32_t *x, const int32_t *w, int32_t i, shrinc_packed_sums *s0,
                                     shrinc_packed_sums *s1)
{
    int32_t both01 = shrinc_half_at(w, i);
    int32_t first0 = shrinc_byte_at(w, 2 * i);
    int32_t both23 = shrinc_half_at(w, i + 2);
    int32_t first2 = shrinc_byte_at(w, 2 * (i + 2));
    int32_t a = shrinc_half_at(x, i);
    int32_t b = shrinc_half_at(x, i + 2);
    s0->both01 += (uint32_t)(a * both01);
    s0->first0 += a * first0;
    s0->both23 += (uint32_t)(a * both23);
    s0->first2 += a * first2;
    s1->both01 += (uint32_t)(b * both01);
    s1->first0 += b * first0;
    s1->both23 += (uint32_t)(b * both23);
    s1->first2 += b * first2;
}

/* Computes the groups' outputs of both rows. */
static void shrinc_gemm_groups(shrinc_gemm *g)
{
    const int32_t *w = g->packed;
    const int32_t *end = &g->patch[4 * g->quads];
    for (int32_t left = g->groups; left > 0; left--) {
        shrinc_packed_sums s0 = {0, 0, 0, 0};
        shrinc_packed_sums s1 = {0, 0, 0, 0};
        for (const int32_t *x = g->patch; x != end; x += 2) {
            shrinc_gemm_input(x, w, 0, &s0, &s1);
            shrinc_gemm_input(x, w, 1, &s0, &s1);
            w += 2;
        }
        if (g->y1 != g->y0) {
            shrinc_packed_outputs(&s1, w, g->line, g->y1);
        }
        shrinc_packed_outputs(&s0, w, g->line, g->y0);
        w += 12;
        g->y0 += 4;
        g->y1 += 4;
    }
    g->packed = w;
}
#endif

#endif
