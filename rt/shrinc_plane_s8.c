/* Sum or difference of two int8 tensors by a plane.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_plane_s8.h"

static void shrinc_plane_s8(const shrinc_plane_s8_params *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const int8_t *end = &a[p->count];
    while (a < end) {
        int32_t sum = (*a * p->a_slope) + (*b * p->b_slope) + p->offset;
        *y = (int8_t)shrinc_clamp(sum >> p->shift, p->y_min, p->y_max);
        a++;
        b++;
        y++;
    }
}
