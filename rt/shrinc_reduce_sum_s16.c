/* Sum or mean, s16.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_reduce_sum_s8.h"

static void shrinc_reduce_sum_s16(const shrinc_reduce_sum_s8_params *p, const int16_t *x, int16_t *y)
{
    int32_t x0 = 0;
    int32_t o = 0;
    for (int32_t a = 0; a < p->kept[0]; a++) {
        int32_t x1 = x0;
        for (int32_t b = 0; b < p->kept[1]; b++) {
            int32_t x2 = x1;
            for (int32_t c = 0; c < p->kept[2]; c++) {
                int32_t sum = -p->x_zero_sum;
                int32_t x3 = x2;
                for (int32_t i = 0; i < p->reduced[0]; i++) {
                    int32_t x4 = x3;
                    for (int32_t j = 0; j < p->reduced[1]; j++) {
                        int32_t x5 = x4;
                        for (int32_t k = 0; k < p->reduced[2]; k++) {
                            sum += x[x5];
                            x5 += p->reduced_step[2];
                        }
                        x4 += p->reduced_step[1];
                    }
                    x3 += p->reduced_step[0];
                }
                sum = shrinc_requantize(sum, p->multiplier, p->shift);
                y[o] = (int16_t)shrinc_clamp(sum + p->y_zero, -32768, 32767);
                o++;
                x2 += p->kept_step[2];
            }
            x1 += p->kept_step[1];
        }
        x0 += p->kept_step[0];
    }
}
