/* Fully connected layer, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_dot_s8.h"
#include "shrinc_fully_connected.h"
#include "shrinc_requantize.h"

static void shrinc_fully_connected_s8(const shrinc_fully_connected_params *p, const int8_t *x,
                                      const int8_t *SHRINC_ROM weights, const int32_t *SHRINC_ROM bias,
                                      const int32_t *SHRINC_ROM multiplier, const int8_t *SHRINC_ROM shift, int8_t *y)
{
    int32_t x_step = p->in_count;
    int32_t y_step = 0; /* beyond the row just written */
    if (p->backward != 0) {
        x += (p->batches - 1) * p->in_count;
        y += (p->batches - 1) * p->out_count;
        x_step = -p->in_count;
        y_step = -2 * p->out_count;
    }
    for (int32_t b = 0; b < p->batches; b++) {
        const int8_t *w = weights;
        for (int32_t o = 0; o < p->out_count; o++) {
            int32_t sum = shrinc_dot_s8(shrinc_rom_s32(&bias[o]), x, w, p->in_count);
            int32_t c = o * p->channel_step;
            sum = shrinc_requantize(sum, shrinc_rom_s32(&multiplier[c]), shrinc_rom_s8(&shift[c])) + p->y_zero;
            *y = (int8_t)shrinc_clamp(sum, p->y_min, p->y_max);
            y++;
            w += p->in_count;
        }
        x += x_step;
        y += y_step;
    }
}
