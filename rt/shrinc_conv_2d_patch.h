/* The inputs of two pixels of a convolution as a patch (shrinc_gemm.h), and the order of the pixels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CONV_2D_PATCH_H
#define SHRINC_CONV_2D_PATCH_H

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
    int32_t channels = p->in_channels;
    int32_t count = p->run_taps * channels;
    int32_t first = shrinc_clamp(-at_col * channels, 0, count);
    int32_t end = shrinc_clamp((p->in_width - at_col) * channels, first, count);
    const int8_t *x = &row[(at_col * channels) + first];
    int32_t k = 0;
    while (k < first) {
        edge[k] = (int8_t)p->x_zero;
        k++;
    }
    while (k < end) {
        edge[k] = *x;
        x++;
        k++;
    }
    while (k < count) {
        edge[k] = (int8_t)p->x_zero;
        k++;
    }
    return shrinc_conv_2d_put(patch, edge, count);
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
static inline void shrinc_conv_2d_gather(const shrinc_conv_2d_packed_params *p, int32_t at_row, int32_t at_col,
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

/* A pixel of y and where its window begins. */
typedef struct shrinc_conv_2d_place {
    int32_t row;
    int32_t col;
    int8_t *y;
} shrinc_conv_2d_place;

/* True if no tap of the pixel falls outside and each row of the kernel is one run of at least 4 inputs. */
static inline int32_t shrinc_conv_2d_is_inside(const shrinc_conv_2d_packed_params *p, const shrinc_conv_2d_place *at)
{
    int32_t last_row = at->row + (((int32_t)p->kernel_h - 1) * p->dilation_h);
    return ((at->row >= 0) && (last_row < p->in_height) && (at->col >= 0) &&
            ((at->col + p->kernel_w) <= p->in_width) && (p->run_taps == p->kernel_w) &&
            ((p->run_taps * p->in_channels) >= 4))
               ? 1
               : 0;
}

/* The inputs of two such pixels. */
static inline void shrinc_conv_2d_gather_both(const shrinc_conv_2d_packed_params *p, const shrinc_conv_2d_place *at,
                                       const int8_t *x, int32_t *patch)
{
    int32_t row = p->in_width * p->in_channels;
    int32_t ring = row * p->in_ring;
    int32_t first = (shrinc_ring_slot(at[0].row, p->in_ring) * row) + (at[0].col * p->in_channels);
    int32_t second = (shrinc_ring_slot(at[1].row, p->in_ring) * row) + (at[1].col * p->in_channels);
    int32_t count = p->run_taps * p->in_channels;
    row *= p->dilation_h;
    for (int32_t left = p->kernel_h; left > 0; left--) {
        patch = shrinc_patch_put_both(patch, &x[first], &x[second], count);
        first += row;
        first -= (first >= ring) ? ring : 0;
        second += row;
        second -= (second >= ring) ? ring : 0;
    }
}

/* The inputs of two pixels, which may be the same. */
static inline void shrinc_conv_2d_gather_pair(const shrinc_conv_2d_packed_params *p, const shrinc_conv_2d_place *at,
                                       const int8_t *x, int32_t *patch, int8_t *edge)
{
    if ((shrinc_conv_2d_is_inside(p, &at[0]) != 0) && (shrinc_conv_2d_is_inside(p, &at[1]) != 0)) {
        shrinc_conv_2d_gather_both(p, at, x, patch);
    } else {
        shrinc_conv_2d_gather(p, at[0].row, at[0].col, x, edge, patch);
        shrinc_conv_2d_gather(p, at[1].row, at[1].col, x, edge, &patch[1]);
    }
}

#endif
