/* Fill, int32_t elements.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fill_s32.h"

static void shrinc_fill_s32(const shrinc_fill_s32_params *p, int32_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = p->value;
    }
}
