/* Functions of one float tensor, element by element.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_UNARY_F32_H
#define SHRINC_UNARY_F32_H

#include <math.h>

#include "shrinc_base.h"

typedef struct shrinc_unary_f32_params {
    int32_t count; /* elements */
} shrinc_unary_f32_params;

#endif
