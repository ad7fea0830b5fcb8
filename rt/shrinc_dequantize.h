/* From a quantised type to float: y = (x - zero) * scale. Scale 1 and zero 0: a conversion of integers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DEQUANTIZE_H
#define SHRINC_DEQUANTIZE_H

#include "shrinc_base.h"

typedef struct shrinc_dequantize_params {
    int32_t count; /* elements */
    int32_t zero;  /* zero point of x */
    float scale;   /* real value of one step of x */
} shrinc_dequantize_params;

#endif
