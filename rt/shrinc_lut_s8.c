/* A function of one byte by table, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_lut_s8.h"

static void shrinc_lut_s8(const shrinc_lut_s8_params *p, const int8_t *SHRINC_ROM table, const int8_t *x, int8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = shrinc_rom_s8(&table[(uint8_t)x[i]]);
    }
}
