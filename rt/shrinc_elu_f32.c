/* ELU: x, or exp(x) - 1 below 0. Portable C; avr-libc has no expm1f.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_unary_f32.h"

/* exp(x) - 1 for x < 0; near 0 by its series, where the difference would lose its digits. */
static float shrinc_elu_f32_expm1(float x)
{
    float y = expf(x) - 1.0f;
    if (x > -0.5f) {
        float s = 1.0f + ((x / 6.0f) * (1.0f + (x / 7.0f)));
        s = 1.0f + ((x / 4.0f) * (1.0f + ((x / 5.0f) * s)));
        y = x * (1.0f + ((x / 2.0f) * (1.0f + ((x / 3.0f) * s))));
    }
    return y;
}

static void shrinc_elu_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (x[i] < 0.0f) ? shrinc_elu_f32_expm1(x[i]) : x[i];
    }
}
