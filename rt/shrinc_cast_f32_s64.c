/* Conversion of floats to int64, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_f32.h"

static void shrinc_cast_f32_s64(const shrinc_cast_f32_params *p, const float *x, int64_t *y)
{
    const float limit = 4294967296.0f * 2147483648.0f; /* 2^63 */
    for (int32_t i = 0; i < p->count; i++) {
        int64_t q = -INT64_MAX - 1;
        if (x[i] >= limit) {
            q = INT64_MAX;
        } else if (x[i] > -limit) {
            q = (int64_t)x[i];
        } else {
            /* below the range, or NaN */
        }
        y[i] = q;
    }
}
