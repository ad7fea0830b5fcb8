/* Depthwise convolution's inner loop on x86-64 with AVX2: eight channels of a pixel at a time, two taps in a product.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TAPS_AVX2_H
#define SHRINC_TAPS_AVX2_H

#include "shrinc_avx2.h"

#if SHRINC_HAS_AVX2
/* One or two groups: those of T at W0 and W1, inputs from offset AT on; EIGHT: there are two. Returns the outputs, four
 * in each half. */
static inline __m256i shrinc_taps_groups(const shrinc_taps *t, const int32_t *w0, const int32_t *w1, int32_t at,
                                         int32_t eight)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 8, 9, 4, 5, 12, 13, 2, 3, 10, 11, 6, 7, 14, 15));
    __m256i sums = shrinc_avx2_join(shrinc_avx2_load_half(w0), shrinc_avx2_load_half(w1));
    int32_t k = 0;
    w0 += 4;
    w1 += 4;
    for (; k < t->tap_count; k += 2) {
        int32_t alone = ((k + 1) == t->tap_count) ? 1 : 0;
        const int8_t *x0 = &t->tap[k][at];
        const int8_t *x1 = (alone != 0) ? x0 : &t->tap[k + 1][at];
        __m128i a;
        __m256i w;
        if (eight != 0) {
            a = _mm_unpacklo_epi8(shrinc_avx2_load_8(x0), shrinc_avx2_load_8(x1));
        } else {
            a = _mm_unpacklo_epi8(shrinc_avx2_load_4(x0), shrinc_avx2_load_4(x1));
        }
        if (alone != 0) {
            w = shrinc_avx2_join(_mm_move_epi64(shrinc_avx2_load_8(w0)), _mm_move_epi64(shrinc_avx2_load_8(w1)));
        } else {
            w = shrinc_avx2_join(shrinc_avx2_load_half(w0), shrinc_avx2_load_half(w1));
        }
        sums = shrinc_avx2_dot(sums, _mm256_cvtepi8_epi16(a), _mm256_shuffle_epi8(w, order));
        w0 += (alone != 0) ? 2 : 4;
        w1 += (alone != 0) ? 2 : 4;
    }
    __m256i p = shrinc_avx2_join(shrinc_avx2_load_half(w0), shrinc_avx2_load_half(w1));
    __m256i q = shrinc_avx2_join(shrinc_avx2_load_half(&w0[4]), shrinc_avx2_load_half(&w1[4]));
    return shrinc_avx2_outputs(sums, _mm256_setzero_si256(), SHRINC_AVX2_PICK(p, q, 0, 2, 0, 2),
                               SHRINC_AVX2_PICK(p, q, 1, 3, 1, 3), t->line);
}

/* Computes the groups' outputs of all pixels, pixel by pixel. */
static inline void shrinc_taps_run(const shrinc_taps *t)
{
    const int32_t step = 12 + (2 * t->tap_count);
    int8_t *y = t->y;
    for (int32_t pixel = 0; pixel < t->pixels; pixel++) {
        const int32_t *w = t->packed;
        int32_t at = pixel * t->x_step;
        int32_t left = t->groups;
        for (; left > 1; left -= 2) {
            __m256i v = shrinc_taps_groups(t, w, &w[step], at, 1);
            shrinc_avx2_store_4(y, _mm256_castsi256_si128(v));
            shrinc_avx2_store_4(&y[4], _mm256_extracti128_si256(v, 1));
            w += 2 * step;
            at += 8;
            y += 8;
        }
        if (left > 0) {
            __m256i v = shrinc_taps_groups(t, w, w, at, 0);
            shrinc_avx2_store_4(y, _mm256_castsi256_si128(v));
            y += 4;
        }
        y += t->y_step;
    }
}
#endif

#endif
