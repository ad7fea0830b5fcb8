/* Sets all int32_t elements of y to one value.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FILL_S32_H
#define SHRINC_FILL_S32_H

#include "shrinc_base.h"

typedef struct shrinc_fill_s32_params {
    int32_t count; /* elements of y */
    int32_t value;
} shrinc_fill_s32_params;

#endif
