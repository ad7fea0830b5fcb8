/* Leaky ReLU, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_leaky_relu_s16.h"

static void shrinc_leaky_relu_s16(const shrinc_leaky_relu_s16_params *p, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t q = 0;
        if (x[i] >= 0) {
            q = shrinc_requantize(x[i], p->multiplier, p->shift);
        } else {
            q = shrinc_requantize(x[i], p->alpha_multiplier, p->alpha_shift);
        }
        y[i] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
    }
}
