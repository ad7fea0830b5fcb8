/* Sum or mean, float: y = (sum of x) / divisor. Walks as in shrinc_reduce.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REDUCE_SUM_F32_H
#define SHRINC_REDUCE_SUM_F32_H

#include "shrinc_base.h"

typedef struct shrinc_reduce_sum_f32_params {
    int32_t kept[3];         /* rounds of the loops over outputs, outermost first */
    int32_t kept_step[3];    /* elements of x from one round to the next */
    int32_t reduced[3];      /* rounds of the loops over what one output is made of */
    int32_t reduced_step[3];
    float divisor;           /* how many a mean is made of; 1 for a sum */
} shrinc_reduce_sum_f32_params;

#endif
