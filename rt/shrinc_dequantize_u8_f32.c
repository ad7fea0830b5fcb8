/* Conversion from uint8 to float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_dequantize.h"

static void shrinc_dequantize_u8_f32(const shrinc_dequantize_params *p, const uint8_t *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t steps = (int32_t)x[i] - p->zero;
        y[i] = (float)steps * p->scale;
    }
}
