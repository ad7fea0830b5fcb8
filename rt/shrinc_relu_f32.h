/* ReLU and its kin: y = clamp(x).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RELU_F32_H
#define SHRINC_RELU_F32_H

#include "shrinc_base.h"
#include "shrinc_clamp_f32.h"

typedef struct shrinc_relu_f32_params {
    int32_t count; /* elements */
    float y_min;   /* clamp */
    float y_max;
} shrinc_relu_f32_params;

#endif
