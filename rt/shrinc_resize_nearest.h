/* Nearest neighbour: y[b][i][j] = x[b][row[i]][col[j]], pixels of BYTES bytes; the tables are made ahead of time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RESIZE_NEAREST_H
#define SHRINC_RESIZE_NEAREST_H

#include "shrinc_base.h"

typedef struct shrinc_resize_nearest_params {
    int32_t batches;
    int32_t x_batch; /* bytes of an image of x */
    int32_t y_h;     /* size of y in pixels */
    int32_t y_w;
    int32_t bytes;   /* of a pixel */
} shrinc_resize_nearest_params;

#endif
