/* Requantisation from uint8 to int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_rescale.h"

static void shrinc_rescale_u8_s16(const shrinc_rescale_params *p, const uint8_t *x, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t q = shrinc_requantize((int32_t)x[i] - p->x_zero, p->multiplier, p->shift) + p->y_zero;
        y[i] = (int16_t)shrinc_clamp(q, p->y_min, p->y_max);
    }
}
