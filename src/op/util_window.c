/* Windows over height and width: sizes, padding, and how far an output may lie over its input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_window.h"

Status window_make(const Graph *g, const Node *n, const char *what, int32_t in, int32_t kernel,
                   int32_t stride, int32_t dilation, int32_t padding, int32_t before, int32_t after,
                   Window *out, Diag *d)
{
    *out = (Window){.in = in, .kernel = kernel, .stride = stride, .dilation = dilation};
    if (padding != PAD_EXPLICIT) {
        return window_size(g, n, what, in, kernel, stride, dilation, padding, &out->out,
                           &out->before, d);
    }
    int64_t padded = (int64_t)in + before + after;
    if (before < 0 || after < 0 || padded > INT32_MAX) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s: paddings %d and %d must be at least 0 and make sense", what, before,
                         after);
    }
    int32_t none = 0;
    TRY(window_size(g, n, what, (int32_t)padded, kernel, stride, dilation, PAD_VALID, &out->out,
                    &none, d));
    out->before = before;
    return OK;
}

/* First input position that output position O reads, INT32_MAX if it reads padding alone. */
static int32_t first_read(const Window *w, int32_t o)
{
    if (w->is_transposed) {
        int64_t spread = (int64_t)o + w->before;
        int64_t lowest = spread < w->kernel ? 0 : (spread - w->kernel) / w->stride + 1;
        return lowest < w->in && lowest * w->stride <= spread ? (int32_t)lowest : INT32_MAX;
    }
    int64_t at = (int64_t)o * w->stride - w->before;
    for (int32_t k = 0; k < w->kernel; k++) {
        if (at >= 0) {
            return at < w->in ? (int32_t)at : INT32_MAX;
        }
        at += w->dilation;
    }
    return INT32_MAX;
}

int64_t window_overlap(const Window *rows, const Window *cols, int32_t images,
                       int64_t in_pixel_bytes, int64_t out_pixel_bytes)
{
    int64_t in_bytes = (int64_t)rows->in * cols->in * in_pixel_bytes;
    int64_t out_bytes = (int64_t)rows->out * cols->out * out_pixel_bytes;
    int64_t need = in_bytes; /* lowest byte that this pixel or a later one reads */
    int64_t distance = 0;
    for (int32_t r = rows->out - 1; r >= 0; r--) {
        int32_t row = first_read(rows, r);
        for (int32_t c = cols->out - 1; c >= 0; c--) {
            int32_t col = first_read(cols, c);
            if (row != INT32_MAX && col != INT32_MAX) {
                int64_t byte = ((int64_t)row * cols->in + col) * in_pixel_bytes;
                need = byte < need ? byte : need;
            }
            int64_t written = ((int64_t)r * cols->out + c + 1) * out_pixel_bytes;
            distance = written - need > distance ? written - need : distance;
        }
    }
    int64_t drift =
        (images - 1) *
        (out_bytes - in_bytes); /* the last image starts that much later in y than in x */
    return drift > 0 ? distance + drift : distance;
}

/* Last input position that output position O reads, -1 if it reads padding alone. */
static int32_t last_read(const Window *w, int32_t o)
{
    int64_t at = (int64_t)o * w->stride - w->before + (int64_t)(w->kernel - 1) * w->dilation;
    for (int32_t k = 0; k < w->kernel; k++) {
        if (at < w->in) {
            return at >= 0 ? (int32_t)at : -1;
        }
        at -= w->dilation;
    }
    return -1;
}

int64_t window_overlap_back(const Window *rows, const Window *cols, int64_t in_pixel_bytes,
                            int64_t out_pixel_bytes)
{
    int64_t need = 0; /* end of the highest pixel that this one or an earlier one reads */
    int64_t distance = 0;
    for (int32_t r = 0; r < rows->out; r++) {
        int32_t row = last_read(rows, r);
        for (int32_t c = 0; c < cols->out; c++) {
            int32_t col = last_read(cols, c);
            if (row >= 0 && col >= 0) {
                int64_t end = ((int64_t)row * cols->in + col + 1) * in_pixel_bytes;
                need = end > need ? end : need;
            }
            int64_t written = ((int64_t)r * cols->out + c) * out_pixel_bytes;
            distance = need - written > distance ? need - written : distance;
        }
    }
    return distance;
}

static int64_t pixel_bytes(const Tensor *t)
{
    return (int64_t)t->shape.dim[3] * type_bytes(t->type);
}

int64_t layer_overlap(const Graph *g, const Node *n, const Window *rows, const Window *cols)
{
    const Tensor *x = node_in(g, n, 0);
    return window_overlap(rows, cols, x->shape.dim[0], pixel_bytes(x), pixel_bytes(node_out(g, n, 0)));
}

int64_t layer_overlap_back(const Graph *g, const Node *n, const Window *rows, const Window *cols)
{
    const Tensor *x = node_in(g, n, 0);
    if (x->type != TYPE_S8 || x->shape.dim[0] != 1) {
        return tensor_bytes(x);
    }
    return window_overlap_back(rows, cols, pixel_bytes(x), pixel_bytes(node_out(g, n, 0)));
}

int64_t rows_overlap(int64_t rows, int64_t x_row_bytes, int64_t y_row_bytes)
{
    return y_row_bytes > x_row_bytes ? y_row_bytes + (rows - 1) * (y_row_bytes - x_row_bytes)
                                     : y_row_bytes;
}
