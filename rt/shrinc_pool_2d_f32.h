/* The window that both poolings move over an image of float.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_POOL_2D_F32_H
#define SHRINC_POOL_2D_F32_H

#include "shrinc_pool_span.h"

typedef struct shrinc_pool_2d_f32_params {
    int32_t in_height;
    int32_t in_width;
    int32_t channels;
    int32_t out_width;
    int32_t in_ring;   /* rows of x in memory: row r lies at r % in_ring */
    int32_t out_ring;  /* rows of y in memory */
    int32_t first_row; /* rows of y to compute: first_row .. first_row + row_count - 1 */
    int32_t row_count;
    int32_t filter_height;
    int32_t filter_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t pad_top;
    int32_t pad_left;
    float y_min;       /* clamp */
    float y_max;
} shrinc_pool_2d_f32_params;

#endif
