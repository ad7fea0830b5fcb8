/* Logarithm of softmax, float, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_log_softmax.h"

#include <math.h>

static void shrinc_log_softmax_f32(const shrinc_log_softmax_params *p, const float *x, float *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        float largest = x[0];
        for (int32_t c = 1; c < p->depth; c++) {
            largest = (x[c] > largest) ? x[c] : largest;
        }
        float sum = 0.0f;
        for (int32_t c = 0; c < p->depth; c++) {
            sum += expf(x[c] - largest);
        }
        float log_sum = logf(sum);
        for (int32_t c = 0; c < p->depth; c++) {
            y[c] = (x[c] - largest) - log_sum;
        }
        x += p->depth;
        y += p->depth;
    }
}
