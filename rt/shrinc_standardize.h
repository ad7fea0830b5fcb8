/* Features to a common scale: y[i] = requantize(x[i] * 2^8 - offset[i]), of each element by itself; offsets in
 * 2^-8 of a step of x.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_STANDARDIZE_H
#define SHRINC_STANDARDIZE_H

#include "shrinc_requantize.h"

typedef struct shrinc_standardize_params {
    int32_t rows;
    int32_t count; /* elements of a row */
    int32_t y_zero;
} shrinc_standardize_params;

#endif
