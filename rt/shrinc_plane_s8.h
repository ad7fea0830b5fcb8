/* Sum or difference of two int8 tensors of one shape: y = clamp((a * a_slope + b * b_slope + offset) >> shift), which
 * was found to equal the reference for all pairs of inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PLANE_S8_H
#define SHRINC_PLANE_S8_H

#include "shrinc_base.h"

typedef struct shrinc_plane_s8_params {
    int32_t count; /* elements */
    int32_t a_slope;
    int32_t b_slope;
    int32_t offset;
    int32_t shift;
    int32_t y_min; /* clamp, already quantised */
    int32_t y_max;
} shrinc_plane_s8_params;

#endif
