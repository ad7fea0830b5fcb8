/* Index of the largest or smallest element, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_arg.h"

static void shrinc_arg_f32(const shrinc_arg_params *p, const float *x, uint8_t *y)
{
    for (int32_t o = 0; o < p->outer; o++) {
        for (int32_t i = 0; i < p->inner; i++) {
            float best = x[i] * (float)p->sign;
            int32_t index = 0;
            for (int32_t k = 1; k < p->count; k++) {
                float v = x[(k * p->inner) + i] * (float)p->sign;
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
