/* Bilinear resizing, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_resize_bilinear.h"

static void shrinc_resize_bilinear_f32(const shrinc_resize_bilinear_params *p, const float *x,
                                       const int32_t *SHRINC_ROM row,
                                       const float *SHRINC_ROM row_weight,
                                       const int32_t *SHRINC_ROM col,
                                       const float *SHRINC_ROM col_weight, float *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t i = 0; i < p->y_h; i++) {
            const float *above = &x[shrinc_rom_s32(&row[2 * i])];
            const float *below = &x[shrinc_rom_s32(&row[(2 * i) + 1])];
            float down = shrinc_rom_f32(&row_weight[i]);
            for (int32_t j = 0; j < p->y_w; j++) {
                int32_t left = shrinc_rom_s32(&col[2 * j]);
                int32_t right = shrinc_rom_s32(&col[(2 * j) + 1]);
                float side = shrinc_rom_f32(&col_weight[j]);
                for (int32_t c = 0; c < p->channels; c++) {
                    float top = ((1.0f - side) * above[left + c]) + (side * above[right + c]);
                    float low = ((1.0f - side) * below[left + c]) + (side * below[right + c]);
                    y[c] = ((1.0f - down) * top) + (down * low);
                }
                y += p->channels;
            }
        }
        x += p->x_batch;
    }
}
