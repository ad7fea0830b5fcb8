/* SLICE: y[.. i_k ..] = x[.. begin_k + i_k ..], size_k elements of each dimension (-1: all that are left).
 * x: any type; begin, size: constants. TFLite: SliceOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

static Status bounds(const Graph *g, const Node *n, IntList *begin, IntList *size, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(const_ints(g, n, 1, "begin", begin, d));
    TRY(const_ints(g, n, 2, "size", size, d));
    if (begin->count != x->shape.rank || size->count != x->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT, "begin and size have %d and %d entries; \"%s\" has rank %d", begin->count,
                         size->count, x->name, x->shape.rank);
    }
    for (int32_t k = 0; k < begin->count; k++) {
        int32_t dim = x->shape.dim[k];
        int64_t wish = size->value[k] == -1 ? (int64_t)dim - begin->value[k] : size->value[k];
        if (begin->value[k] < 0 || wish < 1 || begin->value[k] + wish > dim) {
            return fail_node(g, n, d, ERR_INPUT, "begin %d and size %d do not fit dimension %d of %d elements",
                             begin->value[k], size->value[k], k, dim);
        }
        size->value[k] = (int32_t)wish;
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    IntList begin;
    IntList size;
    TRY(check_moved(g, n, node_in(g, n, 0), node_out(g, n, 0), d));
    TRY(bounds(g, n, &begin, &size, d));
    node_out(g, n, 0)->shape = shape_of(size.count, size.value);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    IntList begin;
    IntList size;
    Copy c = {0};
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    TRY(bounds(g, n, &begin, &size, d));
    shape_steps(&node_in(g, n, 0)->shape, x_step);
    shape_steps(&node_out(g, n, 0)->shape, y_step);
    for (int32_t k = 0; k < size.count; k++) {
        copy_loop(&c, size.value[k], x_step[k], y_step[k]);
        c.x_at += begin.value[k] * x_step[k];
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_slice = {
    .kind = {"slice", NULL, 0, 0},
    .tflite_name = "SLICE",
    .tflite_code = 65,
    .tflite_options = 48,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 3, .max_in = 3, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = copy_overlap,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
