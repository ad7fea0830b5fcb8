/* What an autoencoder cannot restore: y = sqrt(mean of (a - b)^2), a int16, b int8; both are brought to 2^-10 of
 * a unit.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RESIDUAL_S8_H
#define SHRINC_RESIDUAL_S8_H

#include "shrinc_requantize.h"
#include "shrinc_root.h"

typedef struct shrinc_residual_s8_params {
    int32_t count;
    int32_t b_zero;
    int32_t a_multiplier; /* to 2^-10 of a unit */
    int32_t a_shift;
    int32_t b_multiplier;
    int32_t b_shift;
    int32_t multiplier;   /* from 2^-10 of a unit to the scale of y */
    int32_t shift;
    int32_t y_zero;
} shrinc_residual_s8_params;

#endif
