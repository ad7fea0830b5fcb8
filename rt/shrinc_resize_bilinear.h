/* Bilinear resizing. ROW holds two numbers an output row: offsets in elements of the input rows
 * above and below; ROW_WEIGHT the weight of the one below (int8: in 1/1024). COL and COL_WEIGHT
 * alike an output column.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RESIZE_BILINEAR_H
#define SHRINC_RESIZE_BILINEAR_H

#include "shrinc_base.h"

typedef struct shrinc_resize_bilinear_params {
    int32_t batches;
    int32_t x_batch; /* elements of an image of x */
    int32_t y_h;     /* size of y in pixels */
    int32_t y_w;
    int32_t channels;
} shrinc_resize_bilinear_params;

#endif
