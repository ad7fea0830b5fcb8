/* Softmax, float. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_softmax_f32.h"

static void shrinc_softmax_f32(const shrinc_softmax_f32_params *p, const float *x, float *y)
{
    for (int32_t row = 0; row < p->rows; row++) {
        float largest = x[0];
        for (int32_t c = 1; c < p->depth; c++) {
            largest = (x[c] > largest) ? x[c] : largest;
        }
        float sum = 0.0f;
        for (int32_t c = 0; c < p->depth; c++) {
            y[c] = expf((x[c] - largest) * p->beta);
            sum += y[c];
        }
        for (int32_t c = 0; c < p->depth; c++) {
            y[c] /= sum;
        }
        x += p->depth;
        y += p->depth;
    }
}
