/* Distance to the nearest cluster, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_distance_s16.h"

/* v * 2^-n with n -30 to 31, ties upward, at most 2^30. */
static int64_t shrinc_distance_scale(int64_t v, int32_t n)
{
    const int64_t limit = (int64_t)1 << 30;
    int64_t r;
    if (n > 0) {
        r = (v + ((int64_t)1 << (n - 1))) >> n;
    } else {
        r = (v > limit) ? limit : ((v < -limit) ? -limit : v);
        r *= (int64_t)1 << -n;
    }
    return (r > limit) ? limit : ((r < -limit) ? -limit : r);
}

static int64_t shrinc_distance_row(const int16_t *x, const int16_t *SHRINC_ROM centre, const int16_t *SHRINC_ROM w,
                                   int32_t from, int32_t to)
{
    int64_t sum = 0;
    for (int32_t j = from; j < to; j++) {
        sum += (int64_t)shrinc_rom_s16(&w[j - from]) * ((int32_t)x[j] - shrinc_rom_s16(&centre[j]));
    }
    return sum;
}

static void shrinc_distance_s16(const shrinc_distance_s16_params *p, const int16_t *x,
                                const int16_t *SHRINC_ROM centre, const int16_t *SHRINC_ROM weight,
                                const int8_t *SHRINC_ROM down, const int32_t *SHRINC_ROM bias,
                                const int32_t *SHRINC_ROM radius, int16_t *y)
{
    const int64_t limit = (int64_t)1 << 61;
    const int16_t *SHRINC_ROM w = weight;
    int32_t best = INT32_MAX;
    for (int32_t k = 0; k < p->clusters; k++) {
        int64_t sum = shrinc_rom_s32(&bias[k]);
        for (int32_t r = 0; r < p->rows; r++) {
            int32_t from = (p->form < 2) ? r : 0;
            int32_t to = (p->form == 3) ? p->count : (r + 1);
            int64_t u = shrinc_distance_row(x, centre, w, from, to);
            u = shrinc_distance_scale(u, shrinc_rom_s8(&down[k]));
            sum += u * u;
            sum = (sum > limit) ? limit : sum;
            w += (p->form == 0) ? 0 : (to - from);
        }
        int32_t d = (int32_t)shrinc_root((sum > 0) ? (uint64_t)sum : 0U) - shrinc_rom_s32(&radius[k]);
        best = (d < best) ? d : best;
        centre += p->count;
    }
    best = shrinc_clamp(best, -8388608, 8388607);
    int32_t q = shrinc_requantize(best, p->multiplier, p->shift) + p->y_zero;
    y[0] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
}
