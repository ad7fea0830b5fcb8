/* Average over a whole image that comes row by row.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_AVERAGE_ROWS_S8_H
#define SHRINC_AVERAGE_ROWS_S8_H

#include "shrinc_average.h"

typedef struct shrinc_average_rows_s8_params {
    int32_t row;      /* the row of x that is added; with the last one y is written */
    int32_t rows;     /* of x */
    int32_t in_ring;  /* rows of x in memory: row r lies at r % in_ring */
    int32_t width;    /* pixels in a row */
    int32_t channels;
    int32_t y_min;    /* clamp, already quantised */
    int32_t y_max;
} shrinc_average_rows_s8_params;

#endif
