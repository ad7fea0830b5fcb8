/* PReLU, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_prelu_s8.h"

static void shrinc_prelu_s8(const shrinc_prelu_s8_params *p, const int32_t *SHRINC_ROM level, const int8_t *x,
                            const int8_t *SHRINC_ROM alpha, int8_t *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const int8_t *u = &x[w.a];
        const int8_t *SHRINC_ROM v = &alpha[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t q = *u - p->x_zero;
            if (q >= 0) {
                q = shrinc_requantize(q, p->multiplier, p->shift);
            } else {
                q = shrinc_requantize(q * (shrinc_rom_s8(v) - p->alpha_zero), p->alpha_multiplier, p->alpha_shift);
            }
            y[i] = (int8_t)shrinc_clamp(q + p->y_zero, INT8_MIN, INT8_MAX);
            u += p->x_step;
            v += p->alpha_step;
        }
        y += p->inner;
    }
}
