/* From float to a quantised type: y = clamp(zero + round(x / scale)), halves away from zero.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_QUANTIZE_F32_H
#define SHRINC_QUANTIZE_F32_H

#include <math.h>

#include "shrinc_base.h"

typedef struct shrinc_quantize_f32_params {
    int32_t count; /* elements */
    int32_t zero;  /* zero point of y */
    float scale;   /* real value of one step of y */
    int32_t y_min; /* smallest and largest number of y's type */
    int32_t y_max;
} shrinc_quantize_f32_params;

/* A NaN gives y_min. The comparisons come before the conversion: a float beyond int32 has none. */
static inline int32_t shrinc_quantize_f32(float x, const shrinc_quantize_f32_params *p)
{
    float q = roundf(x / p->scale) + (float)p->zero;
    int32_t y = p->y_min;
    if (q >= (float)p->y_max) {
        y = p->y_max;
    } else if (q > (float)p->y_min) {
        y = (int32_t)q;
    } else {
        /* below the range, or NaN */
    }
    return y;
}

#endif
