/* SVDF, int8 with int16 state and time weights, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_svdf.h"

static void shrinc_svdf_s16(const shrinc_svdf_params *p, const int8_t *x, const int8_t *SHRINC_ROM feature,
                    const int16_t *SHRINC_ROM time, const int32_t *SHRINC_ROM feature_bias,
                    const int32_t *SHRINC_ROM bias, int16_t *state, int8_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        const int8_t *SHRINC_ROM wf = feature;
        const int16_t *SHRINC_ROM wt = time;
        int32_t f = 0;
        for (int32_t u = 0; u < p->units; u++) {
            uint32_t total = (uint32_t)shrinc_rom_s32(&bias[u]); /* wraps, as in the reference */
            for (int32_t r = 0; r < p->rank; r++) {
                int32_t value = shrinc_rom_s32(&feature_bias[f]);
                for (int32_t k = 0; k < p->in_count; k++) {
                    value += (int32_t)shrinc_rom_s8(&wf[k]) * x[k];
                }
                value = shrinc_requantize(value, p->feature_multiplier, p->feature_shift) + p->state_zero;
                for (int32_t m = 1; m < p->memory; m++) {
                    state[m - 1] = state[m];
                    total += (uint32_t)((int32_t)shrinc_rom_s16(&wt[m - 1]) * state[m]);
                }
                state[p->memory - 1] = (int16_t)shrinc_clamp(value, p->state_min, p->state_max);
                total += (uint32_t)((int32_t)shrinc_rom_s16(&wt[p->memory - 1]) * state[p->memory - 1]);
                wf += p->in_count;
                wt += p->memory;
                state += p->memory;
                f++;
            }
            int32_t sum = shrinc_requantize((int32_t)total, p->y_multiplier, p->y_shift) + p->y_zero;
            y[u] = (int8_t)shrinc_clamp(sum, INT8_MIN, INT8_MAX);
        }
        x += p->in_count;
        y += p->units;
    }
}
