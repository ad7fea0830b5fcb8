/* Two rows of inputs by weights of 4 bits: the inner loops of convolutions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMM_NIBBLES_H
#define SHRINC_GEMM_NIBBLES_H

#include "shrinc_gemm.h"
#include "shrinc_nibbles.h"

#if SHRINC_HAS_DSP
#if defined(__clang__)
static void shrinc_nibbles_groups(shrinc_gemm *g) __attribute__((naked, noinline));
#else
static void shrinc_nibbles_groups(shrinc_gemm *g) __attribute__((naked, noipa));
#endif

/* r0 patch, r1 packed, r2 and r3 two inputs of each row, r4 a word of weights, r5 the same shifted; mixed sums of
 * rows 0 and 1 side by side: of the lowest byte shifted in r6 and r7, of it in r8 and r9, of the halfword shifted in
 * r10 and r11, of the halfword in r12 and lr. The loop is entered so that what is left is a multiple of its length.
 * On the stack: y0, y1, the end of y0, patch, its end, the entry, g, line, eight zeros. */
static void shrinc_nibbles_groups(shrinc_gemm *g __attribute__((unused)))
{
    __asm__(SHRINC_GEMM_MACROS SHRINC_GEMM_ENTER
            " .balign 4\n"
            "2: .rept 2 * " SHRINC_UNROLL_MORE "\n"
            " ldmia r0!, {r2, r3}\n ldr r4, [r1], #4\n"
            " lsl r5, r4, #4\n"
            " smlad r12, r2, r4, r12\n smlad lr, r3, r4, lr\n"
            " bic r5, r5, #0xF0000\n"
            " sxtb16 r4, r4\n"
            " smlad r10, r2, r5, r10\n smlad r11, r3, r5, r11\n"
            " sxtb16 r5, r5\n"
            " smlad r8, r2, r4, r8\n smlad r9, r3, r4, r9\n smlad r6, r2, r5, r6\n"
            " smlad r7, r3, r5, r7\n"
            " .endr\n"
            " .balign 4\n"
            "3: ldr r2, [sp, #16]\n"
            " cmp r0, r2\n"
            " bne 2b\n"
            " sub r12, r12, r8\n sub lr, lr, r9\n"
            " sub r10, r10, r8, lsl #4\n sub r11, r11, r9, lsl #4\n"
            " sub r12, r12, r10, asr #4\n sub lr, lr, r11, asr #4\n"
            " sub r8, r8, r6, asr #4\n sub r9, r9, r7, asr #4\n"
            " ldr r2, [sp, #28]\n"
            " cmp r2, #0\n"
            " beq.w 4f\n"
            " shrinc_gemm_line r6, r7, asr #4\n shrinc_gemm_line r8, r9, asr #4\n"
            " shrinc_gemm_line r10, r11, asr #12\n shrinc_gemm_line r12, lr, asr #12\n"
            "5: bfi r7, r9, #8, #8\n bfi r7, r11, #16, #8\n bfi r7, lr, #24, #8\n"
            " bfi r6, r8, #8, #8\n bfi r6, r10, #16, #8\n bfi r6, r12, #24, #8\n"
            SHRINC_GEMM_LEAVE
            "4: shrinc_gemm_exact r6, r7, asr #3\n shrinc_gemm_exact r8, r9, asr #3\n"
            " shrinc_gemm_exact r10, r11, asr #11\n shrinc_gemm_exact r12, lr, asr #11\n"
            " b 5b\n"
            SHRINC_GEMM_PURGE);
}
#else
/* Outputs of one row's four channels. */
static inline void shrinc_nibbles_group(const shrinc_gemm *g, const int32_t *patch, int8_t *y)
{
    const int32_t *SHRINC_ROM packed = g->packed;
    shrinc_nibbles_sums s = {0, 0, 0, 0};
    for (int32_t k = 0; k < (2 * g->quads); k++) {
        shrinc_nibbles_add(&s, shrinc_low_half(*patch), shrinc_high_half(*patch), shrinc_rom_s32(packed));
        patch += 2;
        packed++;
    }
    shrinc_nibbles_outputs(&s, packed, g->line, y);
}

/* Computes the groups' outputs of both rows. */
static inline void shrinc_nibbles_groups(shrinc_gemm *g)
{
    for (int32_t left = g->groups; left > 0; left--) {
        if (g->y1 != g->y0) {
            shrinc_nibbles_group(g, &g->patch[1], g->y1);
        }
        shrinc_nibbles_group(g, g->patch, g->y0);
        g->packed = &g->packed[(2 * g->quads) + 12];
        g->y0 += 4;
        g->y1 += 4;
    }
}
#endif

/* Both rows' OUT_COUNT outputs, those of a last group that is not whole by way of the stack. */
static inline void shrinc_nibbles_run(shrinc_gemm *g, int32_t out_count)
{
    int32_t rest = out_count & 3;
    g->groups = out_count >> 2;
    if (g->groups > 0) {
        shrinc_nibbles_groups(g);
    }
    if (rest > 0) {
        int8_t last[8];
        int8_t *y0 = g->y0;
        int8_t *y1 = g->y1;
        g->groups = 1;
        g->y0 = last;
        g->y1 = &last[4];
        shrinc_nibbles_groups(g);
        for (int32_t i = 0; i < rest; i++) {
            y1[i] = last[4 + i];
            y0[i] = last[i];
        }
    }
}

#endif
