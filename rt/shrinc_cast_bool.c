/* Conversion of integers to truth values, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_cast_bool.h"

static void shrinc_cast_bool(const shrinc_cast_bool_params *p, const uint8_t *x, uint8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        uint32_t bits = 0;
        for (int32_t k = 0; k < p->width; k++) {
            bits |= x[k];
        }
        y[i] = (bits != 0u) ? 1u : 0u;
        x += p->width;
    }
}
