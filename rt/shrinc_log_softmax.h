/* Logarithm of softmax over the last dimension: y[c] = x[c] - max - ln(sum_k exp(x[k] - max)).
 * int8: scale 1/16, zero point 127; differences are brought to 5 integer bits, their exponentials
 * read from a table made ahead of time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LOG_SOFTMAX_H
#define SHRINC_LOG_SOFTMAX_H

#include "shrinc_base.h"

typedef struct shrinc_log_softmax_params {
    int32_t rows;
    int32_t depth;      /* elements of a row */
    int32_t multiplier; /* int8 alone, as the rest: difference to 5 integer bits */
    int32_t shift;
    int32_t back_multiplier; /* and from there to a difference again */
    int32_t back_shift;
    int32_t lowest; /* a difference below it counts nothing; -lowest is the table's last entry */
} shrinc_log_softmax_params;

#endif
