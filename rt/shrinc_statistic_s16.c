/* Mean, RMS and other numbers of a window that need its sums alone, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_statistic_s16.h"

typedef struct shrinc_sums {
    int64_t one;   /* sum of x */
    int64_t two;   /* sum of x * x */
    int64_t slope; /* sum of (2 i - n + 1) * x */
    int32_t low;
    int32_t high;
} shrinc_sums;

static shrinc_sums shrinc_sums_s16(const int16_t *x, int32_t n, int32_t step)
{
    shrinc_sums s = {0, 0, 0, INT16_MAX, INT16_MIN};
    for (int32_t i = 0; i < n; i++) {
        int32_t v = x[i * step];
        s.one += v;
        s.two += (int64_t)v * v;
        s.slope += (int64_t)((2 * i) - n + 1) * v;
        s.low = (v < s.low) ? v : s.low;
        s.high = (v > s.high) ? v : s.high;
    }
    return s;
}

/* Sum of |n x - sum of x|, or how often its sign changes. */
static int64_t shrinc_deviations_s16(const int16_t *x, int32_t n, int32_t step, int64_t sum, int32_t counts)
{
    int64_t total = 0;
    int32_t crossings = 0;
    int32_t before = (((int64_t)n * x[0]) < sum) ? 1 : 0;
    for (int32_t i = 0; i < n; i++) {
        int64_t d = ((int64_t)n * x[i * step]) - sum;
        int32_t is_negative = (d < 0) ? 1 : 0;
        crossings += (is_negative != before) ? 1 : 0;
        before = is_negative;
        total += (d < 0) ? -d : d;
    }
    return (counts != 0) ? crossings : total;
}

static int64_t shrinc_crest(const shrinc_sums *s, int32_t n)
{
    int64_t rms = (int64_t)shrinc_root(((uint64_t)s->two << 16) / (uint32_t)n);
    int64_t peak = (s->high > -s->low) ? s->high : -(int64_t)s->low;
    return (rms == 0) ? 0 : ((peak * 262144) / rms);
}

static void shrinc_statistic_s16(const shrinc_statistic_s16_params *p, const int16_t *x, int16_t *y)
{
    int32_t n = p->count;
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t c = 0; c < p->channels; c++) {
            shrinc_sums s = shrinc_sums_s16(&x[c], n, p->channels);
            int64_t spread = (n * s.two) - (s.one * s.one);
            int64_t v = 0;
            switch (p->kind) {
            case 0: v = (s.one * 256) / n; break;
            case 1: v = (int64_t)shrinc_root(((uint64_t)s.two << 16) / (uint32_t)n); break;
            case 2: v = (int64_t)shrinc_root((((uint64_t)spread / (uint32_t)n) << 16) / (uint32_t)n); break;
            case 5: v = shrinc_crest(&s, n); break;
            case 6: v = ((int64_t)s.high - s.low) * 256; break;
            case 7: v = (shrinc_deviations_s16(&x[c], n, p->channels, s.one, 0) * 256) / ((int64_t)n * n); break;
            case 8: v = shrinc_deviations_s16(&x[c], n, p->channels, s.one, 1) * 256; break;
            default:
                v = (s.slope * 393216) / ((int64_t)n * (((int64_t)n * n) - 1));
                v = (v < -536870912) ? -536870912 : ((v > 536870911) ? 536870911 : v);
                break;
            }
            int32_t q = shrinc_requantize((int32_t)v, p->multiplier, p->shift) + p->y_zero;
            y[c] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
        }
        x += n * p->channels;
        y += p->channels;
    }
}
