/* Conversion from float16 to float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_widen_f16.h"

static void shrinc_widen_f16_f32(const shrinc_widen_f16_params *p, const uint16_t *SHRINC_ROM x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        uint32_t half = shrinc_rom_u16(&x[i]);
        uint32_t sign = (half & 0x8000U) << 16;
        uint32_t exponent = (half >> 10) & 31U;
        uint32_t fraction = half & 1023U;
        if (exponent == 0U) {
            y[i] = (float)fraction / 16777216.0f; /* zero, or steps of 2^-24 */
            y[i] = (sign != 0U) ? -y[i] : y[i];
        } else {
            uint32_t wide = (exponent == 31U) ? 255U : (exponent + 112U);
            uint32_t bits = sign | (wide << 23) | (fraction << 13);
            (void)memcpy(&y[i], &bits, sizeof bits);
        }
    }
}
