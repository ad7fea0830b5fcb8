/* Picks slices: y[b][i] = x[b][index[b][i]], slices of BYTES bytes. An index outside of x is moved
 * to its nearest slice, so that nothing outside of x is ever read.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_GATHER_H
#define SHRINC_GATHER_H

#include "shrinc_base.h"

typedef struct shrinc_gather_params {
    int32_t index_batches; /* batches with indices of their own */
    int32_t outer;         /* batches that share them, inside each of those */
    int32_t count;         /* indices of a batch */
    int32_t slices;        /* slices of x that an index can name */
    int32_t bytes;         /* bytes of a slice */
} shrinc_gather_params;

#endif
