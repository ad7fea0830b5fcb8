/* A function of one byte by table: y = table[x taken as 0 .. 255].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LUT_S8_H
#define SHRINC_LUT_S8_H

#include "shrinc_base.h"

typedef struct shrinc_lut_s8_params {
    int32_t count; /* elements */
} shrinc_lut_s8_params;

#endif
