/* Absolute value, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_abs_s16.h"

static void shrinc_abs_s16(const shrinc_abs_s16_params *p, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t s = x[i];
        int32_t q = shrinc_requantize((s < 0) ? -s : s, p->multiplier, p->shift);
        y[i] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
    }
}
