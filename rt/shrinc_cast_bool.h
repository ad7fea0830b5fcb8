/* Conversion of integers to truth values: 1 where any byte of the element is not 0.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CAST_BOOL_H
#define SHRINC_CAST_BOOL_H

#include "shrinc_base.h"

typedef struct shrinc_cast_bool_params {
    int32_t count; /* elements */
    int32_t width; /* bytes of an element of x */
} shrinc_cast_bool_params;

#endif
