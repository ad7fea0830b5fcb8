/* From one quantised type, scale and zero point to another: y = clamp(zero_y + requantize(x - zero_x)).
 * With equal scales and a narrower clamp this is a ReLU.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RESCALE_H
#define SHRINC_RESCALE_H

#include "shrinc_requantize.h"

typedef struct shrinc_rescale_params {
    int32_t count;      /* elements */
    int32_t x_zero;     /* zero points */
    int32_t y_zero;
    int32_t multiplier; /* scale_x / scale_y */
    int32_t shift;
    int32_t y_min;      /* clamp, already quantised */
    int32_t y_max;
} shrinc_rescale_params;

#endif
