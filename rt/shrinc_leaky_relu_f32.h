/* Leaky ReLU, float: y = x, or alpha * x below 0.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LEAKY_RELU_F32_H
#define SHRINC_LEAKY_RELU_F32_H

#include "shrinc_base.h"

typedef struct shrinc_leaky_relu_f32_params {
    int32_t count; /* elements */
    float alpha;   /* slope below 0 */
} shrinc_leaky_relu_f32_params;

#endif
