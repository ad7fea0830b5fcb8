/* Smallest integer that is not below, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_unary_f32.h"

static void shrinc_ceil_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = ceilf(x[i]);
    }
}
