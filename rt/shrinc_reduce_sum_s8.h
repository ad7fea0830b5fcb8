/* Sum or mean, integers: y = clamp(y_zero + requantize(sum of x - x_zero_sum)). Walks as in
 * shrinc_reduce.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REDUCE_SUM_S8_H
#define SHRINC_REDUCE_SUM_S8_H

#include "shrinc_requantize.h"

typedef struct shrinc_reduce_sum_s8_params {
    int32_t kept[3];      /* rounds of the loops over outputs, outermost first */
    int32_t kept_step[3]; /* elements of x from one round to the next */
    int32_t reduced[3];   /* rounds of the loops over what one output is made of */
    int32_t reduced_step[3];
    int32_t x_zero_sum; /* zero point of x times the elements of a sum */
    int32_t multiplier; /* scale of x / scale of y, for a mean also / elements */
    int32_t shift;
    int32_t y_zero;
} shrinc_reduce_sum_s8_params;

#endif
