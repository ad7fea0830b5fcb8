/* Sets all int16_t elements of y to one value.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FILL_S16_H
#define SHRINC_FILL_S16_H

#include "shrinc_base.h"

typedef struct shrinc_fill_s16_params {
    int32_t count; /* elements of y */
    int16_t value;
} shrinc_fill_s16_params;

#endif
