/* Conversion between integer types, little endian: the lowest bytes are kept, or the sign is carried on.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CAST_INT_H
#define SHRINC_CAST_INT_H

#include "shrinc_base.h"

typedef struct shrinc_cast_int_params {
    int32_t count;   /* elements */
    int32_t x_width; /* bytes of an element of x: 1, 2, 4 or 8 */
    int32_t y_width;
    int32_t sign;    /* 128 if x is signed, 0 if not */
} shrinc_cast_int_params;

#endif
