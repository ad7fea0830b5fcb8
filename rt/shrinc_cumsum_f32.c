/* Running sums, float, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cumsum.h"

static void shrinc_cumsum_f32(const shrinc_cumsum_params *p, const float *x, float *y)
{
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t at = p->first + i;
            float sum = 0.0f;
            for (int32_t k = 0; k < p->count; k++) {
                float next = sum + x[at];
                y[at] = (p->exclusive != 0) ? sum : next;
                sum = next;
                at += p->step;
            }
        }
        x += p->count * p->inner;
        y += p->count * p->inner;
    }
}
