/* Average pooling, s16: y[i][j][c] = clamp(mean of x[i*sh-pad_top+k][j*sw-pad_left+l][c] over the
 * taps k, l that lie on the image, rounded half away from zero). Rows, pixels and channels are
 * written in this order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_pool_2d.h"

static void shrinc_average_pool_2d_s16(const shrinc_pool_2d_params *p, const int16_t *x, int16_t *y)
{
    const int32_t channels = p->channels;
    const int32_t x_row = p->in_width * channels;
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        const shrinc_pool_span v =
            shrinc_pool_clip((row * p->stride_height) - p->pad_top, p->filter_height, p->in_height);
        const int32_t first_slot = v.first % p->in_ring;
        int16_t *out = &y[(row % p->out_ring) * p->out_width * channels];
        for (int32_t column = 0; column < p->out_width; column++) {
            const shrinc_pool_span h = shrinc_pool_clip((column * p->stride_width) - p->pad_left,
                                                        p->filter_width, p->in_width);
            const int32_t n = (v.end - v.first) * (h.end - h.first);
            const int32_t half = n / 2;
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = 0;
                int32_t slot = first_slot;
                for (int32_t i = v.first; i < v.end; i++) {
                    const int16_t *tap = &x[(slot * x_row) + (h.first * channels) + c];
                    for (int32_t j = h.first; j < h.end; j++) {
                        sum += *tap;
                        tap += channels;
                    }
                    slot = ((slot + 1) == p->in_ring) ? 0 : (slot + 1);
                }
                sum = ((sum > 0) ? (sum + half) : (sum - half)) / n;
                out[c] = (int16_t)shrinc_clamp(sum, p->y_min, p->y_max);
            }
            out += channels;
        }
    }
}
