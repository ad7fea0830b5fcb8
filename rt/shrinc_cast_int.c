/* Conversion between integer types, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_int.h"

static void shrinc_cast_int(const shrinc_cast_int_params *p, const uint8_t *x, uint8_t *y)
{
    uint8_t element[8];
    for (int32_t i = 0; i < p->count; i++) {
        uint8_t fill = ((x[p->x_width - 1] & (uint32_t)p->sign) != 0u) ? UINT8_MAX : 0u;
        (void)memset(element, fill, sizeof element);
        (void)memcpy(element, x, (size_t)p->x_width);
        (void)memcpy(y, element, (size_t)p->y_width);
        x += p->x_width;
        y += p->y_width;
    }
}
