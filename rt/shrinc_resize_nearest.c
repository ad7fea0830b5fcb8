/* Nearest neighbour, any type, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_resize_nearest.h"

static void shrinc_resize_nearest(const shrinc_resize_nearest_params *p, const int8_t *x, const int32_t *SHRINC_ROM row,
                                  const int32_t *SHRINC_ROM col, int8_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t i = 0; i < p->y_h; i++) {
            const int8_t *line = &x[shrinc_rom_s32(&row[i])];
            for (int32_t j = 0; j < p->y_w; j++) {
                (void)memcpy(y, &line[shrinc_rom_s32(&col[j])], (size_t)p->bytes);
                y += p->bytes;
            }
        }
        x += p->x_batch;
    }
}
