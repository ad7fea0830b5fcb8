/* What RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_RESIZE_H
#define SHRINC_OP_UTIL_RESIZE_H

#include "op/op.h"

typedef struct ResizeAttr {
    bool align_corners, half_pixel_centers;
} ResizeAttr;

/* x [batch, height, width, channels] to the constant [height, width] of input 1. */
Status resize_infer(Graph *g, Node *n, Diag *d);
/* Op.channels: each apart. */
Channels resize_channels(const Graph *g, const Node *n);

#endif
