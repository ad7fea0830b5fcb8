/* Sets all float elements of y to one value.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FILL_F32_H
#define SHRINC_FILL_F32_H

#include "shrinc_base.h"

typedef struct shrinc_fill_f32_params {
    int32_t count; /* elements of y */
    float value;
} shrinc_fill_f32_params;

#endif
