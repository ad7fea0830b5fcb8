/* Fully connected layer, int8 weights on floats, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fully_connected_hybrid.h"

/* q: room for one row of x. */
static void shrinc_fully_connected_hybrid(const shrinc_fully_connected_hybrid_params *p, const float *x,
                                          const int8_t *SHRINC_ROM weights, const float *SHRINC_ROM w_scale,
                                          const float *SHRINC_ROM bias, int8_t *q, float *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        shrinc_hybrid_scale s = shrinc_hybrid_quantize(x, p->in_count, p->asymmetric, q);
        const int8_t *w = weights;
        for (int32_t o = 0; o < p->out_count; o++) {
            int32_t sum = shrinc_hybrid_dot(0, q, s.zero, w, p->in_count);
            float v = (float)sum * (s.scale * shrinc_rom_f32(&w_scale[o * p->channel_step]));
            *y = shrinc_clamp_f32(v + shrinc_rom_f32(&bias[o]), p->y_min, p->y_max);
            y++;
            w += p->in_count;
        }
        x += p->in_count;
    }
}
