/* Skewness and kurtosis of a window, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_statistic_s16.h"

typedef struct shrinc_moments {
    int64_t two; /* sums of powers of the deviations, which have at most 12 bits */
    int64_t three;
    int64_t four;
} shrinc_moments;

/* Deviations in 2^-8 of a step, shifted so that the largest one fits 12 bits. */
static shrinc_moments shrinc_moments_of(const int16_t *x, int32_t n, int32_t step)
{
    shrinc_moments m = {0, 0, 0};
    int64_t sum = 0;
    int32_t most = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += x[i * step];
    }
    int32_t mean = (int32_t)((sum * 256) / n);
    for (int32_t i = 0; i < n; i++) {
        int32_t d = ((int32_t)x[i * step] * 256) - mean;
        d = (d < 0) ? -d : d;
        most = (d > most) ? d : most;
    }
    int32_t right = 0;
    int32_t left = 0;
    while ((most >> right) > 4095) {
        right++;
    }
    while ((most > 0) && ((most << (left + 1)) <= 4095)) {
        left++;
    }
    for (int32_t i = 0; i < n; i++) {
        int32_t d = ((int32_t)x[i * step] * 256) - mean;
        d = (d * ((int32_t)1 << left)) >> right;
        int32_t d2 = d * d;
        m.two += d2;
        m.three += (int64_t)d2 * d;
        m.four += (int64_t)d2 * d2;
    }
    return m;
}

/* In 2^-10. */
static int64_t shrinc_kurtosis(const shrinc_moments *m, int32_t n)
{
    int64_t two = (m->two * 64) / n; /* in 2^-6 */
    int64_t square = (two * two) >> 10;
    return (square == 0) ? -3072 : ((((m->four / n) * 4096) / square) - 3072);
}

static int64_t shrinc_skewness(const shrinc_moments *m, int32_t n)
{
    int64_t two = (m->two * 64) / n;
    int64_t root = (int64_t)shrinc_root((uint64_t)two << 10); /* in 2^-8 */
    int64_t cube = (two * root) >> 10;                        /* in 2^-4 */
    return (cube == 0) ? 0 : (((m->three / n) * 16384) / cube);
}

static void shrinc_moments_s16(const shrinc_statistic_s16_params *p, const int16_t *x, int16_t *y)
{
    int32_t n = p->count;
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t c = 0; c < p->channels; c++) {
            shrinc_moments m = shrinc_moments_of(&x[c], n, p->channels);
            int64_t v = (p->kind == 3) ? shrinc_skewness(&m, n) : shrinc_kurtosis(&m, n);
            int32_t q = shrinc_requantize((int32_t)v, p->multiplier, p->shift) + p->y_zero;
            y[c] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
        }
        x += n * p->channels;
        y += p->channels;
    }
}
