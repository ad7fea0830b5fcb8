/* Products of matrices on integers, none of them folded: y[..][r][c] = clamp(y_zero + requantise(bias[c] +
 * sum_k (a[..][r][k] - a_zero) * (b[..][k][c] - b_zero))). Steps say how far apart elements lie, so that either matrix
 * may be transposed, and are 0 along batch dimensions that are broadcast.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_MATMUL_H
#define SHRINC_MATMUL_H

#include "shrinc_base.h"

typedef struct shrinc_matmul_params {
    int32_t batch[3];   /* three batch dimensions, outermost first */
    int32_t a_batch[3]; /* steps of a along them */
    int32_t b_batch[3]; /* steps of b along them */
    int32_t rows;       /* of a and y */
    int32_t cols;       /* of b and y */
    int32_t depth;      /* columns of a, rows of b */
    int32_t a_row;      /* step of a from row to row */
    int32_t a_step;     /* step of a along k */
    int32_t b_col;      /* step of b from column to column */
    int32_t b_step;     /* step of b along k */
    int32_t multiplier;
    int16_t shift;
    int16_t bias_step;  /* 1: a bias per column; 0: one for all */
    int16_t a_zero;
    int16_t b_zero;
    int16_t y_zero;
    int16_t y_min;      /* clamp, already quantised */
    int16_t y_max;
} shrinc_matmul_params;

#endif
