/* Leaky ReLU, int16, zero points 0: y = clamp(requantize(x)), with a multiplier of its own for x < 0.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LEAKY_RELU_S16_H
#define SHRINC_LEAKY_RELU_S16_H

#include "shrinc_requantize.h"

typedef struct shrinc_leaky_relu_s16_params {
    int32_t count;            /* elements */
    int32_t multiplier;       /* scale_x / scale_y */
    int32_t shift;
    int32_t alpha_multiplier; /* alpha * scale_x / scale_y, negative if alpha is */
    int32_t alpha_shift;
} shrinc_leaky_relu_s16_params;

#endif
