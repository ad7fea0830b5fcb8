/* Strided copy: five nested loops that move elements from x to y, whatever they are.
 * One kernel per element type, and one that moves runs of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_COPY_H
#define SHRINC_COPY_H

#include "shrinc_base.h"

typedef struct shrinc_copy_params {
    int32_t count[5];  /* rounds of each loop, outermost first; copy_bytes: [4] is the bytes of a run */
    int32_t x_step[5]; /* elements of x from one round to the next, may be negative or 0 */
    int32_t y_step[5]; /* elements of y from one round to the next, not negative */
} shrinc_copy_params;

#endif
