/* PReLU, float, slopes broadcast: y = x, or alpha * x below 0. Portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_pair.h"

static void shrinc_prelu_f32(const shrinc_pair_params *p, const int32_t *SHRINC_ROM level, const float *x,
                             const float *SHRINC_ROM alpha, float *y)
{
    for (shrinc_walk w = shrinc_walk_start(p->rows); w.rows > 0; shrinc_walk_next(&w, level)) {
        const float *u = &x[w.a];
        const float *SHRINC_ROM v = &alpha[w.b];
        for (int32_t i = 0; i < p->inner; i++) {
            y[i] = (*u >= 0.0f) ? *u : (*u * shrinc_rom_f32(v));
            u += p->a_step;
            v += p->b_step;
        }
        y += p->inner;
    }
}
