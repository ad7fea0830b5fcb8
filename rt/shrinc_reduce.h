/* How a reduction walks its input: three loops over what stays, inside them three over what is reduced away.
 * Outputs are written one behind the other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REDUCE_H
#define SHRINC_REDUCE_H

#include "shrinc_base.h"

typedef struct shrinc_reduce_params {
    int32_t kept[3];         /* rounds of the loops over outputs, outermost first */
    int32_t kept_step[3];    /* elements of x from one round to the next */
    int32_t reduced[3];      /* rounds of the loops over what one output is made of */
    int32_t reduced_step[3];
} shrinc_reduce_params;

#endif
