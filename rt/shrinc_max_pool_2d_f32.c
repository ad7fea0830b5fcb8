/* Max pooling, f32: y[i][j][c] = clamp(max of x[i*sh-pad_top+k][j*sw-pad_left+l][c] over the taps
 * k, l that lie on the image). Starting from y_min does the lower clamp. Rows, pixels and channels
 * are written in this order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_pool_2d_f32.h"

static void shrinc_max_pool_2d_f32(const shrinc_pool_2d_f32_params *p, const float *x, float *y)
{
    const int32_t channels = p->channels;
    const int32_t x_row = p->in_width * channels;
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        const shrinc_pool_span v =
            shrinc_pool_clip((row * p->stride_height) - p->pad_top, p->filter_height, p->in_height);
        const int32_t first_slot = v.first % p->in_ring;
        float *out = &y[(row % p->out_ring) * p->out_width * channels];
        for (int32_t column = 0; column < p->out_width; column++) {
            const shrinc_pool_span h = shrinc_pool_clip((column * p->stride_width) - p->pad_left,
                                                        p->filter_width, p->in_width);
            for (int32_t c = 0; c < channels; c++) {
                float most = p->y_min;
                int32_t slot = first_slot;
                for (int32_t i = v.first; i < v.end; i++) {
                    const float *tap = &x[(slot * x_row) + (h.first * channels) + c];
                    for (int32_t j = h.first; j < h.end; j++) {
                        most = (*tap > most) ? *tap : most;
                        tap += channels;
                    }
                    slot = ((slot + 1) == p->in_ring) ? 0 : (slot + 1);
                }
                out[c] = (most > p->y_max) ? p->y_max : most;
            }
            out += channels;
        }
    }
}
