/* Depthwise convolution's inner loop for RISC-V.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TAPS_RISCV_H
#define SHRINC_TAPS_RISCV_H

#include "shrinc_packed.h"

#if SHRINC_HAS_RISCV
/* Adds the products of COUNT taps to SUM[0] .. SUM[3]; SUM[4] is the offset of pixel and channel. */
static inline void shrinc_taps_add(const int8_t *const *tap, const int32_t *w, int32_t count, int32_t *sum)
{
    const int8_t *const *end = &tap[count];
    int32_t sum0 = sum[0];
    int32_t sum1 = sum[1];
    int32_t sum2 = sum[2];
    int32_t sum3 = sum[3];
    for (; tap != end; tap++) {
        const int8_t *x = &(*tap)[sum[4]];
        sum0 += x[0] * shrinc_half_at(w, 0);
        sum1 += x[1] * shrinc_half_at(w, 2);
        sum2 += x[2] * shrinc_half_at(w, 1);
        sum3 += x[3] * shrinc_half_at(w, 3);
        w += 2;
    }
    sum[0] = sum0;
    sum[1] = sum1;
    sum[2] = sum2;
    sum[3] = sum3;
}
#endif

#endif
