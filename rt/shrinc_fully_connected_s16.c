/* Fully connected layer, int16 values, int8 weights, 64-bit sums, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_dot_s16.h"
#include "shrinc_fully_connected.h"
#include "shrinc_requantize_wide.h"

static void shrinc_fully_connected_s16(const shrinc_fully_connected_params *p, const int16_t *x,
                                      const int8_t *SHRINC_ROM weights, const int64_t *SHRINC_ROM bias,
                                      const int16_t *SHRINC_ROM multiplier, const int8_t *SHRINC_ROM shift, int16_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        const int8_t *w = weights;
        for (int32_t o = 0; o < p->out_count; o++) {
            int64_t sum = shrinc_dot_s16(shrinc_rom_s64(&bias[o]), x, w, p->in_count);
            int32_t c = o * p->channel_step;
            int32_t q = shrinc_requantize_wide(sum, shrinc_rom_s16(&multiplier[c]), shrinc_rom_s8(&shift[c]));
            *y = (int16_t)shrinc_clamp(q, p->y_min, p->y_max);
            y++;
            w += p->in_count;
        }
        x += p->in_count;
    }
}
