/* Softmax over the last dimension, float: y[c] = exp(beta * (x[c] - max x)) / sum_k exp(beta * (x[k] - max x)).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SOFTMAX_F32_H
#define SHRINC_SOFTMAX_F32_H

#include "shrinc_base.h"

#include <math.h>

typedef struct shrinc_softmax_f32_params {
    int32_t rows;
    int32_t depth; /* elements of a row */
    float beta;
} shrinc_softmax_f32_params;

#endif
