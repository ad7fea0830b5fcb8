/* Conversion of floats to int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_s16(const shrinc_cast_f32_params *p, const float *x, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int16_t q = INT16_MIN;
        if (x[i] >= 32767.0f) {
            q = INT16_MAX;
        } else if (x[i] > -32768.0f) {
            q = (int16_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
