/* Windows over height and width: sizes, padding, overlap.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_WINDOW_H
#define SHRINC_OP_UTIL_WINDOW_H

#include "op/op.h"

/* Sliding window along one axis. */
typedef struct Window {
    int32_t in, out; /* positions */
    int32_t kernel, stride, dilation;
    int32_t before; /* padding in front */
    bool
        is_transposed; /* position i of the input meets positions i*stride - before + k of the output */
} Window;

/* Members that the params of every kernel with a window have, as initialisers from two Windows. */
#define WINDOW_FIELDS(rows, cols)                                                                  \
    .in_height = (rows)->in, .in_width = (cols)->in, .out_width = (cols)->out,                     \
    .kernel_h = (int16_t)(rows)->kernel, .kernel_w = (int16_t)(cols)->kernel,                      \
    .stride_h = (int16_t)(rows)->stride, .stride_w = (int16_t)(cols)->stride,                      \
    .pad_top = (int16_t)(rows)->before, .pad_left = (int16_t)(cols)->before
/* Where taps may lie apart. */
#define WINDOW_DILATION(rows, cols)                                                                \
    .dilation_h = (int16_t)(rows)->dilation, .dilation_w = (int16_t)(cols)->dilation
/* Of kernels that go by rows: all rows, each in memory. */
#define WINDOW_ROWS(rows) .row_count = (rows)->out, .in_ring = (rows)->in, .out_ring = (rows)->out

/* Fills a window from attributes: PADDING as in the model, BEFORE and AFTER only used with PAD_EXPLICIT. */
Status window_make(const Graph *g, const Node *n, const char *what, int32_t in, int32_t kernel,
                   int32_t stride, int32_t dilation, int32_t padding, int32_t before, int32_t after,
                   Window *out, Diag *d) MUST_CHECK;
/* Overlap (see Op.overlap) of a kernel that goes over images, output rows, pixels and then all channels of a pixel,
 * each reading the pixel's whole window. PIXEL_BYTES: all channels of a pixel. */
int64_t window_overlap(const Window *rows, const Window *cols, int32_t images,
                       int64_t in_pixel_bytes, int64_t out_pixel_bytes);
/* The same running backward, for one image: the smallest legal (address of y) - (address of x). */
int64_t window_overlap_back(const Window *rows, const Window *cols, int64_t in_pixel_bytes,
                            int64_t out_pixel_bytes);
/* Both for a layer whose input 0 and output 0 are NHWC images; only s8 kernels of one image run backward. */
int64_t layer_overlap(const Graph *g, const Node *n, const Window *rows, const Window *cols);
int64_t layer_overlap_back(const Graph *g, const Node *n, const Window *rows, const Window *cols);
/* Overlap of a kernel that computes a row of y from the row of x with the same number, rows ascending. */
int64_t rows_overlap(int64_t rows, int64_t x_row_bytes, int64_t y_row_bytes);

#endif
