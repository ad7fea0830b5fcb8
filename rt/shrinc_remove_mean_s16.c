/* Mean removal, int16, portable C. x and y may be the same array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_remove_mean_s16.h"

static void shrinc_remove_mean_s16(const shrinc_remove_mean_s16_params *p, const int16_t *x, int32_t *mean,
                                   int16_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        const int16_t *from = x;
        (void)memset(mean, 0, (size_t)p->channels * sizeof *mean);
        for (int32_t i = 0; i < p->count; i++) {
            for (int32_t c = 0; c < p->channels; c++) {
                mean[c] += from[c];
            }
            from += p->channels;
        }
        for (int32_t c = 0; c < p->channels; c++) {
            mean[c] = shrinc_divide_s32(mean[c], p->count);
        }
        for (int32_t i = 0; i < p->count; i++) {
            for (int32_t c = 0; c < p->channels; c++) {
                y[c] = (int16_t)shrinc_clamp(x[c] - mean[c], INT16_MIN, INT16_MAX);
            }
            x += p->channels;
            y += p->channels;
        }
    }
}
