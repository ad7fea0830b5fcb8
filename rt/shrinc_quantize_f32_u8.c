/* Quantisation from float to uint8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_quantize_f32.h"

static void shrinc_quantize_f32_u8(const shrinc_quantize_f32_params *p, const float *x, uint8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (uint8_t)shrinc_quantize_f32(x[i], p);
    }
}
