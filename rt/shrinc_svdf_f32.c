/* SVDF, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_svdf_f32.h"

static void shrinc_svdf_f32(const shrinc_svdf_f32_params *p, const float *x, const float *SHRINC_ROM feature,
                            const float *SHRINC_ROM time, const float *SHRINC_ROM bias, float *state, float *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        const float *SHRINC_ROM wf = feature;
        const float *SHRINC_ROM wt = time;
        for (int32_t u = 0; u < p->units; u++) {
            float sum = shrinc_rom_f32(&bias[u]);
            for (int32_t r = 0; r < p->rank; r++) {
                float value = 0.0f;
                for (int32_t k = 0; k < p->in_count; k++) {
                    value += shrinc_rom_f32(&wf[k]) * x[k];
                }
                for (int32_t m = 1; m < p->memory; m++) {
                    state[m - 1] = state[m];
                    sum += shrinc_rom_f32(&wt[m - 1]) * state[m];
                }
                state[p->memory - 1] = value;
                sum += shrinc_rom_f32(&wt[p->memory - 1]) * value;
                wf += p->in_count;
                wt += p->memory;
                state += p->memory;
            }
            y[u] = shrinc_clamp_f32(sum, p->y_min, p->y_max);
        }
        x += p->in_count;
        y += p->units;
    }
}
