/* Conversion of floats to uint8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_u8(const shrinc_cast_f32_params *p, const float *x, uint8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        uint8_t q = 0;
        if (x[i] >= 255.0f) {
            q = UINT8_MAX;
        } else if (x[i] > 0.0f) {
            q = (uint8_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
