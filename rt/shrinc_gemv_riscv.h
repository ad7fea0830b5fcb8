/* One row of inputs by packed weights, for RISC-V.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GEMV_RISCV_H
#define SHRINC_GEMV_RISCV_H

#include "shrinc_packed.h"

#if SHRINC_HAS_RISCV
/* Adds A times input I of both pairs of channels. */
static inline void shrinc_gemv_input(int32_t a, const int32_t *w, int32_t i, shrinc_packed_sums *s)
{
    s->both01 += (uint32_t)(a * shrinc_half_at(w, i));
    s->first0 += a * shrinc_byte_at(w, 2 * i);
    s->both23 += (uint32_t)(a * shrinc_half_at(w, i + 2));
    s->first2 += a * shrinc_byte_at(w, 2 * (i + 2));
}

/* Adds the products of QUADS quads to S. */
static inline void shrinc_gemv_row(const int8_t *x, const int32_t *w, int32_t quads, shrinc_packed_sums *s)
{
    const int8_t *end = &x[4 * quads];
    shrinc_packed_sums sums = *s;
    for (; x != end; x += 4) {
        shrinc_gemv_input(x[0], w, 0, &sums);
        shrinc_gemv_input(x[2], w, 1, &sums);
        shrinc_gemv_input(x[1], &w[2], 0, &sums);
        shrinc_gemv_input(x[3], &w[2], 1, &sums);
        w += 4;
    }
    *s = sums;
}
#endif

#endif
