/* Two rows of inputs by packed weights, with Helium.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMM_MVE_H
#define SHRINC_GEMM_MVE_H

#include "shrinc_mve.h"

#if SHRINC_HAS_MVE
/* The odd quad of one row. */
static inline void shrinc_gemm_odd(const int32_t *patch, const int32_t *w, shrinc_packed_sums *s)
{
    shrinc_packed_add(s, shrinc_low_half(patch[0]), shrinc_high_half(patch[0]), w);
    shrinc_packed_add(s, shrinc_low_half(patch[2]), shrinc_high_half(patch[2]), &w[2]);
}

/* Adds the products of PAIRS pairs of quads, at least 1, of both rows. Sums live in registers of even number, as
 * VMLADAVA wants them; q0 q1 weights of channels 0 1 and 2 3, q2 q3 inputs of both rows. */
static inline void shrinc_gemm_pairs(const int32_t *patch, const int32_t *w, int32_t pairs, shrinc_packed_sums *s0,
                                     shrinc_packed_sums *s1)
{
    register const int32_t *x __asm__("r1") = patch;
    register const int32_t *u __asm__("r3") = w;
    register int32_t left __asm__("r5") = pairs;
    register uint32_t a0 __asm__("r0") = 0;
    register uint32_t a1 __asm__("r2") = 0;
    register int32_t a2 __asm__("r4") = 0;
    register int32_t a3 __asm__("r6") = 0;
    register uint32_t b0 __asm__("r8") = 0;
    register uint32_t b1 __asm__("r10") = 0;
    register int32_t b2 __asm__("r12") = 0;
    register int32_t b3 __asm__("lr") = 0;
    __asm__("1: vld20.32 {q0, q1}, [%9]\n"
            " vld21.32 {q0, q1}, [%9]!\n"
            " vld20.32 {q2, q3}, [%8]\n"
            " vld21.32 {q2, q3}, [%8]!\n"
            " vmladava.s16 %0, q2, q0\n"
            " vmladava.s16 %4, q3, q0\n"
            " vmovlb.s8 q0, q0\n"
            " vmladava.s16 %1, q2, q1\n"
            " vmladava.s16 %5, q3, q1\n"
            " vmovlb.s8 q1, q1\n"
            " vmladava.s16 %2, q2, q0\n"
            " vmladava.s16 %6, q3, q0\n"
            " vmladava.s16 %3, q2, q1\n"
            " vmladava.s16 %7, q3, q1\n"
            " subs %10, #1\n"
            " bne 1b\n"
            : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(b0), "+r"(b1), "+r"(b2), "+r"(b3), "+r"(x), "+r"(u),
              "+r"(left)
            :
            : "q0", "q1", "q2", "q3", "cc", "memory");
    s0->both01 = a0;
    s0->both23 = a1;
    s0->first0 = a2;
    s0->first2 = a3;
    s1->both01 = b0;
    s1->both23 = b1;
    s1->first0 = b2;
    s1->first2 = b3;
}

/* Computes the groups' outputs of both rows. */
static void shrinc_gemm_groups(shrinc_gemm *g)
{
    const int32_t pairs = g->quads >> 1;
    const int32_t line = g->line;
    const int32_t *w = g->packed;
    int8_t *y0 = g->y0;
    int8_t *y1 = g->y1;
    for (int32_t left = g->groups; left > 0; left--) {
        shrinc_packed_sums s0 = {0, 0, 0, 0};
        shrinc_packed_sums s1 = {0, 0, 0, 0};
        if (pairs > 0) {
            shrinc_gemm_pairs(g->patch, w, pairs, &s0, &s1);
            w += 8 * pairs;
        }
        if ((g->quads & 1) != 0) {
            shrinc_gemm_odd(&g->patch[8 * pairs], w, &s0);
            shrinc_gemm_odd(&g->patch[(8 * pairs) + 1], w, &s1);
            w += 4;
        }
        shrinc_mve_channels c = shrinc_mve_load(w);
        vstrbq_s32(y1, shrinc_mve_outputs(shrinc_mve_sums(&s1), &c, line));
        vstrbq_s32(y0, shrinc_mve_outputs(shrinc_mve_sums(&s0), &c, line));
        w += 12;
        y0 += 4;
        y1 += 4;
    }
    g->packed = w;
    g->y0 = y0;
    g->y1 = y1;
}

/* Both rows' COUNT inputs, at least 4. */
static int32_t *shrinc_patch_put_both(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
{
    const uint16x8_t at = shrinc_mve_order();
    int32x4x2_t v;
    for (; count >= 8; count -= 8) {
        v.val[0] = vreinterpretq_s32_s16(vldrbq_gather_offset_s16(x0, at));
        v.val[1] = vreinterpretq_s32_s16(vldrbq_gather_offset_s16(x1, at));
        vst2q_s32(patch, v);
        patch += 8;
        x0 += 8;
        x1 += 8;
    }
    while (count > 0) {
        int32_t back = (count < 4) ? (4 - count) : 0;
        uint32_t a = shrinc_load4(x0 - back);
        uint32_t b = shrinc_load4(x1 - back);
        patch[0] = shrinc_even_bytes(a);
        patch[1] = shrinc_even_bytes(b);
        patch[2] = shrinc_odd_bytes(a);
        patch[3] = shrinc_odd_bytes(b);
        patch += 4;
        x0 += 4;
        x1 += 4;
        count -= 4;
    }
    return patch;
}
#endif

#endif
