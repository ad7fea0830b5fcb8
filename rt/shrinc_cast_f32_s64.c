/* Conversion of floats to int64, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_s64(const shrinc_cast_f32_params *p, const float *x, int64_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int64_t q = INT64_MIN;
        if (x[i] >= 9223372036854775808.0f) {
            q = INT64_MAX;
        } else if (x[i] > -9223372036854775808.0f) {
            q = (int64_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
