/* Fill, int16_t elements.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fill_s16.h"

static void shrinc_fill_s16(const shrinc_fill_s16_params *p, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = p->value;
    }
}
