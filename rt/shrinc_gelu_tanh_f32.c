/* GELU by its approximation x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_unary_f32.h"

static void shrinc_gelu_tanh_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        float t = x[i] + (0.044715f * x[i] * x[i] * x[i]);
        y[i] = 0.5f * x[i] * (1.0f + tanhf(0.79788456f * t));
    }
}
