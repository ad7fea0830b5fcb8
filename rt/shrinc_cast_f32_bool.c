/* Conversion of floats to truth values: 1 where x is not 0 (a NaN is not). Portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_bool(const shrinc_cast_f32_params *p, const float *x, uint8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = ((x[i] < 0.0f) || (x[i] > 0.0f) || (x[i] != x[i])) ? 1u : 0u;
    }
}
