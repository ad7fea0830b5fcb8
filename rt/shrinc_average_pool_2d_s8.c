/* Average pooling, s8: y[i][j][c] = clamp(mean of x[i*sh-pad_top+k][j*sw-pad_left+l][c] over the
 * taps k, l that lie on the image, rounded half away from zero). Rows, pixels and channels are
 * written in this order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_average.h"
#include "shrinc_pool_2d.h"
#include "shrinc_simd.h"

/* The taps of one output pixel, N of them. */
typedef struct shrinc_average_window {
    shrinc_pool_span v;
    shrinc_pool_span h;
    int32_t n;
} shrinc_average_window;

/* One channel; X is its element in the first row of the memory. */
static inline int32_t shrinc_average_sum(const shrinc_pool_2d_params *p, const shrinc_average_window *w,
                                         const int8_t *x)
{
    int32_t sum = 0;
    int32_t slot = w->v.first % p->in_ring;
    for (int32_t i = w->v.first; i < w->v.end; i++) {
        const int8_t *tap = &x[((slot * p->in_width) + w->h.first) * p->channels];
        for (int32_t j = w->h.first; j < w->h.end; j++) {
            sum += *tap;
            tap += p->channels;
        }
        slot = ((slot + 1) == p->in_ring) ? 0 : (slot + 1);
    }
    return sum;
}

/* Four channels side by side, of at most 255 taps. */
static inline void shrinc_average_four(const shrinc_pool_2d_params *p, const shrinc_average_window *w, const int8_t *x,
                                       int8_t *out)
{
    int32_t even = 0;
    int32_t odd = 0;
    int32_t slot = w->v.first % p->in_ring;
    for (int32_t i = w->v.first; i < w->v.end; i++) {
        const int8_t *tap = &x[((slot * p->in_width) + w->h.first) * p->channels];
        for (int32_t j = w->h.first; j < w->h.end; j++) {
            uint32_t word = shrinc_load4(tap);
            even = shrinc_add_even_bytes(even, word);
            odd = shrinc_add_odd_bytes(odd, word);
            tap += p->channels;
        }
        slot = ((slot + 1) == p->in_ring) ? 0 : (slot + 1);
    }
    out[0] = shrinc_average_of(shrinc_low_half(even), w->n, p->y_min, p->y_max);
    out[1] = shrinc_average_of(shrinc_low_half(odd), w->n, p->y_min, p->y_max);
    out[2] = shrinc_average_of(shrinc_high_half(even), w->n, p->y_min, p->y_max);
    out[3] = shrinc_average_of(shrinc_high_half(odd), w->n, p->y_min, p->y_max);
}

static void shrinc_average_pool_2d_s8(const shrinc_pool_2d_params *p, const int8_t *x, int8_t *y)
{
    for (int32_t row = p->first_row; row < (p->first_row + p->row_count); row++) {
        shrinc_average_window w;
        int8_t *out = &y[(row % p->out_ring) * p->out_width * p->channels];
        w.v = shrinc_pool_clip((row * p->stride_height) - p->pad_top, p->filter_height, p->in_height);
        for (int32_t column = 0; column < p->out_width; column++) {
            int32_t c = 0;
            w.h = shrinc_pool_clip((column * p->stride_width) - p->pad_left, p->filter_width, p->in_width);
            w.n = (w.v.end - w.v.first) * (w.h.end - w.h.first);
            while (((c + 4) <= p->channels) && (w.n <= 255)) {
                shrinc_average_four(p, &w, &x[c], &out[c]);
                c += 4;
            }
            while (c < p->channels) {
                out[c] = shrinc_average_of(shrinc_average_sum(p, &w, &x[c]), w.n, p->y_min, p->y_max);
                c++;
            }
            out += p->channels;
        }
    }
}
