/* Quantisation from float to int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_quantize_f32.h"

static void shrinc_quantize_f32_s16(const shrinc_quantize_f32_params *p, const float *x, int16_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (int16_t)shrinc_quantize_f32(x[i], p);
    }
}
