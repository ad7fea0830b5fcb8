/* ReLU and its kin, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_relu_f32.h"

static void shrinc_relu_f32(const shrinc_relu_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = shrinc_clamp_f32(x[i], p->y_min, p->y_max);
    }
}
