/* Index of the largest or smallest element, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_arg.h"

static void shrinc_arg_s8(const shrinc_arg_params *p, const int8_t *x, uint8_t *y)
{
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            int32_t best = x[i] * p->sign;
            int32_t index = 0;
            for (int32_t k = 1; k < p->count; k++) {
                int32_t v = x[(k * p->inner) + i] * p->sign;
                if (v > best) {
                    best = v;
                    index = k;
                }
            }
            uint32_t rest = (uint32_t)index;
            for (int32_t k = 0; k < p->y_bytes; k++) {
                y[k] = (uint8_t)(rest & 255U);
                rest >>= 8;
            }
            y += p->y_bytes;
        }
        x += p->count * p->inner;
    }
}
