/* Conversion of floats to integers, toward zero; what the type cannot hold goes to its nearest number, NaN to
 * the lowest.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CAST_F32_H
#define SHRINC_CAST_F32_H

#include "shrinc_base.h"

typedef struct shrinc_cast_f32_params {
    int32_t count; /* elements */
} shrinc_cast_f32_params;

#endif
