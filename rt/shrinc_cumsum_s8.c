/* Running sums, int8, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cumsum.h"

static void shrinc_cumsum_s8(const shrinc_cumsum_params *p, const int8_t *x, int8_t *y)
{
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t at = p->first + i;
            uint32_t sum = (uint32_t)p->start; /* wraps, as in the reference */
            for (int32_t k = 0; k < p->count; k++) {
                int32_t v = shrinc_requantize((x[at] - p->x_zero) * ((int32_t)1 << 20), (int32_t)1 << 30, 0);
                uint32_t next = sum + (uint32_t)v;
                int32_t shown = (int32_t)((p->exclusive != 0) ? sum : next);
                shown = shrinc_requantize(shown, p->multiplier, p->shift) + p->y_zero;
                y[at] = (int8_t)shrinc_clamp(shown, INT8_MIN, INT8_MAX);
                sum = next;
                at += p->step;
            }
        }
        x += p->count * p->inner;
        y += p->count * p->inner;
    }
}
