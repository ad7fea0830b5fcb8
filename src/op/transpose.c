/* TRANSPOSE: y[i_0 .. i_r] = x[j_0 .. j_r] with j_(perm[k]) = i_k: dimension k of y is dimension
 * perm[k] of x. x: any type, rank 1 to 6; perm: constant, a permutation of 0 .. rank-1 (negative:
 * from the back). TFLite: TransposeOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

static Status permutation(const Graph *g, const Node *n, IntList *perm, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(const_ints(g, n, 1, "permutation", perm, d));
    if (perm->count != x->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the permutation has %d entries but \"%s\" has rank %d", perm->count,
                         x->name, x->shape.rank);
    }
    uint32_t seen = 0;
    for (int32_t k = 0; k < perm->count; k++) {
        TRY(check_axis(g, n, perm->value[k], x->shape.rank, &perm->value[k], d));
        if ((seen & (1u << perm->value[k])) != 0) {
            return fail_node(g, n, d, ERR_INPUT, "axis %d occurs twice in the permutation",
                             perm->value[k]);
        }
        seen |= 1u << perm->value[k];
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    IntList perm;
    TRY(check_moved(g, n, x, y, d));
    TRY(permutation(g, n, &perm, d));
    y->shape.rank = perm.count;
    for (int32_t k = 0; k < perm.count; k++) {
        y->shape.dim[k] = x->shape.dim[perm.value[k]];
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    IntList perm;
    TRY(permutation(g, n, &perm, d));
    const Tensor *y = node_out(g, n, 0);
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    shape_steps(&node_in(g, n, 0)->shape, x_step);
    shape_steps(&y->shape, y_step);
    Copy c = {0};
    for (int32_t k = 0; k < perm.count; k++) {
        copy_loop(&c, y->shape.dim[k], x_step[perm.value[k]], y_step[k]);
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_transpose = {
    .kind = {"transpose", NULL, 0, 0},
    .tflite_name = "TRANSPOSE",
    .tflite_code = 39,
    .tflite_options = 26,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = copy_overlap,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
