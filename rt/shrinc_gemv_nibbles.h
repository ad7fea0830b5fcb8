/* One row of inputs by weights of 4 bits: the inner loop of fully connected layers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMV_NIBBLES_H
#define SHRINC_GEMV_NIBBLES_H

#include "shrinc_gemv.h"
#include "shrinc_nibbles.h"

#if SHRINC_HAS_DSP
#if defined(__clang__)
static void shrinc_nibbles_row_groups(shrinc_gemv *g) __attribute__((naked, noinline));
#else
static void shrinc_nibbles_row_groups(shrinc_gemv *g) __attribute__((naked, noipa));
#endif

/* r0 x, r1 packed, r2 and r3 four inputs, r4 and r5 words of weights, r10 one of them shifted, r11 what cleans it;
 * mixed sums of the lowest byte shifted in r6, of it in r7, of the halfword shifted in r8, of the halfword in r9;
 * r12 the end of the whole quads, lr the entry into the loop: what is left is a multiple of its length. On the
 * stack: x, tail, y, groups, g. */
static void shrinc_nibbles_row_groups(shrinc_gemv *g __attribute__((unused)))
{
    __asm__(".macro shrinc_nibbles_row_quad\n"
            " sxtb16 r3, r2, ror #8\n sxtb16 r2, r2\n"
            " ldrd r4, r5, [r1], #8\n"
            " and r10, r11, r4, lsl #4\n"
            " smlad r9, r2, r4, r9\n smlad r8, r2, r10, r8\n"
            " sxtb16 r4, r4\n sxtb16 r10, r10\n"
            " smlad r7, r2, r4, r7\n smlad r6, r2, r10, r6\n"
            " and r10, r11, r5, lsl #4\n"
            " smlad r9, r3, r5, r9\n smlad r8, r3, r10, r8\n"
            " sxtb16 r5, r5\n sxtb16 r10, r10\n"
            " smlad r7, r3, r5, r7\n smlad r6, r3, r10, r6\n"
            ".endm\n"
            SHRINC_GEMV_MACROS SHRINC_GEMV_ENTER
            " mvn r11, #0xF000F\n"
            SHRINC_GEMV_START
            "2: .rept " SHRINC_UNROLL "\n"
            " ldr.w r2, [r0], #4\n"
            " shrinc_nibbles_row_quad\n"
            " .endr\n"
            " .balign 4\n"
            "3: cmp r0, r12\n"
            " bne 2b\n"
            " ldr r2, [sp, #4]\n"
            " cbz r2, 4f\n"
            " add r0, r0, r2\n"
            " ldr r2, [r0, #-4]\n"
            " shrinc_nibbles_row_quad\n"
            "4: sub r9, r9, r7\n sub r8, r8, r7, lsl #4\n sub r9, r9, r8, asr #4\n sub r7, r7, r6, asr #4\n"
            " ldr r0, [sp, #8]\n ldr r2, [sp, #16]\n ldr r2, [r2, #24]\n"
            " cbz r2, 5f\n"
            " shrinc_gemv_line r6, asr #4\n shrinc_gemv_line r7, asr #4\n"
            " shrinc_gemv_line r8, asr #12\n shrinc_gemv_line r9, asr #12\n"
            " b 6f\n"
            "5: shrinc_gemv_exact r6, asr #3\n shrinc_gemv_exact r7, asr #3\n"
            " shrinc_gemv_exact r8, asr #11\n shrinc_gemv_exact r9, asr #11\n"
            SHRINC_GEMV_LEAVE SHRINC_GEMV_PURGE
            ".purgem shrinc_nibbles_row_quad\n");
}
#else
/* Adds the products of four inputs. */
static inline void shrinc_nibbles_row_quad(shrinc_nibbles_sums *s, const int8_t *x, const int32_t *SHRINC_ROM packed)
{
    shrinc_nibbles_add(s, x[0], x[2], shrinc_rom_s32(&packed[0]));
    shrinc_nibbles_add(s, x[1], x[3], shrinc_rom_s32(&packed[1]));
}

/* Computes the groups' outputs. */
static inline void shrinc_nibbles_row_groups(shrinc_gemv *g)
{
    const int8_t *last = &g->x[(4 * g->quads) + g->tail - 4];
    for (int32_t left = g->groups; left > 0; left--) {
        shrinc_nibbles_sums s = {0, 0, 0, 0};
        for (int32_t q = 0; q < g->quads; q++) {
            shrinc_nibbles_row_quad(&s, &g->x[4 * q], g->packed);
            g->packed = &g->packed[2];
        }
        if (g->tail > 0) {
            shrinc_nibbles_row_quad(&s, last, g->packed);
            g->packed = &g->packed[2];
        }
        shrinc_nibbles_outputs(&s, g->packed, g->line, g->y);
        g->packed = &g->packed[12];
        g->y += 4;
    }
}
#endif

#endif
