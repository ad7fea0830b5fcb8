/* TILE: y is x repeated times_k times along each dimension k.
 * x: any type, rank 1 to 6; times: constant of rank numbers >= 1. TFLite: TileOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

static Status repeats(const Graph *g, const Node *n, IntList *times, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(const_ints(g, n, 1, "repeat counts", times, d));
    if (times->count != x->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT, "%d repeat counts for \"%s\" of rank %d", times->count,
                         x->name, x->shape.rank);
    }
    for (int32_t k = 0; k < times->count; k++) {
        if (times->value[k] < 1 || (int64_t)times->value[k] * x->shape.dim[k] > 1 << 24) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d (%d elements) cannot be repeated %d times", k,
                             x->shape.dim[k], times->value[k]);
        }
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    IntList times;
    TRY(check_moved(g, n, node_in(g, n, 0), node_out(g, n, 0), d));
    TRY(repeats(g, n, &times, d));
    Shape shape = node_in(g, n, 0)->shape;
    for (int32_t k = 0; k < times.count; k++) {
        shape.dim[k] *= times.value[k];
    }
    TRY(check_elements(g, n, &shape, d));
    node_out(g, n, 0)->shape = shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    IntList times;
    Copy c = {0};
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    TRY(repeats(g, n, &times, d));
    shape_steps(x, x_step);
    shape_steps(&node_out(g, n, 0)->shape, y_step);
    for (int32_t k = 0; k < times.count; k++) {
        copy_loop(&c, times.value[k], 0, x->dim[k] * y_step[k]);
        copy_loop(&c, x->dim[k], x_step[k], y_step[k]);
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_tile = {
    .kind = {"tile", NULL, 0, 0},
    .tflite_name = "TILE",
    .tflite_code = 69,
    .tflite_options = 51,
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
