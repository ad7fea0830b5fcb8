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
    __asm__(".macro shrinc_nibbles_high acc\n"
            " .if " SHRINC_ROUND_ONCE "\n"
            " smmla \\acc, \\acc, r3, r4\n"
            " .else\n"
            " add r2, r4, \\acc, asr #31\n"
            " smmlar \\acc, \\acc, r3, r2\n"
            " .endif\n"
            " asr \\acc, \\acc, r5\n"
            " ssat \\acc, #8, \\acc, asr #1\n"
            ".endm\n"
            ".macro shrinc_nibbles_exact acc0, acc1, shift:vararg\n"
            " ldmia r1!, {r2, r3, r4}\n"
            " and r5, r4, #31\n"
            " asr r4, r4, #5\n"
            " lsl r4, r4, r5\n"
            " add \\acc0, r2, \\acc0, \\shift\n add \\acc1, r2, \\acc1, \\shift\n"
            " shrinc_nibbles_high \\acc0\n shrinc_nibbles_high \\acc1\n"
            ".endm\n"
            ".macro shrinc_nibbles_line acc0, acc1, shift:vararg\n"
            " ldmia r1!, {r2, r3, r4}\n"
            " add \\acc0, r2, \\acc0, \\shift\n add \\acc1, r2, \\acc1, \\shift\n"
            " smmla \\acc0, \\acc0, r3, r4\n smmla \\acc1, \\acc1, r3, r4\n"
            " ssat \\acc0, #8, \\acc0, asr #3\n ssat \\acc1, #8, \\acc1, asr #3\n"
            ".endm\n"
            " push {r4-r11, lr}\n"
            " sub sp, sp, #68\n"
            " mov r4, #0\n mov r5, r4\n mov r6, r4\n mov r7, r4\n mov r8, r4\n mov r9, r4\n"
            " mov r10, r4\n mov r11, r4\n"
            " add r12, sp, #36\n"
            " stmia r12, {r4-r11}\n"
            " ldrd r4, r3, [r0, #8]\n"
            " strd r4, r3, [sp]\n"
            " ldrd r2, r3, [r0, #16]\n"
            " add r3, r4, r3, lsl #2\n"
            " str r3, [sp, #8]\n"
            " ldrd r3, r1, [r0]\n"
            " str r3, [sp, #12]\n"
            " add r3, r3, r2, lsl #4\n"
            " str r3, [sp, #16]\n"
            " rsb r2, r2, #0\n"
            " and r2, r2, #" SHRINC_UNROLL_MORE " - 1\n"
            " adr.w r3, 2f\n adr.w r4, 3f\n"
            " sub r4, r4, r3\n"
            " mul r2, r2, r4\n"
            " add r2, r3, r2, lsr #" SHRINC_UNROLL_MORE_LOG "\n"
            " orr r2, r2, #1\n"
            " strd r2, r0, [sp, #20]\n"
            " ldr r3, [r0, #24]\n"
            " str r3, [sp, #28]\n"
            "1: add r0, sp, #36\n"
            " ldmia r0, {r6, r7, r8, r9, r10, r11, r12, lr}\n"
            " ldr r0, [sp, #12]\n ldr pc, [sp, #20]\n"
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
            " shrinc_nibbles_line r6, r7, asr #4\n shrinc_nibbles_line r8, r9, asr #4\n"
            " shrinc_nibbles_line r10, r11, asr #12\n shrinc_nibbles_line r12, lr, asr #12\n"
            "5: bfi r7, r9, #8, #8\n bfi r7, r11, #16, #8\n bfi r7, lr, #24, #8\n"
            " bfi r6, r8, #8, #8\n bfi r6, r10, #16, #8\n bfi r6, r12, #24, #8\n"
            " ldrd r2, r3, [sp]\n"
            " str r7, [r3], #4\n str r6, [r2], #4\n"
            " ldr r4, [sp, #8]\n"
            " strd r2, r3, [sp]\n"
            " cmp r2, r4\n"
            " bne 1b\n"
            " ldr r0, [sp, #24]\n"
            " str r1, [r0, #4]\n"
            " strd r2, r3, [r0, #8]\n"
            " add sp, sp, #68\n"
            " pop {r4-r11, pc}\n"
            "4: shrinc_nibbles_exact r6, r7, asr #3\n shrinc_nibbles_exact r8, r9, asr #3\n"
            " shrinc_nibbles_exact r10, r11, asr #11\n shrinc_nibbles_exact r12, lr, asr #11\n"
            " b 5b\n"
            ".purgem shrinc_nibbles_line\n"
            ".purgem shrinc_nibbles_exact\n"
            ".purgem shrinc_nibbles_high\n");
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
