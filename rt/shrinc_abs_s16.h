/* Absolute value, int16, zero points 0: y = clamp(requantize(|x|)).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ABS_S16_H
#define SHRINC_ABS_S16_H

#include "shrinc_requantize.h"

typedef struct shrinc_abs_s16_params {
    int32_t count;      /* elements */
    int32_t multiplier; /* scale_x / scale_y */
    int32_t shift;
} shrinc_abs_s16_params;

#endif
