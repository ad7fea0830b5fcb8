/* What the assembler of Cortex-M0, M0+ and M23 has in common: text for its routines, and the outputs of four sums.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_THUMB1_H
#define SHRINC_THUMB1_H

#include "shrinc_simd.h"

/* Whether a sum is rounded once, for assembler text. */
#if SHRINC_SINGLE_ROUNDING
#define SHRINC_ROUND_ONCE "1"
#else
#define SHRINC_ROUND_ONCE "0"
#endif

#if SHRINC_HAS_THUMB1
/* Saves r4-r11; the four sums at r3 go to r8-r11. */
#define SHRINC_THUMB1_ENTER                                                                        \
    ".syntax unified\n"                                                                            \
    " push {r4-r7, lr}\n"                                                                          \
    " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n"                                       \
    " push {r3-r7}\n"                                                                              \
    " ldmia r3!, {r4-r7}\n"                                                                        \
    " mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"

/* Writes the sums back and returns. */
#define SHRINC_THUMB1_LEAVE                                                                        \
    " pop {r3}\n"                                                                                  \
    " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n"                                       \
    " stmia r3!, {r4-r7}\n"                                                                        \
    " pop {r4-r7}\n"                                                                               \
    " mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"                                       \
    " pop {r4-r7, pc}\n"

/* Inputs r2 and r3 times two channels' weights in W; r6 and r7 are products. */
#define SHRINC_THUMB1_ADD                                                                          \
    ".macro shrinc_thumb1_add w, both, first\n"                                                    \
    " sxth r6, \\w\n"                                                                              \
    " sxtb r7, \\w\n"                                                                              \
    " muls r6, r2\n"                                                                               \
    " add \\both, r6\n"                                                                            \
    " muls r7, r2\n"                                                                               \
    " add \\first, r7\n"                                                                           \
    " asrs r6, \\w, #16\n"                                                                         \
    " sxtb r7, r6\n"                                                                               \
    " muls r6, r3\n"                                                                               \
    " add \\both, r6\n"                                                                            \
    " muls r7, r3\n"                                                                               \
    " add \\first, r7\n"                                                                           \
    ".endm\n"

/* The high word of r2 * r3, r3 not negative, into r2; UP is added to bit 31 and below. r3, r5-r7 are used up. */
#define SHRINC_THUMB1_HIGH                                                                         \
    ".macro shrinc_thumb1_high up\n"                                                               \
    " asrs r5, r2, #16\n"                                                                          \
    " uxth r2, r2\n"                                                                               \
    " lsrs r6, r3, #16\n"                                                                          \
    " uxth r3, r3\n"                                                                               \
    " movs r7, r2\n"                                                                               \
    " muls r7, r3\n"                                                                               \
    " lsrs r7, r7, #16\n"                                                                          \
    " muls r3, r5\n"                                                                               \
    " adds r3, r3, r7\n"                                                                           \
    " .if \\up\n"                                                                                  \
    " movs r7, #128\n"                                                                             \
    " lsls r7, r7, #8\n"                                                                           \
    " adds r3, r3, r7\n"                                                                           \
    " .endif\n"                                                                                    \
    " muls r2, r6\n"                                                                               \
    " muls r5, r6\n"                                                                               \
    " asrs r7, r3, #16\n"                                                                          \
    " adds r5, r5, r7\n"                                                                           \
    " uxth r3, r3\n"                                                                               \
    " adds r2, r2, r3\n"                                                                           \
    " lsrs r2, r2, #16\n"                                                                          \
    " adds r2, r2, r5\n"                                                                           \
    ".endm\n"

/* For assembler alone: the output (shrinc_packed_output) of a sum in r7 and its three words in r2, r3, r4, into r2; the
 * line's flag lies on top of the stack. r0, r1 and r8-r11 stay. */
#if defined(__clang__)
static void shrinc_thumb1_output(void) __attribute__((naked, noinline, used));
#else
static void shrinc_thumb1_output(void) __attribute__((naked, noipa, used));
#endif

static void shrinc_thumb1_output(void)
{
    __asm__(".syntax unified\n" SHRINC_THUMB1_HIGH " ldr r5, [sp]\n"
            " adds r2, r2, r7\n"
            " cmp r5, #0\n"
            " beq 2f\n"
            " shrinc_thumb1_high 0\n"
            " adds r2, r2, r4\n"
            " asrs r2, r2, #3\n"
            "1: sxtb r5, r2\n"
            " cmp r5, r2\n"
            " bne 3f\n"
            " bx lr\n"
            "3: asrs r2, r2, #31\n"
            " movs r5, #127\n"
            " eors r2, r5\n"
            " bx lr\n"
            "2: adds r2, r2, r7\n"
            " movs r5, #31\n"
            " ands r5, r4\n"
            " mov r12, r5\n"
            " asrs r4, r4, #5\n"
            " lsls r4, r5\n"
            " .if " SHRINC_ROUND_ONCE "\n"
            " shrinc_thumb1_high 0\n"
            " .else\n"
            " asrs r7, r2, #31\n"
            " adds r4, r4, r7\n"
            " shrinc_thumb1_high 1\n"
            " .endif\n"
            " adds r2, r2, r4\n"
            " mov r5, r12\n"
            " asrs r2, r5\n"
            " asrs r2, r2, #1\n"
            " b 1b\n"
            ".purgem shrinc_thumb1_high\n");
}
#endif

#endif
