/* Convolutions for training: forward, and backward to the input and to the weights.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_CONV_H
#define SHRINC_OP_UTIL_CONV_H

#include "op/util_window.h"

/* y[r][c][o] = sum over ky, kx, i of w(o, ky, kx, i) * x[r*s + ky*d - p][c*s + kx*d - p][i], channels in
 * groups. Images are [height][width][channels]. */
typedef struct Conv {
    Window rows, cols;
    int32_t in, out, groups; /* channels of x and y */
    int64_t w_out, w_tap,
        w_in; /* where w(o, ky, kx, i) lies: o * w_out + (ky * width + kx) * w_tap +
                                  * i * w_in; I counts within the group */
    /* set by conv_plan */
    int32_t x_h, x_w;            /* of x with its borders */
    bool pads_x, pads_y;         /* borders are needed */
    int32_t top, left, y_h, y_w; /* dy with borders of zeros */
    const int32_t *off; /* [taps * in / groups] elements of x with borders under a window */
} Conv;

/* What happens to a sum before it is stored. */
typedef struct ConvEnd {
    const float *bias; /* [channels] or NULL */
    int32_t act;
    bool add; /* to what is there; then without bias and activation */
} ConvEnd;

/* A copy with everything filled in. */
const Conv *conv_plan(const Conv *c, Arena *a);
/* Floats of IMAGES images of x with borders; 0 if there are none (then x itself is used). */
int64_t conv_x_count(const Conv *c, int64_t images);
void conv_pad_x(const Conv *c, int64_t images, const float *x, float *padded);
/* Floats of work space that each of the following needs. */
int64_t conv_work_count(const Conv *c, int64_t images);
/* X with borders, from conv_pad_x, or as it is where it needs none. */
void conv_forward(const Conv *c, int64_t images, const float *x, const float *w, ConvEnd end,
                  float *y, float *work);
void conv_backward_x(const Conv *c, int64_t images, const float *dy, const float *w, ConvEnd end,
                     float *dx, float *work);
/* dw = or += sum over the images; reads up to GEMM_COLS - 1 floats beyond dy. */
void conv_backward_w(const Conv *c, int64_t images, const float *x, const float *dy, bool set,
                     float *dw, float *work);

#endif
