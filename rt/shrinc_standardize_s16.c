/* Features to a common scale, int16 to int16, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_standardize.h"

static void shrinc_standardize_s16(const shrinc_standardize_params *p, const int16_t *x,
                                   const int32_t *SHRINC_ROM offset, const int32_t *SHRINC_ROM multiplier,
                                   const int8_t *SHRINC_ROM shift, int16_t *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        for (int32_t i = 0; i < p->count; i++) {
            int32_t v = ((int32_t)x[i] * 256) - shrinc_rom_s32(&offset[i]);
            int32_t q = shrinc_requantize(v, shrinc_rom_s32(&multiplier[i]), shrinc_rom_s8(&shift[i])) + p->y_zero;
            y[i] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
        }
        x += p->count;
        y += p->count;
    }
}
