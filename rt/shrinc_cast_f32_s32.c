/* Conversion of floats to int32, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_s32(const shrinc_cast_f32_params *p, const float *x, int32_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t q = INT32_MIN;
        if (x[i] >= 2147483648.0f) {
            q = INT32_MAX;
        } else if (x[i] > -2147483648.0f) {
            q = (int32_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
