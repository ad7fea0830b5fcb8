/* Vectors of eight words on x86-64: AVX2, with a fused product-and-sum where the CPU has VNNI.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_AVX2_H
#define SHRINC_AVX2_H

#include "shrinc_packed.h"

#if SHRINC_HAS_AVX2
#include <immintrin.h>

/* SUMS plus, word by word, the products of both halfwords. */
static inline __m256i shrinc_avx2_dot(__m256i sums, __m256i x, __m256i w)
{
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
    return _mm256_dpwssd_epi32(sums, x, w);
#elif defined(__AVXVNNI__)
    return _mm256_dpwssd_avx_epi32(sums, x, w);
#else
    return _mm256_add_epi32(sums, _mm256_madd_epi16(x, w));
#endif
}

/* 32 bytes from anywhere. */
static inline __m256i shrinc_avx2_load(const void *from)
{
    __m256i v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline __m128i shrinc_avx2_load_half(const void *from)
{
    __m128i v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* 8 bytes, twice. */
static inline __m128i shrinc_avx2_load_8(const void *from)
{
    int64_t v;
    memcpy(&v, from, sizeof v);
    return _mm_set1_epi64x(v);
}

/* 4 bytes, the rest zero. */
static inline __m128i shrinc_avx2_load_4(const void *from)
{
    int32_t v;
    memcpy(&v, from, sizeof v);
    return _mm_cvtsi32_si128(v);
}

/* The lowest byte of each halfword. */
static inline __m256i shrinc_avx2_first(__m256i packed)
{
    return _mm256_srai_epi16(_mm256_slli_epi16(packed, 8), 8);
}

/* LOW in the lower half, HIGH in the upper one. */
static inline __m256i shrinc_avx2_join(__m128i low, __m128i high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Words A, B of the first vector, C, D of the second, in every half. */
#define SHRINC_AVX2_PICK(x, y, a, b, c, d)                                                                             \
    _mm256_castps_si256(                                                                                               \
        _mm256_shuffle_ps(_mm256_castsi256_ps(x), _mm256_castsi256_ps(y), _MM_SHUFFLE((d), (c), (b), (a))))

/* The high words of products; UP is added to each product first. M is not negative. */
static inline __m256i shrinc_avx2_high(__m256i x, __m256i m, int64_t up)
{
    __m256i add = _mm256_set1_epi64x(up);
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, m), add);
    __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(m, 32));
    odd = _mm256_add_epi64(odd, add);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

/* Eight sums and their channels' words to outputs: four bytes at the start of each half. As shrinc_packed_output(). */
static inline __m256i shrinc_avx2_outputs(__m256i sum, __m256i add, __m256i multiplier, __m256i last, int32_t line)
{
    __m256i y;
    if (line != 0) {
        y = shrinc_avx2_high(_mm256_add_epi32(sum, add), multiplier, 0);
        y = _mm256_srai_epi32(_mm256_add_epi32(y, last), 3);
    } else {
        __m256i x2 = _mm256_add_epi32(_mm256_slli_epi32(sum, 1), add);
        __m256i right = _mm256_and_si256(last, _mm256_set1_epi32(31));
        __m256i offset = _mm256_sllv_epi32(_mm256_srai_epi32(last, 5), right);
#if SHRINC_SINGLE_ROUNDING
        y = shrinc_avx2_high(x2, multiplier, 0);
#else
        y = shrinc_avx2_high(x2, multiplier, (int64_t)1 << 31);
        y = _mm256_add_epi32(y, _mm256_srai_epi32(x2, 31));
#endif
        y = _mm256_srai_epi32(_mm256_srav_epi32(_mm256_add_epi32(y, offset), right), 1);
    }
    y = _mm256_packs_epi32(y, y);
    return _mm256_packs_epi16(y, y);
}

/* The same where WORDS are three words for each of the four channels that both halves hold. */
static inline __m256i shrinc_avx2_group(__m256i sum, const int32_t *words, int32_t line)
{
    __m256i a = _mm256_broadcastsi128_si256(shrinc_avx2_load_half(&words[0]));
    __m256i b = _mm256_broadcastsi128_si256(shrinc_avx2_load_half(&words[4]));
    __m256i c = _mm256_broadcastsi128_si256(shrinc_avx2_load_half(&words[8]));
    __m256i add = SHRINC_AVX2_PICK(a, SHRINC_AVX2_PICK(b, c, 2, 2, 1, 1), 0, 3, 0, 2);
    __m256i multiplier =
        SHRINC_AVX2_PICK(SHRINC_AVX2_PICK(a, b, 1, 1, 0, 0), SHRINC_AVX2_PICK(b, c, 3, 3, 2, 2), 0, 2, 0, 2);
    __m256i last = SHRINC_AVX2_PICK(SHRINC_AVX2_PICK(a, b, 2, 2, 1, 1), c, 0, 2, 0, 3);
    return shrinc_avx2_outputs(sum, add, multiplier, last, line);
}

/* Stores the first four bytes of a half. */
static inline void shrinc_avx2_store_4(int8_t *y, __m128i v)
{
    int32_t word = _mm_cvtsi128_si32(v);
    memcpy(y, &word, sizeof word);
}

/* Sums BOTH (256 * S1 + S0) and FIRST (S0) of two rows to four channels' sums of row 0 and row 1 side by side. Each
 * vector holds pairs (channels 0 1, channels 2 3) that are still to be added up. */
static inline __m256i shrinc_avx2_sums(__m256i both0, __m256i both1, __m256i first0, __m256i first1)
{
    __m256i both = _mm256_add_epi32(_mm256_unpacklo_epi64(both0, both1), _mm256_unpackhi_epi64(both0, both1));
    __m256i first = _mm256_add_epi32(_mm256_unpacklo_epi64(first0, first1), _mm256_unpackhi_epi64(first0, first1));
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    __m128i f = _mm_add_epi32(_mm256_castsi256_si128(first), _mm256_extracti128_si256(first, 1));
    s = _mm_srai_epi32(_mm_sub_epi32(s, f), 8);
    return shrinc_avx2_join(_mm_unpacklo_epi32(f, s), _mm_unpackhi_epi32(f, s));
}
#endif

#endif
