/* Pixels that all read the same taps, each of its channels by itself: the inner loops of depthwise convolutions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TAPS_H
#define SHRINC_TAPS_H

#include "shrinc_packed.h"

typedef struct shrinc_taps {
    const int8_t *const *tap; /* channel 0 of each tap of the first pixel */
    const int32_t *packed;
    int8_t *y;
    int32_t tap_count; /* at least 1 */
    int32_t groups;    /* of four channels, at least 1 */
    int32_t pixels;    /* at least 1 */
    int32_t x_step;    /* from a pixel's taps to those of the next */
    int32_t y_step;    /* from the end of a pixel's outputs to the next pixel */
    int32_t line;      /* 1: requantised by a line */
} shrinc_taps;

#include "shrinc_taps_avx2.h"
#include "shrinc_taps_mve.h"
#include "shrinc_taps_riscv.h"

#if !SHRINC_HAS_AVX2
#if SHRINC_HAS_DSP && !SHRINC_HAS_MVE
#if defined(__clang__)
static void shrinc_taps_run(const shrinc_taps *t) __attribute__((naked, noinline));
#else
static void shrinc_taps_run(const shrinc_taps *t) __attribute__((naked, noipa));
#endif

/* r0 taps, r1 packed, r2 offset of pixel and channel, r3 and r4 four inputs of two taps, r5 channels 1 and 3 of one,
 * r6-r9 weights, sums in r10-r12 and lr. A first tap goes alone if their number is odd; the loop is entered so that
 * what is left is a multiple of its length. On the stack: the nine words of T (from the third on: y less the pixel's
 * offset, and what leads it to the next pixel), both entries, the end of the taps, that of the pixel's offsets, its
 * first one. */
static void shrinc_taps_run(const shrinc_taps *t __attribute__((unused)))
{
    __asm__(".macro shrinc_taps_exact acc\n"
            " ldmia r1!, {r6, r7}\n"
            " and r5, r7, #31\n"
            " asr r7, r7, #5\n"
            " lsl r7, r7, r5\n lsl \\acc, \\acc, #1\n"
            " .if " SHRINC_ROUND_ONCE "\n"
            " smmla \\acc, \\acc, r6, r7\n"
            " .else\n"
            " add r3, r7, \\acc, asr #31\n"
            " smmlar \\acc, \\acc, r6, r3\n"
            " .endif\n"
            " asr \\acc, \\acc, r5\n"
            " ssat \\acc, #8, \\acc, asr #1\n"
            ".endm\n"
            ".macro shrinc_taps_add x, w02, w13\n"
            " sxtb16 r5, \\x, ror #8\n sxtb16 \\x, \\x\n"
            " smlabb r10, \\x, \\w02, r10\n"
            " smlatt r12, \\x, \\w02, r12\n"
            " smlabb r11, r5, \\w13, r11\n"
            " smlatt lr, r5, \\w13, lr\n"
            ".endm\n"
            " push {r4-r11, lr}\n"
            " sub sp, sp, #60\n"
            " ldmia r0, {r1-r9}\n"
            " mov r10, sp\n"
            " stmia r10, {r1-r9}\n"
            " add r6, r1, r4, lsl #2\n"
            " str r6, [sp, #44]\n"
            " adr.w r5, 4f\n adr.w r6, 5f\n"
            " sub r7, r6, r5\n"
            " lsr r8, r4, #1\n"
            " rsb r9, r8, #0\n"
            " and r9, r9, #" SHRINC_UNROLL " - 1\n"
            " mul r9, r9, r7\n"
            " add r5, r5, r9, lsr #" SHRINC_UNROLL_LOG "\n"
            " cmp r8, #0\n it eq\n moveq r5, r6\n"
            " orr r5, r5, #1\n"
            " str r5, [sp, #40]\n"
            " tst r4, #1\n itt ne\n adrne.w r5, 3f\n orrne r5, r5, #1\n"
            " str r5, [sp, #36]\n"
            " mov r2, #0\n"
            " str r2, [sp, #52]\n"
            " ldr r3, [sp, #16]\n"
            " lsl r3, r3, #2\n"
            " str r3, [sp, #48]\n"
            " ldrd r4, r5, [sp, #24]\n"
            " add r5, r5, r3\n"
            " sub r5, r5, r4\n"
            " str r5, [sp, #28]\n"
            "1: ldr r1, [sp, #4]\n"
            "2: ldmia r1!, {r10, r11, r12, lr}\n"
            " ldr r0, [sp]\n ldr pc, [sp, #36]\n"
            " .balign 4\n"
            "3: ldr r3, [r0], #4\n ldr r3, [r3, r2]\n"
            " ldmia r1!, {r6, r7}\n"
            " shrinc_taps_add r3, r6, r7\n"
            " ldr pc, [sp, #40]\n"
            " .balign 4\n"
            "4: .rept " SHRINC_UNROLL "\n"
            " ldmia r0!, {r3, r4}\n"
            " ldr.w r3, [r3, r2]\n ldr.w r4, [r4, r2]\n"
            " ldmia.w r1!, {r6, r7, r8, r9}\n"
            " shrinc_taps_add r3, r6, r7\n shrinc_taps_add r4, r8, r9\n"
            " .endr\n"
            " .balign 4\n"
            "5: ldr r3, [sp, #44]\n"
            " cmp r0, r3\n"
            " bne 4b\n"
            " ldr r3, [sp, #32]\n"
            " cmp r3, #0\n"
            " beq.w 6f\n"
            " ldmia r1!, {r6, r7, r8, r9}\n"
            " smmla r10, r10, r6, r7\n smmla r11, r11, r8, r9\n"
            " ldmia r1!, {r6, r7, r8, r9}\n"
            " smmla r12, r12, r6, r7\n smmla lr, lr, r8, r9\n"
            " ssat r10, #8, r10, asr #3\n ssat r11, #8, r11, asr #3\n ssat r12, #8, r12, asr #3\n"
            " ssat lr, #8, lr, asr #3\n"
            "7: bfi r10, r11, #8, #8\n bfi r10, r12, #16, #8\n bfi r10, lr, #24, #8\n"
            " ldr r3, [sp, #8]\n ldr r4, [sp, #48]\n"
            " str r10, [r3, r2]\n"
            " adds r2, #4\n"
            " cmp r2, r4\n"
            " bne 2b\n"
            " ldr r5, [sp, #28]\n"
            " add r3, r3, r5\n"
            " str r3, [sp, #8]\n"
            " ldr r2, [sp, #52]\n ldr r5, [sp, #24]\n"
            " add r2, r2, r5\n"
            " str r2, [sp, #52]\n"
            " add r4, r4, r5\n"
            " str r4, [sp, #48]\n"
            " ldr r4, [sp, #20]\n"
            " subs r4, r4, #1\n str r4, [sp, #20]\n bne 1b\n"
            " add sp, sp, #60\n"
            " pop {r4-r11, pc}\n"
            "6: shrinc_taps_exact r10\n shrinc_taps_exact r11\n shrinc_taps_exact r12\n"
            " shrinc_taps_exact lr\n"
            " b 7b\n"
            ".purgem shrinc_taps_add\n"
            ".purgem shrinc_taps_exact\n");
}
#elif !SHRINC_HAS_MVE
#if SHRINC_HAS_THUMB1
#if defined(__clang__)
static void shrinc_taps_add(const int8_t *const *tap, const int32_t *packed, int32_t count, int32_t *sum)
    __attribute__((naked, noinline));
#else
static void shrinc_taps_add(const int8_t *const *tap, const int32_t *packed, int32_t count, int32_t *sum)
    __attribute__((naked, noipa));
#endif

/* Adds the products of COUNT taps to SUM[0] .. SUM[3]; SUM[4] is the offset of pixel and channel. r0 taps, r1 packed,
 * r2 the offset, r3 a tap, r4 and r5 weights, r6 and r7 factors, sums in r8-r11, r12 the end of the taps. */
static void shrinc_taps_add(const int8_t *const *tap __attribute__((unused)),
                            const int32_t *packed __attribute__((unused)), int32_t count __attribute__((unused)),
                            int32_t *sum __attribute__((unused)))
{
    __asm__(SHRINC_THUMB1_ENTER
            " lsls r2, r2, #2\n"
            " adds r2, r2, r0\n"
            " mov r12, r2\n"
            " ldr r2, [r3]\n"
            "1: ldmia r0!, {r3}\n"
            " adds r3, r3, r2\n"
            " ldmia r1!, {r4, r5}\n"
            " movs r6, #0\n"
            " ldrsb r6, [r3, r6]\n"
            " sxth r7, r4\n"
            " muls r6, r7\n"
            " add r8, r6\n"
            " movs r6, #1\n"
            " ldrsb r6, [r3, r6]\n"
            " sxth r7, r5\n"
            " muls r6, r7\n"
            " add r9, r6\n"
            " movs r6, #2\n"
            " ldrsb r6, [r3, r6]\n"
            " asrs r4, r4, #16\n"
            " muls r6, r4\n"
            " add r10, r6\n"
            " movs r6, #3\n"
            " ldrsb r6, [r3, r6]\n"
            " asrs r5, r5, #16\n"
            " muls r6, r5\n"
            " add r11, r6\n"
            " cmp r0, r12\n"
            " bne 1b\n"
            SHRINC_THUMB1_LEAVE);
}
#elif !SHRINC_HAS_RISCV
/* Adds the products of COUNT taps to SUM[0] .. SUM[3]; SUM[4] is the offset of pixel and channel. */
static inline void shrinc_taps_add(const int8_t *const *tap, const int32_t *SHRINC_ROM packed, int32_t count,
                                   int32_t *sum)
{
    for (int32_t k = 0; k < count; k++) {
        const int8_t *x = &tap[k][sum[4]];
        int32_t even = shrinc_rom_s32(&packed[0]);
        int32_t odd = shrinc_rom_s32(&packed[1]);
        sum[0] += x[0] * shrinc_low_half(even);
        sum[1] += x[1] * shrinc_low_half(odd);
        sum[2] += x[2] * shrinc_high_half(even);
        sum[3] += x[3] * shrinc_high_half(odd);
        packed += 2;
    }
}
#endif

#if SHRINC_HAS_THUMB1
#if defined(__clang__)
static void shrinc_taps_four(const int32_t *sum, const int32_t *words, int32_t line, int8_t *y)
    __attribute__((naked, noinline));
#else
static void shrinc_taps_four(const int32_t *sum, const int32_t *words, int32_t line, int8_t *y)
    __attribute__((naked, noipa));
#endif

/* Outputs of four channels from their sums and their words, two each. */
static void shrinc_taps_four(const int32_t *sum __attribute__((unused)), const int32_t *words __attribute__((unused)),
                             int32_t line __attribute__((unused)), int8_t *y __attribute__((unused)))
{
    __asm__(".syntax unified\n"
            " push {r2-r7, lr}\n"
            " .irp i, 0, 1, 2, 3\n"
            " ldmia r1!, {r3, r4}\n"
            " movs r2, #0\n"
            " ldr r7, [r0, #4 * \\i]\n"
            " bl shrinc_thumb1_output\n"
            " ldr r7, [sp, #4]\n"
            " strb r2, [r7, #\\i]\n"
            " .endr\n"
            " pop {r2-r7, pc}\n");
}
#else
/* Outputs of four channels from their sums and their words, two each. */
static inline void shrinc_taps_four(const int32_t *sum, const int32_t *SHRINC_ROM words, int32_t line, int8_t *y)
{
    for (int32_t i = 0; i < 4; i++) {
        y[i] = shrinc_packed_output(sum[i], 0, shrinc_rom_s32(&words[0]), shrinc_rom_s32(&words[1]), line);
        words += 2;
    }
}
#endif

/* Four channels of one pixel; returns where the next group's words begin. */
static inline const int32_t *shrinc_taps_group(const shrinc_taps *t, const int32_t *SHRINC_ROM w, int32_t x, int8_t *y)
{
    int32_t sum[5];
    for (int32_t i = 0; i < 4; i++) {
        sum[i] = shrinc_rom_s32(&w[i]);
    }
    sum[4] = x;
    shrinc_taps_add(t->tap, &w[4], t->tap_count, sum);
    w += 4 + (2 * t->tap_count);
    shrinc_taps_four(sum, w, t->line, y);
    return &w[8];
}

/* Computes the groups' outputs of all pixels, pixel by pixel. */
static inline void shrinc_taps_run(const shrinc_taps *t)
{
    int8_t *y = t->y;
    for (int32_t pixel = 0; pixel < t->pixels; pixel++) {
        const int32_t *SHRINC_ROM w = t->packed;
        for (int32_t group = 0; group < t->groups; group++) {
            w = shrinc_taps_group(t, w, (pixel * t->x_step) + (4 * group), y);
            y += 4;
        }
        y += t->y_step;
    }
}
#endif
#endif

#endif
