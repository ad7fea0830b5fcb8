/* Root of the mean squared difference of int16 and int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_residual_s8.h"

static void shrinc_residual_s8(const shrinc_residual_s8_params *p, const int16_t *a, const int8_t *b, int16_t *y)
{
    uint64_t sum = 0;
    for (int32_t i = 0; i < p->count; i++) {
        int64_t d = shrinc_requantize(a[i], p->a_multiplier, p->a_shift);
        d -= shrinc_requantize((int32_t)b[i] - p->b_zero, p->b_multiplier, p->b_shift);
        sum += (uint64_t)(d * d);
    }
    int32_t root = shrinc_clamp((int32_t)(shrinc_root(sum / (uint32_t)p->count) & 0x7FFFFFFFU), 0, 8388607);
    int32_t q = shrinc_requantize(root, p->multiplier, p->shift) + p->y_zero;
    y[0] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
}
