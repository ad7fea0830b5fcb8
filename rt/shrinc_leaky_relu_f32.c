/* Leaky ReLU, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_leaky_relu_f32.h"

static void shrinc_leaky_relu_f32(const shrinc_leaky_relu_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (x[i] > 0.0f) ? x[i] : (x[i] * p->alpha);
    }
}
