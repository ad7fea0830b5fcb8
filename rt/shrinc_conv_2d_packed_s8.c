/* 2-D convolution, two pixels at a time by packed weights, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_conv_2d_packed.h"
#include "shrinc_gemm.h"

/* COUNT inputs at X as quads. */
static inline int32_t *shrinc_conv_2d_put(int32_t *patch, const int8_t *x, int32_t count)
{
    return (count < 4) ? shrinc_patch_put_few(patch, x, count) : shrinc_patch_put(patch, x, count);
}

/* A run that leaves x at the left or the right: by way of EDGE. */
static inline int32_t *shrinc_conv_2d_put_edge(const shrinc_conv_2d_packed_params *p, int32_t at_col, const int8_t *row,
                                               int8_t *edge, int32_t *patch)
{
    int8_t *out = edge;
    for (int32_t tap = at_col; tap < (at_col + p->run_taps); tap++) {
        int32_t inside = ((tap >= 0) && (tap < p->in_width)) ? 1 : 0;
        for (int32_t c = 0; c < p->in_channels; c++) {
            *out = (inside != 0) ? row[(tap * p->in_channels) + c] : (int8_t)p->x_zero;
            out++;
        }
    }
    return shrinc_conv_2d_put(patch, edge, p->run_taps * p->in_channels);
}

/* The runs of one row of the kernel; ROW is the input's. */
static inline int32_t *shrinc_conv_2d_put_row(const shrinc_conv_2d_packed_params *p, int32_t at_col, const int8_t *row,
                                              int8_t *edge, int32_t *patch)
{
    for (int32_t kx = 0; kx < p->kernel_w; kx += p->run_taps) {
        if ((at_col >= 0) && ((at_col + p->run_taps) <= p->in_width)) {
            patch = shrinc_conv_2d_put(patch, &row[at_col * p->in_channels], p->run_taps * p->in_channels);
        } else {
            patch = shrinc_conv_2d_put_edge(p, at_col, row, edge, patch);
        }
        at_col += p->dilation_w;
    }
    return patch;
}

/* One pixel's inputs, from row AT_ROW and column AT_COL on. */
static void shrinc_conv_2d_gather(const shrinc_conv_2d_packed_params *p, int32_t at_row, int32_t at_col,
                                  const int8_t *x, int8_t *edge, int32_t *patch)
{
    int32_t row_quads = p->quads / p->kernel_h;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        if ((at_row < 0) || (at_row >= p->in_height)) {
            patch = shrinc_patch_fill(patch, p->x_zero, row_quads);
        } else {
            int32_t slot = shrinc_ring_slot(at_row, p->in_ring);
            patch = shrinc_conv_2d_put_row(p, at_col, &x[slot * p->in_width * p->in_channels], edge, patch);
        }
        at_row += p->dilation_h;
    }
}

/* Both pixels' outputs; the first one's alone if Y0 is Y1. */
static inline void shrinc_conv_2d_pair(const shrinc_conv_2d_packed_params *p, const int32_t *patch,
                                       const int32_t *SHRINC_ROM packed, int8_t *y0, int8_t *y1)
{
    shrinc_gemm g;
    g.patch = patch;
    g.packed = packed;
    g.y0 = y0;
    g.y1 = y1;
    g.quads = p->quads;
    shrinc_gemm_run(&g, p->out_channels);
    shrinc_packed_clamp(y0, p->out_channels, p->y_min, p->y_max);
    shrinc_packed_clamp(y1, p->out_channels, p->y_min, p->y_max);
}

static void shrinc_conv_2d_packed_s8(const shrinc_conv_2d_packed_params *p, const int8_t *x,
                                     const int32_t *SHRINC_ROM packed, int32_t *patch, int8_t *edge, int8_t *y)
{
    int32_t step = (p->backward != 0) ? -1 : 1;
    int32_t row = (p->backward != 0) ? (p->first_row + p->row_count - 1) : p->first_row;
    int8_t *first = y;
    int32_t waiting = 0; /* pixels in the patch: FIRST is where its output goes */
    for (int32_t rows = p->row_count; rows > 0; rows--) {
        int32_t at_row = (row * p->stride_h) - p->pad_top;
        int8_t *out = &y[shrinc_ring_slot(row, p->out_ring) * p->out_width * p->out_channels];
        int32_t col = (p->backward != 0) ? (p->out_width - 1) : 0;
        for (int32_t cols = p->out_width; cols > 0; cols--) {
            int8_t *pixel = &out[col * p->out_channels];
            shrinc_conv_2d_gather(p, at_row, (col * p->stride_w) - p->pad_left, x, edge, &patch[waiting]);
            if (waiting != 0) {
                shrinc_conv_2d_pair(p, patch, packed, first, pixel);
            }
            first = pixel;
            waiting = 1 - waiting;
            col += step;
        }
        row += step;
    }
    if (waiting != 0) {
        shrinc_conv_2d_pair(p, patch, packed, first, first);
    }
}
