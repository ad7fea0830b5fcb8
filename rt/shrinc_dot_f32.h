/* Inner product of floats.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DOT_F32_H
#define SHRINC_DOT_F32_H

#include "shrinc_base.h"

/* sum + x[0]*w[0] + ... + x[count-1]*w[count-1]; the weights may lie in program memory. */
static inline float shrinc_dot_f32(float sum, const float *x, const float *SHRINC_ROM w, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        sum += x[k] * shrinc_rom_f32(&w[k]);
    }
    return sum;
}

#endif
