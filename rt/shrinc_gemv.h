/* One row of inputs by packed weights: the inner loop of fully connected layers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMV_H
#define SHRINC_GEMV_H

#include "shrinc_packed.h"

typedef struct shrinc_gemv {
    const int8_t *x;
    const int32_t *packed; /* runs on behind the groups */
    int8_t *y;             /* runs on likewise */
    int32_t quads;         /* whole ones, at least 1 */
    int32_t tail;          /* inputs beyond them: 0 to 3 */
    int32_t groups;        /* of four channels, at least 1 */
    int32_t line;          /* 1: requantised by a line */
} shrinc_gemv;

#include "shrinc_gemv_avx2.h"
#include "shrinc_gemv_mve.h"
#include "shrinc_gemv_riscv.h"

#if SHRINC_HAS_DSP
/* The output of a channel, written to r0: r1 its words, r2-r5 free. */
#define SHRINC_GEMV_MACROS                                                                                             \
    ".macro shrinc_gemv_line acc, shift:vararg\n"                                                                      \
    " ldmia r1!, {r2, r3, r4}\n"                                                                                       \
    " add \\acc, r2, \\acc, \\shift\n"                                                                                 \
    " smmla \\acc, \\acc, r3, r4\n"                                                                                    \
    " ssat \\acc, #8, \\acc, asr #3\n"                                                                                 \
    " strb \\acc, [r0], #1\n"                                                                                          \
    ".endm\n"                                                                                                          \
    ".macro shrinc_gemv_exact acc, shift:vararg\n"                                                                     \
    " ldmia r1!, {r2, r3, r4}\n"                                                                                       \
    " and r5, r4, #31\n"                                                                                               \
    " asr r4, r4, #5\n"                                                                                                \
    " lsl r4, r4, r5\n"                                                                                                \
    " add \\acc, r2, \\acc, \\shift\n"                                                                                 \
    " .if " SHRINC_ROUND_ONCE "\n"                                                                                     \
    " smmla \\acc, \\acc, r3, r4\n"                                                                                    \
    " .else\n"                                                                                                         \
    " add r2, r4, \\acc, asr #31\n"                                                                                    \
    " smmlar \\acc, \\acc, r3, r2\n"                                                                                   \
    " .endif\n"                                                                                                        \
    " asr \\acc, \\acc, r5\n"                                                                                          \
    " ssat \\acc, #8, \\acc, asr #1\n"                                                                                 \
    " strb \\acc, [r0], #1\n"                                                                                          \
    ".endm\n"

/* Their end. */
#define SHRINC_GEMV_PURGE                                                                                              \
    ".purgem shrinc_gemv_exact\n"                                                                                      \
    ".purgem shrinc_gemv_line\n"

/* Onto the stack: x, tail, y, groups, g. r12: the end of the whole quads; lr: the entry into the loop of 2: to 3:, so
 * that what is left is a multiple of its length. */
#define SHRINC_GEMV_ENTER                                                                                              \
    " push {r4-r11, lr}\n"                                                                                             \
    " sub sp, sp, #20\n"                                                                                               \
    " ldrd r6, r1, [r0]\n ldrd r2, r3, [r0, #8]\n ldrd r4, r5, [r0, #16]\n"                                            \
    " strd r6, r4, [sp]\n strd r2, r5, [sp, #8]\n"                                                                     \
    " str r0, [sp, #16]\n"                                                                                             \
    " add r12, r6, r3, lsl #2\n"                                                                                       \
    " rsb r3, r3, #0\n"                                                                                                \
    " and r3, r3, #" SHRINC_UNROLL " - 1\n"                                                                            \
    " adr.w lr, 2f\n adr.w r4, 3f\n"                                                                                   \
    " sub r4, r4, lr\n"                                                                                                \
    " mul r3, r3, r4\n"                                                                                                \
    " add lr, lr, r3, lsr #" SHRINC_UNROLL_LOG "\n"                                                                    \
    " orr lr, lr, #1\n"

/* A group of channels: its sums are zero. */
#define SHRINC_GEMV_START                                                                                              \
    "1: mov r6, #0\n mov r7, r6\n mov r8, r6\n mov r9, r6\n"                                                           \
    " ldr r0, [sp]\n"                                                                                                  \
    " bx lr\n"                                                                                                         \
    " .balign 4\n"

/* Goes back to 1: until the groups are done. */
#define SHRINC_GEMV_LEAVE                                                                                              \
    "6: ldr r2, [sp, #12]\n"                                                                                           \
    " subs r2, r2, #1\n"                                                                                               \
    " strd r0, r2, [sp, #8]\n"                                                                                         \
    " bne 1b\n"                                                                                                        \
    " ldr r2, [sp, #16]\n"                                                                                             \
    " strd r1, r0, [r2, #4]\n"                                                                                         \
    " add sp, sp, #20\n"                                                                                               \
    " pop {r4-r11, pc}\n"
#endif

#if !SHRINC_HAS_AVX2
#if SHRINC_HAS_DSP && !SHRINC_HAS_MVE
#if defined(__clang__)
static void shrinc_gemv_groups(shrinc_gemv *g) __attribute__((naked, noinline));
#else
static void shrinc_gemv_groups(shrinc_gemv *g) __attribute__((naked, noipa));
#endif

/* r0 x, r1 packed, r2 and r3 four inputs, r4, r5, r10, r11 weights; sums S of channels 0 and 2 in r6 and r8, 256 * S1 +
 * S0 of both pairs in r7 and r9, r12 the end of the whole quads, lr the entry into the loop: what is left is a multiple
 * of its length. On the stack: x, tail, y, groups, g. */
static void shrinc_gemv_groups(shrinc_gemv *g __attribute__((unused)))
{
    __asm__(".macro shrinc_gemv_quad\n"
            " sxtb16 r3, r2, ror #8\n sxtb16 r2, r2\n"
            " ldmia r1!, {r4, r5, r10, r11}\n"
            " smlad r7, r2, r4, r7\n smlad r9, r2, r5, r9\n"
            " sxtb16 r4, r4\n sxtb16 r5, r5\n"
            " smlad r6, r2, r4, r6\n smlad r8, r2, r5, r8\n smlad r7, r3, r10, r7\n"
            " smlad r9, r3, r11, r9\n"
            " sxtb16 r10, r10\n sxtb16 r11, r11\n"
            " smlad r6, r3, r10, r6\n smlad r8, r3, r11, r8\n"
            ".endm\n"
            SHRINC_GEMV_MACROS SHRINC_GEMV_ENTER SHRINC_GEMV_START
            "2: .rept " SHRINC_UNROLL "\n"
            " ldr.w r2, [r0], #4\n"
            " shrinc_gemv_quad\n"
            " .endr\n"
            " .balign 4\n"
            "3: cmp r0, r12\n"
            " bne 2b\n"
            " ldr r2, [sp, #4]\n"
            " cbz r2, 4f\n"
            " add r0, r0, r2\n"
            " ldr r2, [r0, #-4]\n"
            " shrinc_gemv_quad\n"
            "4: sub r7, r7, r6\n sub r9, r9, r8\n"
            " ldr r0, [sp, #8]\n ldr r2, [sp, #16]\n ldr r2, [r2, #24]\n"
            " cbz r2, 5f\n"
            " shrinc_gemv_line r6, lsl #0\n shrinc_gemv_line r7, asr #8\n"
            " shrinc_gemv_line r8, lsl #0\n shrinc_gemv_line r9, asr #8\n"
            " b 6f\n"
            "5: shrinc_gemv_exact r6, lsl #1\n shrinc_gemv_exact r7, asr #7\n"
            " shrinc_gemv_exact r8, lsl #1\n shrinc_gemv_exact r9, asr #7\n"
            SHRINC_GEMV_LEAVE SHRINC_GEMV_PURGE
            ".purgem shrinc_gemv_quad\n");
}
#elif !SHRINC_HAS_MVE
#if SHRINC_HAS_THUMB1
#if defined(__clang__)
static void shrinc_gemv_row(const int8_t *x, const int32_t *packed, int32_t quads, shrinc_packed_sums *s)
    __attribute__((naked, noinline));
#else
static void shrinc_gemv_row(const int8_t *x, const int32_t *packed, int32_t quads, shrinc_packed_sums *s)
    __attribute__((naked, noipa));
#endif

/* Adds the products of QUADS quads to S. r0 x, r1 packed, r2 and r3 two inputs, r4 and r5 weights, r6 and r7 products,
 * sums in r8-r11, r12 the end of x. */
static void shrinc_gemv_row(const int8_t *x __attribute__((unused)), const int32_t *packed __attribute__((unused)),
                            int32_t quads __attribute__((unused)), shrinc_packed_sums *s __attribute__((unused)))
{
    __asm__(SHRINC_THUMB1_ADD SHRINC_THUMB1_ENTER
            " lsls r2, r2, #2\n"
            " adds r2, r2, r0\n"
            " mov r12, r2\n"
            "1:\n"
            " movs r6, #0\n"
            " ldrsb r2, [r0, r6]\n"
            " movs r6, #2\n"
            " ldrsb r3, [r0, r6]\n"
            " ldmia r1!, {r4, r5}\n"
            " shrinc_thumb1_add r4, r8, r10\n shrinc_thumb1_add r5, r9, r11\n"
            " movs r6, #1\n"
            " ldrsb r2, [r0, r6]\n"
            " movs r6, #3\n"
            " ldrsb r3, [r0, r6]\n"
            " ldmia r1!, {r4, r5}\n"
            " shrinc_thumb1_add r4, r8, r10\n shrinc_thumb1_add r5, r9, r11\n"
            " adds r0, #4\n"
            " cmp r0, r12\n"
            " bne 1b\n"
            SHRINC_THUMB1_LEAVE ".purgem shrinc_thumb1_add\n");
}
#elif !SHRINC_HAS_RISCV
/* Adds the products of QUADS quads to S. */
static inline void shrinc_gemv_row(const int8_t *x, const int32_t *SHRINC_ROM packed, int32_t quads,
                                   shrinc_packed_sums *s)
{
    shrinc_packed_sums sums = *s;
    for (int32_t q = 0; q < quads; q++) {
        shrinc_packed_add(&sums, x[0], x[2], packed);
        shrinc_packed_add(&sums, x[1], x[3], &packed[2]);
        x += 4;
        packed += 4;
    }
    *s = sums;
}
#endif

/* Computes the groups' outputs. */
static inline void shrinc_gemv_groups(shrinc_gemv *g)
{
    const int8_t *last = &g->x[(4 * g->quads) + g->tail - 4];
    for (int32_t left = g->groups; left > 0; left--) {
        shrinc_packed_sums s = {0, 0, 0, 0};
        shrinc_gemv_row(g->x, g->packed, g->quads, &s);
        g->packed = &g->packed[4 * g->quads];
        if (g->tail > 0) {
            shrinc_gemv_row(last, g->packed, 1, &s);
            g->packed = &g->packed[4];
        }
        shrinc_packed_outputs(&s, g->packed, g->line, g->y);
        g->packed = &g->packed[12];
        g->y += 4;
    }
}
#endif
#endif

#endif
