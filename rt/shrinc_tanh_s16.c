/* Hyperbolic tangent, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_sigmoid_s16.h"

static void shrinc_tanh_s16(const shrinc_sigmoid_s16_params *p, const int16_t *SHRINC_ROM table, const int16_t *x,
                            int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t s = ((x[i] * p->multiplier) + p->half) >> p->shift;
        int32_t t = shrinc_sigmoid_table(table, (s < 0) ? -s : s, 8, (int32_t)65535 << 8) - ((int32_t)1 << 23);
        if (s >= 0) {
            t += 128;
        } else {
            t = 127 - t;
        }
        y[i] = (int16_t)(t >> 8);
    }
}
