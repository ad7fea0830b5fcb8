/* Inner product of int16 values and int8 weights.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DOT_S16_H
#define SHRINC_DOT_S16_H

#include "shrinc_base.h"

/* sum + x[0]*w[0] + ... + x[count-1]*w[count-1]; the weights may lie in program memory. */
static inline int64_t shrinc_dot_s16(int64_t sum, const int16_t *x, const int8_t *SHRINC_ROM w, int32_t count)
{
    const int16_t *end = &x[count];
    while (x < end) {
        sum += (int32_t)*x * shrinc_rom_s8(w);
        x++;
        w++;
    }
    return sum;
}

#endif
