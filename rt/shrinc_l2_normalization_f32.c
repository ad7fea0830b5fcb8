/* Rows divided by their length, float, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_l2_normalization.h"

#include <math.h>

static void shrinc_l2_normalization_f32(const shrinc_l2_normalization_params *p, const float *x, float *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        float sum = 0.0f;
        for (int32_t c = 0; c < p->depth; c++) {
            sum += x[c] * x[c];
        }
        float length = sqrtf(sum);
        length = (length > 1e-6f) ? length : 1e-6f;
        for (int32_t c = 0; c < p->depth; c++) {
            y[c] = x[c] / length;
        }
        x += p->depth;
        y += p->depth;
    }
}
