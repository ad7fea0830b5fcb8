/* Products of matrices on floats: y[..][r][c] = clamp(bias[c] + sum_k a[..][r][k] * b[..][k][c]). Steps
 * say how far apart elements lie, so that either matrix may be transposed, and are 0 along batch dimensions that are
 * broadcast.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_MATMUL_F32_H
#define SHRINC_MATMUL_F32_H

#include "shrinc_clamp_f32.h"

typedef struct shrinc_matmul_f32_params {
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
    int32_t bias_step;  /* 1: a bias per column; 0: one for all */
    float y_min;        /* clamp */
    float y_max;
} shrinc_matmul_f32_params;

#endif
