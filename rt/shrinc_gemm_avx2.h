/* Two rows of inputs by packed weights, on x86-64 with AVX2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMM_AVX2_H
#define SHRINC_GEMM_AVX2_H

#include "shrinc_avx2.h"

#if SHRINC_HAS_AVX2
/* Computes the groups' outputs of both rows. */
static inline void shrinc_gemm_groups(shrinc_gemm *g)
{
    for (int32_t left = g->groups; left > 0; left--) {
        const int32_t *patch = g->patch;
        const int32_t *w = g->packed;
        __m256i both0 = _mm256_setzero_si256();
        __m256i both1 = both0;
        __m256i first0 = both0;
        __m256i first1 = both0;
        for (int32_t quads = g->quads; quads > 0; quads -= 2) {
            __m256i x;
            __m256i u;
            if (quads > 1) {
                x = shrinc_avx2_load(patch);
                u = shrinc_avx2_load(w);
            } else {
                x = _mm256_zextsi128_si256(shrinc_avx2_load_half(patch));
                u = _mm256_zextsi128_si256(shrinc_avx2_load_half(w));
            }
            __m256i f = shrinc_avx2_first(u);
            __m256i x0 = _mm256_shuffle_epi32(x, _MM_SHUFFLE(2, 2, 0, 0));
            __m256i x1 = _mm256_shuffle_epi32(x, _MM_SHUFFLE(3, 3, 1, 1));
            both0 = shrinc_avx2_dot(both0, x0, u);
            both1 = shrinc_avx2_dot(both1, x1, u);
            first0 = shrinc_avx2_dot(first0, x0, f);
            first1 = shrinc_avx2_dot(first1, x1, f);
            patch += 8;
            w += 8;
        }
        w = &g->packed[4 * g->quads];
        __m256i y = shrinc_avx2_group(shrinc_avx2_sums(both0, both1, first0, first1), w, g->line);
        shrinc_avx2_store_4(g->y1, _mm256_extracti128_si256(y, 1));
        shrinc_avx2_store_4(g->y0, _mm256_castsi256_si128(y));
        g->packed = &w[12];
        g->y0 += 4;
        g->y1 += 4;
    }
}

/* Two quads of both rows, COUNT is 4 or 8: the first COUNT bytes of x0 and x1. */
static inline __m256i shrinc_avx2_quads(__m128i x0, __m128i x1)
{
    __m128i order = _mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
    return _mm256_cvtepi8_epi16(_mm_shuffle_epi8(_mm_unpacklo_epi32(x0, x1), order));
}

/* Both rows' COUNT inputs, at least 4. */
static inline int32_t *shrinc_patch_put_both(int32_t *patch, const int8_t *x0, const int8_t *x1, int32_t count)
{
    __m256i pairs;
    while (count > 8) {
        pairs = shrinc_avx2_quads(shrinc_avx2_load_8(x0), shrinc_avx2_load_8(x1));
        memcpy(patch, &pairs, sizeof pairs);
        patch += 8;
        x0 += 8;
        x1 += 8;
        count -= 8;
    }
    if (count > 4) {
        pairs = shrinc_avx2_quads(shrinc_avx2_load_4(x0), shrinc_avx2_load_4(x1));
        memcpy(patch, &pairs, sizeof pairs / 2);
        patch += 4;
        x0 += 4;
        x1 += 4;
        count -= 4;
    }
    pairs = shrinc_avx2_quads(shrinc_avx2_load_4(&x0[count - 4]), shrinc_avx2_load_4(&x1[count - 4]));
    memcpy(patch, &pairs, sizeof pairs / 2);
    return &patch[4];
}
#endif

#endif
