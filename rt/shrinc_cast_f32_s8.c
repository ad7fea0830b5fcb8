/* Conversion of floats to int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_s8(const shrinc_cast_f32_params *p, const float *x, int8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int8_t q = INT8_MIN;
        if (x[i] >= 127.0f) {
            q = INT8_MAX;
        } else if (x[i] > -128.0f) {
            q = (int8_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
