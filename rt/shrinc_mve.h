/* Vectors of four words on cores with Helium (MVE): Cortex-M55, M85.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_MVE_H
#define SHRINC_MVE_H

#include "shrinc_packed.h"

#if SHRINC_HAS_MVE
#include <arm_mve.h>

/* Four words. */
static inline int32x4_t shrinc_mve_words(int32_t a, int32_t b, int32_t c, int32_t d)
{
    int32x4_t v = vdupq_n_s32(a);
    v = vsetq_lane_s32(b, v, 1);
    v = vsetq_lane_s32(c, v, 2);
    return vsetq_lane_s32(d, v, 3);
}

/* Where the inputs of two quads lie, in the order of the packed weights: 0 2 1 3 4 6 5 7. */
static inline uint16x8_t shrinc_mve_order(void)
{
    return vreinterpretq_u16_s32(shrinc_mve_words(0x20000, 0x30001, 0x60004, 0x70005));
}

/* What requantises four channels. */
typedef struct shrinc_mve_channels {
    int32x4_t add;
    int32x4_t multiplier;
    int32x4_t last;
} shrinc_mve_channels;

/* From three words for each of them. */
static inline shrinc_mve_channels shrinc_mve_load(const int32_t *words)
{
    uint32x4_t at = vmulq_n_u32(vidupq_n_u32(0, 4), 3);
    shrinc_mve_channels c;
    c.add = vldrwq_gather_offset_s32(words, at);
    c.multiplier = vldrwq_gather_offset_s32(&words[1], at);
    c.last = vldrwq_gather_offset_s32(&words[2], at);
    return c;
}

/* Four channels' sums to outputs that are not clamped yet, see shrinc_packed_output(). */
static inline int32x4_t shrinc_mve_scale(int32x4_t sum, const shrinc_mve_channels *c, int32_t line)
{
    int32x4_t v;
    if (line != 0) {
        v = vshrq_n_s32(vaddq_s32(vmulhq_s32(vaddq_s32(sum, c->add), c->multiplier), c->last), 3);
    } else {
        int32x4_t x2 = vaddq_s32(vshlq_n_s32(sum, 1), c->add);
        int32x4_t right = vandq_s32(c->last, vdupq_n_s32(31));
        int32x4_t offset = vshlq_s32(vshrq_n_s32(c->last, 5), right);
#if SHRINC_SINGLE_ROUNDING
        v = vmulhq_s32(x2, c->multiplier);
#else
        v = vaddq_s32(vrmulhq_s32(x2, c->multiplier), vshrq_n_s32(x2, 31));
#endif
        v = vshrq_n_s32(vshlq_s32(vaddq_s32(v, offset), vnegq_s32(right)), 1);
    }
    return v;
}

/* Outputs of four channels. */
static inline int32x4_t shrinc_mve_outputs(int32x4_t sum, const shrinc_mve_channels *c, int32_t line)
{
    return vmaxq_s32(vminq_s32(shrinc_mve_scale(sum, c, line), vdupq_n_s32(127)), vdupq_n_s32(-128));
}

/* Sums of four channels from those of channels 0, 2 (S0) and of both pairs (256 * S1 + S0). */
static inline int32x4_t shrinc_mve_sums(const shrinc_packed_sums *s)
{
    return shrinc_mve_words(s->first0, (int32_t)(s->both01 - (uint32_t)s->first0) >> 8, s->first2,
                            (int32_t)(s->both23 - (uint32_t)s->first2) >> 8);
}

/* The lowest byte of each halfword. */
static inline int16x8_t shrinc_mve_first(int32x4_t packed)
{
    return vmovlbq_s8(vreinterpretq_s8_s32(packed));
}

static inline int32_t shrinc_mve_dot(int32_t sum, int32x4_t x, int32x4_t w)
{
    return vmladavaq_s16(sum, vreinterpretq_s16_s32(x), vreinterpretq_s16_s32(w));
}
#endif

#endif
