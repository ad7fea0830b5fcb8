/* Words that hold four bytes or two halfwords: instructions of Arm's DSP extension, or plain C. The
 * plain C reads and writes the same words, so that data made for one serves both.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SIMD_H
#define SHRINC_SIMD_H

#include "shrinc_base.h"

/* Cortex-M4, M7, M33, M55 ...: two 16-bit products in one instruction. */
#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__GNUC__) &&                      \
    !defined(__ARM_BIG_ENDIAN) && (defined(__ARM_FEATURE_UNALIGNED) || defined(__clang__))
#define SHRINC_HAS_DSP 1
#else
#define SHRINC_HAS_DSP 0
#endif

/* Cortex-M55, M85: vectors of 16 bytes. */
#if defined(__ARM_FEATURE_MVE) && SHRINC_HAS_DSP
#define SHRINC_HAS_MVE 1
#else
#define SHRINC_HAS_MVE 0
#endif

/* Cortex-M0, M0+, M23: eight registers for arithmetic, four more that can only be added to. */
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN)
#define SHRINC_HAS_THUMB1 1
#else
#define SHRINC_HAS_THUMB1 0
#endif

/* RISC-V without vectors. */
#if defined(__riscv) && defined(__GNUC__)
#define SHRINC_HAS_RISCV 1
#else
#define SHRINC_HAS_RISCV 0
#endif

/* x86-64: eight words at a time. */
#if defined(__AVX2__) && defined(__x86_64__) && defined(__GNUC__)
#define SHRINC_HAS_AVX2 1
#else
#define SHRINC_HAS_AVX2 0
#endif

#if SHRINC_HAS_RISCV
typedef __attribute__((may_alias)) int16_t shrinc_half;

/* Halfword I and byte I behind WORDS. */
static inline int32_t shrinc_half_at(const int32_t *words, int32_t i)
{
    return ((const shrinc_half *)words)[i];
}

static inline int32_t shrinc_byte_at(const int32_t *words, int32_t i)
{
    return ((const int8_t *)words)[i];
}
#endif

/* How often assembler loops are unrolled, and its logarithm. */
#if defined(__OPTIMIZE_SIZE__)
#define SHRINC_UNROLL "2"
#define SHRINC_UNROLL_LOG "1"
#define SHRINC_UNROLL_MORE "2"
#define SHRINC_UNROLL_MORE_LOG "1"
#else
#define SHRINC_UNROLL "4"
#define SHRINC_UNROLL_LOG "2"
#define SHRINC_UNROLL_MORE "8"
#define SHRINC_UNROLL_MORE_LOG "3"
#endif

#if SHRINC_HAS_DSP
/* Bytes x[0] .. x[3], the first one lowest. */
static inline uint32_t shrinc_load4(const int8_t *x)
{
    uint32_t word;
    memcpy(&word, x, sizeof word);
    return word;
}

/* Bytes 0 and 2 as halfwords. */
static inline int32_t shrinc_even_bytes(uint32_t word)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

/* Bytes 1 and 3 as halfwords. */
static inline int32_t shrinc_odd_bytes(uint32_t word)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

/* The halfwords of SUMS plus bytes 0 and 2. */
static inline int32_t shrinc_add_even_bytes(int32_t sums, uint32_t word)
{
    __asm__("sxtab16 %0, %1, %2" : "=r"(sums) : "r"(sums), "r"(word));
    return sums;
}

/* The halfwords of SUMS plus bytes 1 and 3. */
static inline int32_t shrinc_add_odd_bytes(int32_t sums, uint32_t word)
{
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sums) : "r"(sums), "r"(word));
    return sums;
}
#else
/* Bytes x[0] .. x[3], the first one lowest. */
static inline uint32_t shrinc_load4(const int8_t *x)
{
    return (uint32_t)(uint8_t)x[0] | ((uint32_t)(uint8_t)x[1] << 8) |
           ((uint32_t)(uint8_t)x[2] << 16) | ((uint32_t)(uint8_t)x[3] << 24);
}

/* Bytes 0 and 2 as halfwords. */
static inline int32_t shrinc_even_bytes(uint32_t word)
{
    int32_t low = (int8_t)(word & 0xFFu);
    int32_t high = (int8_t)((word >> 16) & 0xFFu);
    return (int32_t)(((uint32_t)low & 0xFFFFu) | ((uint32_t)high << 16));
}

/* Bytes 1 and 3 as halfwords. */
static inline int32_t shrinc_odd_bytes(uint32_t word)
{
    return shrinc_even_bytes(word >> 8);
}

/* The halfwords of SUMS plus bytes 0 and 2. */
static inline int32_t shrinc_add_even_bytes(int32_t sums, uint32_t word)
{
    int32_t low = (int8_t)(word & 0xFFu);
    int32_t high = (int8_t)((word >> 16) & 0xFFu);
    uint32_t lower = ((uint32_t)sums + (uint32_t)low) & 0xFFFFu;
    return (int32_t)((((uint32_t)sums & 0xFFFF0000u) + ((uint32_t)high << 16)) | lower);
}

/* The halfwords of SUMS plus bytes 1 and 3. */
static inline int32_t shrinc_add_odd_bytes(int32_t sums, uint32_t word)
{
    return shrinc_add_even_bytes(sums, word >> 8);
}
#endif

/* The high word of a product, MULTIPLIER not negative; ROUNDED: of the product plus 2^31. */
#if SHRINC_HAS_THUMB1
static inline int32_t shrinc_high_word(int32_t x, int32_t multiplier, int32_t rounded)
{
    int32_t x_high = x >> 16;
    int32_t x_low = x & 0xFFFF;
    int32_t m_high = multiplier >> 16;
    int32_t m_low = multiplier & 0xFFFF;
    int32_t carry = (int32_t)(((uint32_t)x_low * (uint32_t)m_low) >> 16);
    int32_t middle = (x_high * m_low) + carry;
    uint32_t rest = ((uint32_t)x_low * (uint32_t)m_high) + ((uint32_t)middle & 0xFFFFu);
    uint32_t up = (rounded != 0) ? 0x8000u : 0u;
    return (x_high * m_high) + (middle >> 16) + (int32_t)((rest + up) >> 16);
}
#else
static inline int32_t shrinc_high_word(int32_t x, int32_t multiplier, int32_t rounded)
{
    int64_t up = (rounded != 0) ? ((int64_t)1 << 31) : 0;
    return (int32_t)((((int64_t)x * multiplier) + up) >> 32);
}
#endif

/* The lower and the upper halfword. */
static inline int32_t shrinc_low_half(int32_t pair)
{
    return (int16_t)((uint32_t)pair & 0xFFFFu);
}

static inline int32_t shrinc_high_half(int32_t pair)
{
    return pair >> 16;
}

#endif
