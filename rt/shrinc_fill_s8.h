/* Sets all bytes of y to one value.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FILL_S8_H
#define SHRINC_FILL_S8_H

#include "shrinc_base.h"

typedef struct shrinc_fill_s8_params {
    int32_t count; /* elements of y */
    int8_t value;
} shrinc_fill_s8_params;

#endif
