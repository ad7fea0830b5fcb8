/* Index of the largest (or smallest) element along one dimension; of equals the first.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ARG_H
#define SHRINC_ARG_H

#include "shrinc_base.h"

typedef struct shrinc_arg_params {
    int32_t outer;   /* elements before the dimension */
    int32_t count;   /* its size */
    int32_t inner;   /* elements behind it */
    int32_t sign;    /* 1: the largest, -1: the smallest */
    int32_t y_bytes; /* of an index: 4 or 8, little endian */
} shrinc_arg_params;

#endif
