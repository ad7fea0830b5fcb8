/* Two rows of inputs by packed weights: the inner loops of convolutions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMM_H
#define SHRINC_GEMM_H

#include "shrinc_packed.h"

/* The patch holds both rows as halfwords: for each quad inputs 0 and 2 of row 0, the same of row 1, inputs 1 and 3 of
 * row 0, the same of row 1. */
typedef struct shrinc_gemm {
    const int32_t *patch;
    const int32_t *packed; /* runs on behind the groups */
    int8_t *y0;            /* outputs of row 0; run on likewise */
    int8_t *y1;            /* outputs of row 1, written first: y0 where there is no row 1 */
    int32_t quads;         /* at least 1 */
    int32_t groups;        /* of four channels, at least 1 */
    int32_t line;          /* 1: requantised by a line */
} shrinc_gemm;

#include "shrinc_gemm_avx2.h"
#include "shrinc_gemm_mve.h"
#include "shrinc_gemm_riscv.h"

#if SHRINC_HAS_DSP
/* Outputs from sums: r1 the words of the channel, r2-r5 free. */
#define SHRINC_GEMM_MACROS                                                                                             \
    ".macro shrinc_gemm_high acc\n"                                                                                    \
    " .if " SHRINC_ROUND_ONCE "\n"                                                                                     \
    " smmla \\acc, \\acc, r3, r4\n"                                                                                    \
    " .else\n"                                                                                                         \
    " add r2, r4, \\acc, asr #31\n"                                                                                    \
    " smmlar \\acc, \\acc, r3, r2\n"                                                                                   \
    " .endif\n"                                                                                                        \
    " asr \\acc, \\acc, r5\n"                                                                                          \
    " ssat \\acc, #8, \\acc, asr #1\n"                                                                                 \
    ".endm\n"                                                                                                          \
    ".macro shrinc_gemm_exact acc0, acc1, shift:vararg\n"                                                              \
    " ldmia r1!, {r2, r3, r4}\n"                                                                                       \
    " and r5, r4, #31\n"                                                                                               \
    " asr r4, r4, #5\n"                                                                                                \
    " lsl r4, r4, r5\n"                                                                                                \
    " add \\acc0, r2, \\acc0, \\shift\n add \\acc1, r2, \\acc1, \\shift\n"                                             \
    " shrinc_gemm_high \\acc0\n shrinc_gemm_high \\acc1\n"                                                             \
    ".endm\n"                                                                                                          \
    ".macro shrinc_gemm_line acc0, acc1, shift:vararg\n"                                                               \
    " ldmia r1!, {r2, r3, r4}\n"                                                                                       \
    " add \\acc0, r2, \\acc0, \\shift\n add \\acc1, r2, \\acc1, \\shift\n"                                             \
    " smmla \\acc0, \\acc0, r3, r4\n smmla \\acc1, \\acc1, r3, r4\n"                                                   \
    " ssat \\acc0, #8, \\acc0, asr #3\n ssat \\acc1, #8, \\acc1, asr #3\n"                                             \
    ".endm\n"

/* Their end. */
#define SHRINC_GEMM_PURGE                                                                                              \
    ".purgem shrinc_gemm_line\n"                                                                                       \
    ".purgem shrinc_gemm_exact\n"                                                                                      \
    ".purgem shrinc_gemm_high\n"

/* Onto the stack: y0, y1, the end of y0, patch, its end, the entry into the loop of 2: to 3:, so that what is left is a
 * multiple of its length, g, line, eight zeros. For each group of channels: the sums of r6 to lr are zero. */
#define SHRINC_GEMM_ENTER                                                                                              \
    " push {r4-r11, lr}\n"                                                                                             \
    " sub sp, sp, #68\n"                                                                                               \
    " mov r4, #0\n mov r5, r4\n mov r6, r4\n mov r7, r4\n mov r8, r4\n mov r9, r4\n"                                   \
    " mov r10, r4\n mov r11, r4\n"                                                                                     \
    " add r12, sp, #36\n"                                                                                              \
    " stmia r12, {r4-r11}\n"                                                                                           \
    " ldrd r4, r3, [r0, #8]\n"                                                                                         \
    " strd r4, r3, [sp]\n"                                                                                             \
    " ldrd r2, r3, [r0, #16]\n"                                                                                        \
    " add r3, r4, r3, lsl #2\n"                                                                                        \
    " str r3, [sp, #8]\n"                                                                                              \
    " ldrd r3, r1, [r0]\n"                                                                                             \
    " str r3, [sp, #12]\n"                                                                                             \
    " add r3, r3, r2, lsl #4\n"                                                                                        \
    " str r3, [sp, #16]\n"                                                                                             \
    " rsb r2, r2, #0\n"                                                                                                \
    " and r2, r2, #" SHRINC_UNROLL_MORE " - 1\n"                                                                       \
    " adr.w r3, 2f\n adr.w r4, 3f\n"                                                                                   \
    " sub r4, r4, r3\n"                                                                                                \
    " mul r2, r2, r4\n"                                                                                                \
    " add r2, r3, r2, lsr #" SHRINC_UNROLL_MORE_LOG "\n"                                                               \
    " orr r2, r2, #1\n"                                                                                                \
    " strd r2, r0, [sp, #20]\n"                                                                                        \
    " ldr r3, [r0, #24]\n"                                                                                             \
    " str r3, [sp, #28]\n"                                                                                             \
    "1: add r0, sp, #36\n"                                                                                             \
    " ldmia r0, {r6, r7, r8, r9, r10, r11, r12, lr}\n"                                                                 \
    " ldr r0, [sp, #12]\n ldr pc, [sp, #20]\n"

/* r6 and r7 are four outputs of rows 0 and 1; goes back to 1: until the groups are done. */
#define SHRINC_GEMM_LEAVE                                                                                              \
    " ldrd r2, r3, [sp]\n"                                                                                             \
    " str r7, [r3], #4\n str r6, [r2], #4\n"                                                                           \
    " ldr r4, [sp, #8]\n"                                                                                              \
    " strd r2, r3, [sp]\n"                                                                                             \
    " cmp r2, r4\n"                                                                                                    \
    " bne 1b\n"                                                                                                        \
    " ldr r0, [sp, #24]\n"                                                                                             \
    " str r1, [r0, #4]\n"                                                                                              \
    " strd r2, r3, [r0, #8]\n"                                                                                         \
    " add sp, sp, #68\n"                                                                                               \
    " pop {r4-r11, pc}\n"
#endif

#if !SHRINC_HAS_AVX2
#if SHRINC_HAS_DSP && !SHRINC_HAS_MVE
#if defined(__clang__)
static void shrinc_gemm_groups(shrinc_gemm *g) __attribute__((naked, noinline));
#else
static void shrinc_gemm_groups(shrinc_gemm *g) __attribute__((naked, noipa));
#endif

/* r0 patch, r1 packed, r2-r5 two words of inputs and two of weights; sums S of channels 0 and 2 in r6-r9, 256 * S1 + S0
 * of both channel pairs in r10-r12 and lr, rows 0 and 1 side by side. The loop is entered so that what is left is a
 * multiple of its length. On the stack: y0, y1, the end of y0, patch, its end, the entry, g, line, eight zeros. */
static void shrinc_gemm_groups(shrinc_gemm *g __attribute__((unused)))
{
    __asm__(SHRINC_GEMM_MACROS SHRINC_GEMM_ENTER
            " .balign 4\n"
            "2: .rept 2 * " SHRINC_UNROLL_MORE "\n"
            " ldmia r0!, {r2, r3}\n ldmia r1!, {r4, r5}\n"
            " smlad r10, r2, r4, r10\n smlad r11, r3, r4, r11\n smlad r12, r2, r5, r12\n"
            " smlad lr, r3, r5, lr\n"
            " sxtb16 r4, r4\n sxtb16 r5, r5\n"
            " smlad r6, r2, r4, r6\n smlad r7, r3, r4, r7\n smlad r8, r2, r5, r8\n"
            " smlad r9, r3, r5, r9\n"
            " .endr\n"
            " .balign 4\n"
            "3: ldr r2, [sp, #16]\n"
            " cmp r0, r2\n"
            " bne 2b\n"
            " sub r10, r10, r6\n sub r11, r11, r7\n sub r12, r12, r8\n sub lr, lr, r9\n"
            " ldr r2, [sp, #28]\n"
            " cmp r2, #0\n"
            " beq.w 4f\n"
            " shrinc_gemm_line r6, r7, lsl #0\n shrinc_gemm_line r10, r11, asr #8\n"
            " shrinc_gemm_line r8, r9, lsl #0\n shrinc_gemm_line r12, lr, asr #8\n"
            "5: bfi r7, r11, #8, #8\n bfi r7, r9, #16, #8\n bfi r7, lr, #24, #8\n"
            " bfi r6, r10, #8, #8\n bfi r6, r8, #16, #8\n bfi r6, r12, #24, #8\n"
            SHRINC_GEMM_LEAVE
            "4: shrinc_gemm_exact r6, r7, lsl #1\n shrinc_gemm_exact r10, r11, asr #7\n"
            " shrinc_gemm_exact r8, r9, lsl #1\n shrinc_gemm_exact r12, lr, asr #7\n"
            " b 5b\n"
            SHRINC_GEMM_PURGE);
}
#elif !SHRINC_HAS_MVE && !SHRINC_HAS_RISCV
#if SHRINC_HAS_THUMB1
#if defined(__clang__)
static void shrinc_gemm_row(const int32_t *patch, const int32_t *packed, int32_t quads, shrinc_packed_sums *s)
    __attribute__((naked, noinline));
#else
static void shrinc_gemm_row(const int32_t *patch, const int32_t *packed, int32_t quads, shrinc_packed_sums *s)
    __attribute__((naked, noipa));
#endif

/* Adds one row's products to S. r0 patch, r1 packed, r2 and r3 two inputs, r4 and r5 weights, r6 and r7 products, sums
 * in r8-r11, r12 the end of the patch. */
static void shrinc_gemm_row(const int32_t *patch __attribute__((unused)), const int32_t *packed __attribute__((unused)),
                            int32_t quads __attribute__((unused)), shrinc_packed_sums *s __attribute__((unused)))
{
    __asm__(SHRINC_THUMB1_ADD SHRINC_THUMB1_ENTER
            " lsls r2, r2, #4\n"
            " adds r2, r2, r0\n"
            " mov r12, r2\n"
            "1:\n"
            " ldr r3, [r0]\n"
            " sxth r2, r3\n"
            " asrs r3, r3, #16\n"
            " ldmia r1!, {r4, r5}\n"
            " shrinc_thumb1_add r4, r8, r10\n shrinc_thumb1_add r5, r9, r11\n"
            " ldr r3, [r0, #8]\n"
            " sxth r2, r3\n"
            " asrs r3, r3, #16\n"
            " ldmia r1!, {r4, r5}\n"
            " shrinc_thumb1_add r4, r8, r10\n shrinc_thumb1_add r5, r9, r11\n"
            " adds r0, #16\n"
            " cmp r0, r12\n"
            " bne 1b\n"
            SHRINC_THUMB1_LEAVE ".purgem shrinc_thumb1_add\n");
}
#else
/* Adds one row's products to S. */
static inline void shrinc_gemm_row(const int32_t *patch, const int32_t *SHRINC_ROM packed, int32_t quads,
                                   shrinc_packed_sums *s)
{
    shrinc_packed_sums sums = *s;
    for (int32_t k = 0; k < (2 * quads); k++) {
        shrinc_packed_add(&sums, shrinc_low_half(*patch), shrinc_high_half(*patch), packed);
        patch += 2;
        packed += 2;
    }
    *s = sums;
}
#endif

/* Outputs of one row's four channels. */
static void shrinc_gemm_group(const shrinc_gemm *g, const int32_t *patch, int8_t *y)
{
    shrinc_packed_sums s = {0, 0, 0, 0};
    shrinc_gemm_row(patch, g->packed, g->quads, &s);
    shrinc_packed_outputs(&s, &g->packed[4 * g->quads], g->line, y);
}

/* Computes the groups' outputs of both rows. */
static inline void shrinc_gemm_groups(shrinc_gemm *g)
{
    for (int32_t left = g->groups; left > 0; left--) {
        if (g->y1 != g->y0) {
            shrinc_gemm_group(g, &g->patch[1], g->y1);
        }
        shrinc_gemm_group(g, g->patch, g->y0);
        g->packed = &g->packed[(4 * g->quads) + 12];
        g->y0 += 4;
        g->y1 += 4;
    }
}
#endif
#endif

/* Both rows' OUT_COUNT outputs, those of a last group that is not whole by way of the stack. */
static inline void shrinc_gemm_run(shrinc_gemm *g, int32_t out_count)
{
    int32_t rest = out_count & 3;
    g->groups = out_count >> 2;
    if (g->groups > 0) {
        shrinc_gemm_groups(g);
    }
    if (rest > 0) {
        int8_t last[8];
        int8_t *y0 = g->y0;
        int8_t *y1 = g->y1;
        g->groups = 1;
        g->y0 = last;
        g->y1 = &last[4];
        shrinc_gemm_groups(g);
        for (int32_t i = 0; i < rest; i++) {
            y1[i] = last[4 + i];
            y0[i] = last[i];
        }
    }
}

/* Writes COUNT inputs, at least 4, as quads of one row into the patch; returns where the row goes on. */
static inline int32_t *shrinc_patch_put(int32_t *patch, const int8_t *x, int32_t count)
{
    const int8_t *last = &x[count - 4];
    uint32_t word;
    while (x < last) {
        word = shrinc_load4(x);
        patch[0] = shrinc_even_bytes(word);
        patch[2] = shrinc_odd_bytes(word);
        patch += 4;
        x += 4;
    }
    word = shrinc_load4(last);
    patch[0] = shrinc_even_bytes(word);
    patch[2] = shrinc_odd_bytes(word);
    return &patch[4];
}

/* The same for 1 to 3 inputs. */
static inline int32_t *shrinc_patch_put_few(int32_t *patch, const int8_t *x, int32_t count)
{
    int8_t few[4] = {0, 0, 0, 0};
    for (int32_t k = 0; k < count; k++) {
        few[k] = x[k];
    }
    return shrinc_patch_put(patch, few, 4);
}

#if !SHRINC_HAS_AVX2
#if SHRINC_HAS_DSP && !SHRINC_HAS_MVE
#if defined(__clang__)
static int32_t *shrinc_patch_put_both(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
    __attribute__((naked, noinline));
#else
static int32_t *shrinc_patch_put_both(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
    __attribute__((naked, noipa));
#endif

/* Both rows' COUNT inputs, at least 4. r3 and r12 are where the last quads begin. */
static int32_t *shrinc_patch_put_both(int32_t *patch __attribute__((unused)), const int8_t *x0 __attribute__((unused)),
                                      const int8_t *x1 __attribute__((unused)), int32_t count __attribute__((unused)))
{
    __asm__(" push {r4-r7}\n"
            " subs r3, #4\n"
            " add r12, r2, r3\n add r3, r3, r1\n"
            " b 2f\n"
            "1: ldr r4, [r1], #4\n ldr r5, [r2], #4\n"
            " sxtb16 r6, r4, ror #8\n sxtb16 r7, r5, ror #8\n sxtb16 r4, r4\n sxtb16 r5, r5\n"
            " stmia r0!, {r4, r5, r6, r7}\n"
            "2: cmp r1, r3\n"
            " blo 1b\n"
            " ldr r4, [r3]\n ldr r5, [r12]\n"
            " sxtb16 r6, r4, ror #8\n sxtb16 r7, r5, ror #8\n sxtb16 r4, r4\n sxtb16 r5, r5\n"
            " stmia r0!, {r4, r5, r6, r7}\n"
            " pop {r4-r7}\n"
            " bx lr\n");
}
#elif !SHRINC_HAS_MVE
/* Both rows' COUNT inputs, at least 4. */
static inline int32_t *shrinc_patch_put_both(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
{
    (void)shrinc_patch_put(&patch[1], x1, count);
    return shrinc_patch_put(patch, x0, count);
}
#endif
#endif

/* Both rows' COUNT inputs, at least 1. */
static inline void shrinc_patch_put_rows(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
{
    if (count < 4) {
        (void)shrinc_patch_put_few(patch, x0, count);
        (void)shrinc_patch_put_few(&patch[1], x1, count);
    } else {
        (void)shrinc_patch_put_both(patch, x0, x1, count);
    }
}

/* QUADS quads of one row that all hold VALUE. */
static inline int32_t *shrinc_patch_fill(int32_t *patch, int32_t value, int32_t quads)
{
    int32_t pair = (int32_t)(((uint32_t)value & 0xFFFFu) | ((uint32_t)value << 16));
    for (int32_t k = 0; k < quads; k++) {
        patch[0] = pair;
        patch[2] = pair;
        patch += 4;
    }
    return patch;
}

#endif
