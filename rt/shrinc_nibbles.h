/* Layers whose weights have 4 bits, packed for four output channels at a time. The stream is that of
 * shrinc_packed.h, but a quad, that is four inputs k .. k+3, takes two words: one for inputs k, k+2, one for inputs
 * k+1, k+3. A word is two halfwords, one for each input, and a halfword is 4096 * w3 + 256 * w2 + 16 * w1 + w0:
 * multiplied as it is, it sums that mix of the four channels' sums; its lowest byte sums 16 * S1 + S0; shifted left
 * by four bits it does the same for 16 * (256 * S2 + 16 * S1 + S0) and 16 * S0. So nothing is unpacked but by two
 * shifts and two extensions. The weights are -7 .. 7, S2 and S3 within 19 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_NIBBLES_H
#define SHRINC_NIBBLES_H

#include "shrinc_packed.h"

/* Shifted left by four bits, a word's upper half loses what comes from the lower one. */
#define SHRINC_NIBBLES_UPPER 0xFFF0FFF0u

/* Mixed sums: of the lowest byte shifted, of it, of the halfword shifted, of the halfword. */
typedef struct shrinc_nibbles_sums {
    uint32_t low_shifted;
    uint32_t low;
    uint32_t shifted;
    uint32_t whole;
} shrinc_nibbles_sums;

/* Adds the products of two inputs. */
static inline void shrinc_nibbles_add(shrinc_nibbles_sums *s, int32_t a, int32_t b, int32_t word)
{
    int32_t up = (int32_t)(((uint32_t)word << 4) & SHRINC_NIBBLES_UPPER);
    s->whole += (uint32_t)((a * shrinc_low_half(word)) + (b * shrinc_high_half(word)));
    s->shifted += (uint32_t)((a * shrinc_low_half(up)) + (b * shrinc_high_half(up)));
    word = shrinc_even_bytes((uint32_t)word);
    up = shrinc_even_bytes((uint32_t)up);
    s->low += (uint32_t)((a * shrinc_low_half(word)) + (b * shrinc_high_half(word)));
    s->low_shifted += (uint32_t)((a * shrinc_low_half(up)) + (b * shrinc_high_half(up)));
}

/* Outputs of four channels from their mixed sums and their words. */
static inline void shrinc_nibbles_outputs(const shrinc_nibbles_sums *s, const int32_t *SHRINC_ROM words, int32_t line,
                                          int8_t *y)
{
    int32_t sum[4];
    uint32_t sum2 = s->shifted - (16u * s->low);
    sum[0] = (int32_t)s->low_shifted >> 4;
    sum[1] = (int32_t)(s->low - (uint32_t)sum[0]) >> 4;
    sum[2] = (int32_t)sum2 >> 12;
    sum[3] = (int32_t)(s->whole - s->low - (256u * (uint32_t)sum[2])) >> 12;
    for (int32_t i = 0; i < 4; i++) {
        y[i] = shrinc_packed_output(sum[i], shrinc_rom_s32(&words[0]), shrinc_rom_s32(&words[1]),
                                    shrinc_rom_s32(&words[2]), line);
        words += 3;
    }
}

#endif
