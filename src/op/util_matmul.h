/* Products of two matrices that are both computed at run time (or have zero points): kernels shrinc_matmul_*.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_MATMUL_H
#define SHRINC_OP_UTIL_MATMUL_H

#include "op/op.h"

/* y[..][r][c] = act(bias[c] + sum_k a[..][r][k] * b[..][k][c]); steps in elements, 0 where broadcast. */
typedef struct Matmul {
    int32_t a, b, bias; /* inputs of the node; BIAS may be left out, or -1 */
    int32_t batch[3], a_batch[3], b_batch[3];
    int32_t rows, cols, depth;
    int32_t a_row, a_step, b_col, b_step;
    int32_t act;
} Matmul;

Status matmul_lower(Graph *g, Node *n, const Matmul *m, Diag *d) MUST_CHECK;

#endif
