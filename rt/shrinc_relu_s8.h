/* ReLU and its kin where input and output have one scale: y = clamp(x). Parameters for int8 and int16.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RELU_S8_H
#define SHRINC_RELU_S8_H

#include "shrinc_base.h"

typedef struct shrinc_relu_s8_params {
    int32_t count; /* elements */
    int32_t y_min; /* clamp, already quantised */
    int32_t y_max;
} shrinc_relu_s8_params;

#endif
