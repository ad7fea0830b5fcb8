/* Second-order sections, int16, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_biquad_s16.h"

static int32_t shrinc_biquad_step(const int32_t *SHRINC_ROM a, int32_t in, const int32_t *x, const int32_t *y)
{
    const int32_t limit = (int32_t)1 << 30; /* eight times full scale and more */
    int64_t sum = (int64_t)1 << 29;
    sum += (int64_t)shrinc_rom_s32(&a[0]) * in;
    sum += (int64_t)shrinc_rom_s32(&a[1]) * x[0];
    sum += (int64_t)shrinc_rom_s32(&a[2]) * x[1];
    sum -= (int64_t)shrinc_rom_s32(&a[3]) * y[0];
    sum -= (int64_t)shrinc_rom_s32(&a[4]) * y[1];
    sum >>= 30;
    return (sum < -(int64_t)limit) ? -limit : ((sum > limit) ? limit : (int32_t)sum);
}

static void shrinc_biquad_s16(const shrinc_biquad_s16_params *p, const int16_t *x,
                              const int32_t *SHRINC_ROM coefficients, int32_t *delays, int16_t *y)
{
    int32_t each = (2 * p->sections) + 2;
    for (int32_t b = 0; b < p->batches; b++) {
        if (p->is_fresh != 0) {
            (void)memset(delays, 0, (size_t)(each * p->channels) * sizeof *delays);
        }
        for (int32_t i = 0; i < p->count; i++) {
            int32_t *d = delays;
            for (int32_t c = 0; c < p->channels; c++) {
                int32_t v = (int32_t)x[c] * 4096;
                const int32_t *SHRINC_ROM a = coefficients;
                for (int32_t s = 0; s < p->sections; s++) {
                    int32_t next = shrinc_biquad_step(a, v, d, &d[2]);
                    d[1] = d[0];
                    d[0] = v;
                    v = next;
                    a += 5;
                    d += 2;
                }
                d[1] = d[0];
                d[0] = v;
                d += 2;
                y[c] = (int16_t)shrinc_clamp((v + 2048) >> 12, INT16_MIN, INT16_MAX);
            }
            x += p->channels;
            y += p->channels;
        }
    }
}
