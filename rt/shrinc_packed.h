/* Layers whose weights are packed for four output channels at a time. A stream of words holds, for each group of four
 * channels c .. c+3 (missing ones are zero):
 *   for each quad, that is four inputs k .. k+3, four words: channels c, c+1 for inputs k, k+2; channels c+2, c+3 for
 *   the same inputs; both again for inputs k+1, k+3. A word is two halfwords, one for each input, and a halfword is
 *   256 * w[second channel] + w[first channel]: multiplied as it is, it sums 256 * S1 + S0, its lowest byte sums S0.
 *   for each channel three words. A layer is requantised by a line if one is proven to give the reference's output for
 *   every sum that each channel can reach; then they are what is added to the sum (its bias within), slope and offset
 *   of y = saturate((high32((sum + add) * slope) + offset) >> 3). Else they are 2 * bias, the multiplier, and
 *   (2 * y_zero + 1) * 32 + right - 1, where (sum + bias) * multiplier * 2^(-31-right) is the output, rounded as in
 *   shrinc_requantize().
 * A run of inputs whose length is no multiple of 4 ends with a quad that begins earlier, its weights zero for inputs
 * that were already counted; a run of less than 4 is filled up with any values.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PACKED_H
#define SHRINC_PACKED_H

#include "shrinc_thumb1.h"

/* Twice the sum X2 times the multiplier, the high word, rounded as the family's first step does. */
#if SHRINC_SINGLE_ROUNDING
static inline int32_t shrinc_packed_high(int32_t x2, int32_t multiplier)
{
    return shrinc_high_word(x2, multiplier, 0);
}
#else
static inline int32_t shrinc_packed_high(int32_t x2, int32_t multiplier)
{
    return shrinc_high_word(x2, multiplier, 1) - ((x2 < 0) ? 1 : 0);
}
#endif

/* Output of a channel from the sum of its products and its three words. */
static inline int8_t shrinc_packed_output(int32_t sum, int32_t add, int32_t multiplier, int32_t last, int32_t line)
{
    int32_t y;
    if (line != 0) {
        y = (shrinc_high_word(sum + add, multiplier, 0) + last) >> 3;
    } else {
        int32_t right = last & 31;
        int32_t offset = (last >> 5) * ((int32_t)1 << right);
        y = ((shrinc_packed_high((2 * sum) + add, multiplier) + offset) >> right) >> 1;
    }
    return (int8_t)shrinc_clamp(y, -128, 127);
}

/* Four channels' sums: 256 * S1 + S0 and S0 of both pairs. */
typedef struct shrinc_packed_sums {
    uint32_t both01;
    uint32_t both23;
    int32_t first0;
    int32_t first2;
} shrinc_packed_sums;

#if SHRINC_HAS_THUMB1
#if defined(__clang__)
static void shrinc_packed_four(const int32_t *sum, const int32_t *words, int32_t line, int8_t *y)
    __attribute__((naked, noinline));
#else
static void shrinc_packed_four(const int32_t *sum, const int32_t *words, int32_t line, int8_t *y)
    __attribute__((naked, noipa));
#endif

/* Outputs of four channels from the sums of their products and their words. */
static void shrinc_packed_four(const int32_t *sum __attribute__((unused)), const int32_t *words __attribute__((unused)),
                               int32_t line __attribute__((unused)), int8_t *y __attribute__((unused)))
{
    __asm__(".syntax unified\n"
            " push {r2-r7, lr}\n"
            " .irp i, 0, 1, 2, 3\n"
            " ldmia r1!, {r2, r3, r4}\n"
            " ldr r7, [r0, #4 * \\i]\n"
            " bl shrinc_thumb1_output\n"
            " ldr r7, [sp, #4]\n"
            " strb r2, [r7, #\\i]\n"
            " .endr\n"
            " pop {r2-r7, pc}\n");
}
#else
/* Outputs of four channels from the sums of their products and their words. */
static inline void shrinc_packed_four(const int32_t *sum, const int32_t *SHRINC_ROM words, int32_t line, int8_t *y)
{
    for (int32_t i = 0; i < 4; i++) {
        y[i] = shrinc_packed_output(sum[i], shrinc_rom_s32(&words[0]), shrinc_rom_s32(&words[1]),
                                    shrinc_rom_s32(&words[2]), line);
        words += 3;
    }
}
#endif

/* Outputs of four channels from their packed sums and their words. */
static inline void shrinc_packed_outputs(const shrinc_packed_sums *s, const int32_t *SHRINC_ROM words, int32_t line,
                                         int8_t *y)
{
    int32_t sum[4];
    sum[0] = s->first0;
    sum[1] = (int32_t)(s->both01 - (uint32_t)s->first0) >> 8;
    sum[2] = s->first2;
    sum[3] = (int32_t)(s->both23 - (uint32_t)s->first2) >> 8;
    shrinc_packed_four(sum, words, line, y);
}

/* Adds the products of two inputs. */
static inline void shrinc_packed_add(shrinc_packed_sums *s, int32_t a, int32_t b, const int32_t *SHRINC_ROM packed)
{
    int32_t u = shrinc_rom_s32(&packed[0]);
    int32_t v = shrinc_rom_s32(&packed[1]);
    s->both01 += (uint32_t)(a * shrinc_low_half(u)) + (uint32_t)(b * shrinc_high_half(u));
    s->both23 += (uint32_t)(a * shrinc_low_half(v)) + (uint32_t)(b * shrinc_high_half(v));
    u = shrinc_even_bytes((uint32_t)u);
    v = shrinc_even_bytes((uint32_t)v);
    s->first0 += (a * shrinc_low_half(u)) + (b * shrinc_high_half(u));
    s->first2 += (a * shrinc_low_half(v)) + (b * shrinc_high_half(v));
}

/* Clamps COUNT outputs where the layer's range is not all of int8. */
static inline void shrinc_packed_clamp(int8_t *y, int32_t count, int32_t low, int32_t high)
{
    if ((low > -128) || (high < 127)) {
        for (int32_t i = 0; i < count; i++) {
            y[i] = (int8_t)shrinc_clamp(y[i], low, high);
        }
    }
}

#endif
