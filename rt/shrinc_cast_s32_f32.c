/* Conversion of int32 to float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_s32_f32(const shrinc_cast_f32_params *p, const int32_t *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (float)x[i];
    }
}
