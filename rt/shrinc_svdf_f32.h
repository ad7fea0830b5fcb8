/* SVDF, float: as shrinc_svdf.h without scales, y clamped by a fused activation.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SVDF_F32_H
#define SHRINC_SVDF_F32_H

#include "shrinc_base.h"
#include "shrinc_clamp_f32.h"

typedef struct shrinc_svdf_f32_params {
    int32_t batches;  /* rows of x, y and state */
    int32_t in_count; /* values in a row of x */
    int32_t units;    /* values in a row of y */
    int32_t rank;     /* filters of a unit, one after another */
    int32_t memory;   /* values that a filter remembers */
    float y_min;      /* clamp of the fused activation */
    float y_max;
} shrinc_svdf_f32_params;

#endif
