/* GELU: x / 2 * (1 + erf(x / sqrt(2))), portable C. avr-libc has no erff.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_unary_f32.h"

/* 1 - erf(z) for z >= 0 within 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26). */
static float shrinc_gelu_f32_erfc(float z)
{
    float t = 1.0f / (1.0f + (0.3275911f * z));
    float s = -1.453152027f + (t * 1.061405429f);
    s = 0.254829592f + (t * (-0.284496736f + (t * (1.421413741f + (t * s)))));
    return t * s * expf(-z * z);
}

static void shrinc_gelu_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        float tail = 0.5f * shrinc_gelu_f32_erfc(fabsf(x[i]) * 0.70710678f);
        y[i] = x[i] * ((x[i] < 0.0f) ? tail : (1.0f - tail));
    }
}
