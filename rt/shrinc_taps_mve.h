/* Depthwise convolution's inner loop with Helium: eight channels of a pixel at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TAPS_MVE_H
#define SHRINC_TAPS_MVE_H

#include "shrinc_mve.h"

#if SHRINC_HAS_MVE
/* Two groups, whose words W holds the addresses of: word 0 and 1 of each. ORDER: which channels from AT on, and of OUT,
 * the halfwords are: 0 2 1 3 of both. Even halfwords are channels 0 and 1, odd ones channels 2 and 3. */
static inline void shrinc_taps_groups(const shrinc_taps *t, uint32x4_t w, int32_t at, uint16x8_t order, int8_t *out)
{
    shrinc_mve_channels c;
    shrinc_mve_channels d;
    const int8_t *const *tap = t->tap;
    const int8_t *x;
    register int32_t left __asm__("lr") = t->tap_count;
    int16x8_t a;
    int16x8_t u;
    int32x4_t b;
    int16x8_t v = vdupq_n_s16(0);
    int32x4_t even = vldrwq_gather_base_s32(w, 0);
    int32x4_t odd = vldrwq_gather_base_s32(w, 8);
    w = vaddq_n_u32(w, 8);
    __asm__("1: ldr %4, [%3], #4\n"
            " vldrw.32 %q6, [%q0, #8]!\n"
            " add %4, %10\n"
            " vldrb.s16 %q7, [%4, %q9]\n"
            " vmullb.s16 %q8, %q7, %q6\n"
            " vmullt.s16 %q7, %q7, %q6\n"
            " vadd.i32 %q1, %q1, %q8\n"
            " vadd.i32 %q2, %q2, %q7\n"
            " le lr, 1b\n"
            : "+&w"(w), "+&w"(even), "+&w"(odd), "+&r"(tap), "=&r"(x), "+&r"(left), "=&w"(u), "=&w"(a), "=&w"(b)
            : "w"(order), "r"(at)
            : "memory");
    w = vaddq_u32(w, vreinterpretq_u32_s32(shrinc_mve_words(8, 12, 8, 12)));
    c.add = vdupq_n_s32(0);
    c.multiplier = vldrwq_gather_base_s32(w, 0);
    c.last = vldrwq_gather_base_s32(w, 4);
    d.add = c.add;
    d.multiplier = vldrwq_gather_base_s32(w, 16);
    d.last = vldrwq_gather_base_s32(w, 20);
    v = vqmovnbq_s32(v, shrinc_mve_scale(even, &c, t->line));
    v = vqmovntq_s32(v, shrinc_mve_scale(odd, &d, t->line));
    v = vreinterpretq_s16_s8(vqmovnbq_s16(vreinterpretq_s8_s16(v), v));
    vstrbq_scatter_offset_s16(out, order, v);
}

/* Computes the groups' outputs of all pixels, pixel by pixel; a last group alone counts as two. */
static void shrinc_taps_run(const shrinc_taps *t)
{
    const int32_t step = 4 * (12 + (2 * t->tap_count));
    const uint32_t first = (uint32_t)(uintptr_t)t->packed;
    int8_t *out = t->y;
    int32_t start = 0;
    for (int32_t pixel = t->pixels; pixel > 0; pixel--) {
        uint32x4_t w = vaddq_n_u32(vreinterpretq_u32_s32(shrinc_mve_words(0, 4, step, step + 4)), first);
        int32_t at = start;
        int32_t left = t->groups;
        for (; left > 1; left -= 2) {
            shrinc_taps_groups(t, w, at, shrinc_mve_order(), out);
            w = vaddq_n_u32(w, (uint32_t)(2 * step));
            at += 8;
            out += 8;
        }
        if (left > 0) {
            uint32x4_t once = vaddq_u32(w, vreinterpretq_u32_s32(shrinc_mve_words(0, 0, -step, -step)));
            uint16x8_t order = vreinterpretq_u16_s32(shrinc_mve_words(0x20000, 0x30001, 0x20000, 0x30001));
            shrinc_taps_groups(t, once, at, order, out);
            out += 4;
        }
        out += t->y_step;
        start += t->x_step;
    }
}
#endif

#endif
