/* Copies runs of bytes: the innermost loop of a strided copy where both sides are contiguous.
 * A run may overlap its own target.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_copy.h"

static void shrinc_copy_bytes(const shrinc_copy_params *p, const int8_t *x, int8_t *y)
{
    int32_t x0 = 0;
    int32_t y0 = 0;
    for (int32_t a = 0; a < p->count[0]; a++) {
        int32_t x1 = x0;
        int32_t y1 = y0;
        for (int32_t b = 0; b < p->count[1]; b++) {
            int32_t x2 = x1;
            int32_t y2 = y1;
            for (int32_t c = 0; c < p->count[2]; c++) {
                int32_t x3 = x2;
                int32_t y3 = y2;
                for (int32_t d = 0; d < p->count[3]; d++) {
                    (void)memmove(&y[y3], &x[x3], (size_t)p->count[4]);
                    x3 += p->x_step[3];
                    y3 += p->y_step[3];
                }
                x2 += p->x_step[2];
                y2 += p->y_step[2];
            }
            x1 += p->x_step[1];
            y1 += p->y_step[1];
        }
        x0 += p->x_step[0];
        y0 += p->y_step[0];
    }
}
