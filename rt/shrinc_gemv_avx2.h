/* One row of inputs by packed weights, on x86-64 with AVX2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMV_AVX2_H
#define SHRINC_GEMV_AVX2_H

#include "shrinc_avx2.h"

#if SHRINC_HAS_AVX2
/* The halfwords that two quads of weights are multiplied by, from 8 bytes. */
static inline __m256i shrinc_gemv_inputs(__m128i bytes)
{
    __m128i order = _mm_setr_epi8(0, 2, 0, 2, 1, 3, 1, 3, 4, 6, 4, 6, 5, 7, 5, 7);
    return _mm256_cvtepi8_epi16(_mm_shuffle_epi8(bytes, order));
}

/* Computes the groups' outputs. */
static inline void shrinc_gemv_groups(shrinc_gemv *g)
{
    const int32_t all = g->quads + ((g->tail > 0) ? 1 : 0);
    for (int32_t left = g->groups; left > 0; left--) {
        const int8_t *x = g->x;
        const int32_t *w = g->packed;
        __m256i both = _mm256_setzero_si256();
        __m256i first = both;
        int32_t quads = g->quads;
        for (; quads > 1; quads -= 2) {
            __m256i a = shrinc_gemv_inputs(shrinc_avx2_load_8(x));
            __m256i u = shrinc_avx2_load(w);
            both = shrinc_avx2_dot(both, a, u);
            first = shrinc_avx2_dot(first, a, shrinc_avx2_first(u));
            x += 8;
            w += 8;
        }
        if (quads > 0) {
            __m256i a = shrinc_gemv_inputs(shrinc_avx2_load_4(x));
            __m256i u = _mm256_zextsi128_si256(shrinc_avx2_load_half(w));
            both = shrinc_avx2_dot(both, a, u);
            first = shrinc_avx2_dot(first, a, shrinc_avx2_first(u));
            x += 4;
            w += 4;
        }
        if (g->tail > 0) {
            __m256i a = shrinc_gemv_inputs(shrinc_avx2_load_4(&x[g->tail - 4]));
            __m256i u = _mm256_zextsi128_si256(shrinc_avx2_load_half(w));
            both = shrinc_avx2_dot(both, a, u);
            first = shrinc_avx2_dot(first, a, shrinc_avx2_first(u));
        }
        w = &g->packed[4 * all];
        __m256i y = shrinc_avx2_group(shrinc_avx2_sums(both, both, first, first), w, g->line);
        shrinc_avx2_store_4(g->y, _mm256_castsi256_si128(y));
        g->packed = &w[12];
        g->y += 4;
    }
}
#endif

#endif
