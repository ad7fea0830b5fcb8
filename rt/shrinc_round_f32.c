/* Nearest integer, halves to even, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_unary_f32.h"

static void shrinc_round_f32(const shrinc_unary_f32_params *p, const float *x, float *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        float low = floorf(x[i]);
        float rest = x[i] - low;
        float odd = low - (2.0f * floorf(low * 0.5f)); /* 1 if LOW is odd */
        y[i] = ((rest > 0.5f) || ((rest >= 0.5f) && (odd > 0.5f))) ? (low + 1.0f) : low;
    }
}
