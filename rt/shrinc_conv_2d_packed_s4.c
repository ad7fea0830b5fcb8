/* 2-D convolution, two pixels at a time by packed weights of 4 bits, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_conv_2d_patch.h"
#include "shrinc_gemm_nibbles.h"

/* Both pixels' outputs; they may be the same. */
static void shrinc_nibbles_pair(const shrinc_conv_2d_packed_params *p, const shrinc_conv_2d_place *at, const int8_t *x,
                                const int32_t *SHRINC_ROM packed, int32_t *patch, int8_t *edge)
{
    shrinc_gemm g;
    int8_t *y0 = at[0].y;
    int8_t *y1 = at[1].y;
    g.patch = patch;
    g.packed = packed;
    g.y0 = y0;
    g.y1 = y1;
    g.quads = p->quads;
    g.line = p->line;
    shrinc_conv_2d_gather_pair(p, at, x, patch, edge);
    shrinc_nibbles_run(&g, p->out_channels);
    shrinc_packed_clamp(y0, p->out_channels, p->y_min, p->y_max);
    shrinc_packed_clamp(y1, p->out_channels, p->y_min, p->y_max);
}

static void shrinc_conv_2d_packed_s4(const shrinc_conv_2d_packed_params *p, const int8_t *x,
                                     const int32_t *SHRINC_ROM packed, int32_t *patch, int8_t *edge, int8_t *y)
{
    shrinc_conv_2d_place at[2];
    int32_t step = (p->backward != 0) ? -1 : 1;
    int32_t row = (p->backward != 0) ? (p->first_row + p->row_count - 1) : p->first_row;
    int32_t waiting = 0;
    for (int32_t rows = p->row_count; rows > 0; rows--) {
        int8_t *out = &y[shrinc_ring_slot(row, p->out_ring) * p->out_width * p->out_channels];
        int32_t col = (p->backward != 0) ? (p->out_width - 1) : 0;
        for (int32_t cols = p->out_width; cols > 0; cols--) {
            at[waiting].row = (row * p->stride_h) - p->pad_top;
            at[waiting].col = (col * p->stride_w) - p->pad_left;
            at[waiting].y = &out[col * p->out_channels];
            if (waiting != 0) {
                shrinc_nibbles_pair(p, at, x, packed, patch, edge);
            }
            waiting = 1 - waiting;
            col += step;
        }
        row += step;
    }
    if (waiting != 0) {
        at[1] = at[0];
        shrinc_nibbles_pair(p, at, x, packed, patch, edge);
    }
}
