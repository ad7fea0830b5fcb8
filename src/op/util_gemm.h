/* Products of float matrices for training: OpenBLAS where it was found and the product is large, else
 * tiles of our own, which convolutions use too.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_GEMM_H
#define SHRINC_OP_UTIL_GEMM_H

#include "op/op.h"

typedef enum GemmForm {
    GEMM_NN, /* C = A B:   A [m][k], B [k][n] */
    GEMM_NT, /* C = A B^T: A [m][k], B [n][k] */
    GEMM_TN, /* C = A^T B: A [k][m], B [k][n] */
    GEMM_TT  /* C = A^T B^T: A [k][m], B [n][k]; rare, so without speed */
} GemmForm;

/* C [m][n] = product, or C += product if ADD. Row major; A_ROW, B_ROW, C_ROW: floats from row to row. */
typedef struct Gemm {
    GemmForm form;
    int32_t m, n, k;
    const float *a, *b;
    int64_t a_row, b_row;
    float *c;
    int64_t c_row;
    bool add;
} Gemm;
void gemm(const Gemm *p);
/* Once before the first product of a process: BLAS shall not start threads of its own. */
void gemm_start(void);

/* --- tiles: GEMM_ROWS rows of a product by GEMM_COLS columns, all sums in registers --- */

enum { GEMM_ROWS = 6, GEMM_COLS = 16 };

/* y[r][c] = clamp(start + sum_k x[r][off[k]] * w[k][c]) for r < rows, c < cols. */
typedef struct GemmTile {
    const float *x[GEMM_ROWS];
    float *y[GEMM_ROWS];
    int32_t rows, cols;
    int32_t depth;
    const int32_t *off; /* [depth], or NULL: 0, 1, 2 .. */
    const float *w; /* [depth][GEMM_COLS], what lies beyond COLS is not used but must be there */
    const float *start; /* [GEMM_COLS] or NULL: 0 */
    bool add;           /* START is what y holds */
    bool clamps;        /* to LOW .. HIGH */
    float low, high;
} GemmTile;
void gemm_tile(const GemmTile *t);

/* Positions of three nested loops in x and y: floats from round to round. */
typedef struct GemmLoops {
    int32_t count[3]; /* the last one is the innermost */
    int64_t x_step[3], y_step[3];
} GemmLoops;
/* sum[r][c] += sum over all positions of x[at x + off[r]] * y[at y + c], all GEMM_ROWS and
 * GEMM_COLS. */
void gemm_outer(const float *x, const int32_t off[GEMM_ROWS], const float *y, const GemmLoops *l,
                float sum[GEMM_ROWS][GEMM_COLS]);
/* w [depth][GEMM_COLS] = columns of B [cols][b_row] as rows, zeros beyond COLS. */
void gemm_pack(const float *b, int64_t b_row, int32_t cols, int32_t depth, float *w);

#endif
