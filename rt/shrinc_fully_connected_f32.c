/* Fully connected layer, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fully_connected_f32.h"

static void shrinc_fully_connected_f32(const shrinc_fully_connected_f32_params *p, const float *x,
                                      const float *SHRINC_ROM weights, const float *SHRINC_ROM bias,
                                      float *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        const float *w = weights;
        for (int32_t o = 0; o < p->out_count; o++) {
            float sum = shrinc_dot_f32(0.0f, x, w, p->in_count);
            *y = shrinc_clamp_f32(sum + shrinc_rom_f32(&bias[o]), p->y_min, p->y_max);
            y++;
            w += p->in_count;
        }
        x += p->in_count;
    }
}
