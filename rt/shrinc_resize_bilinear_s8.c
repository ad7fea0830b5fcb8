/* Bilinear resizing, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_resize_bilinear.h"

static void shrinc_resize_bilinear_s8(const shrinc_resize_bilinear_params *p, const int8_t *x,
                                      const int32_t *SHRINC_ROM row,
                                      const int32_t *SHRINC_ROM row_weight,
                                      const int32_t *SHRINC_ROM col,
                                      const int32_t *SHRINC_ROM col_weight, int8_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t i = 0; i < p->y_h; i++) {
            const int8_t *above = &x[shrinc_rom_s32(&row[2 * i])];
            const int8_t *below = &x[shrinc_rom_s32(&row[(2 * i) + 1])];
            int32_t down = shrinc_rom_s32(&row_weight[i]);
            for (int32_t j = 0; j < p->y_w; j++) {
                int32_t left = shrinc_rom_s32(&col[2 * j]);
                int32_t right = shrinc_rom_s32(&col[(2 * j) + 1]);
                int32_t side = shrinc_rom_s32(&col_weight[j]);
                for (int32_t c = 0; c < p->channels; c++) {
                    int32_t top = ((1024 - side) * above[left + c]) + (side * above[right + c]);
                    int32_t low = ((1024 - side) * below[left + c]) + (side * below[right + c]);
                    int32_t sum = ((1024 - down) * top) + (down * low);
                    sum += (sum > 0) ? ((int32_t)1 << 19) : -((int32_t)1 << 19);
                    y[c] = (int8_t)(sum / ((int32_t)1 << 20));
                }
                y += p->channels;
            }
        }
        x += p->x_batch;
    }
}
