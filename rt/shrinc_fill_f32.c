/* Fill, float elements.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fill_f32.h"

static void shrinc_fill_f32(const shrinc_fill_f32_params *p, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = p->value;
    }
}
