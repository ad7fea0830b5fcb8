/* From float16 (IEEE 754 binary16, given as its bits) to float: y = x, exactly.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_WIDEN_F16_H
#define SHRINC_WIDEN_F16_H

#include "shrinc_base.h"

typedef struct shrinc_widen_f16_params {
    int32_t count; /* elements */
} shrinc_widen_f16_params;

#endif
