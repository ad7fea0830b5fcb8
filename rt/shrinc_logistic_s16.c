/* Logistic function, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_sigmoid_s16.h"

static void shrinc_logistic_s16(const shrinc_sigmoid_s16_params *p, const int16_t *SHRINC_ROM table, const int16_t *x,
                                int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = shrinc_logistic_steps(table, ((x[i] * p->multiplier) + p->half) >> p->shift);
    }
}
