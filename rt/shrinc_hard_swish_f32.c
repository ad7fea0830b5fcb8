/* Hard swish: x * clamp(x + 3, 0, 6) / 6, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_clamp_f32.h"
#include "shrinc_unary_f32.h"

static void shrinc_hard_swish_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = x[i] * shrinc_clamp_f32(x[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}
