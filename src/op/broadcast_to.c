/* BROADCAST_TO: y is x repeated along its dimensions of 1, and along new ones in front, to the given shape.
 * x: any type; shape: constant. TFLite: BroadcastToOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    IntList wish;
    TRY(check_moved(g, n, x, node_out(g, n, 0), d));
    TRY(const_ints(g, n, 1, "shape", &wish, d));
    bool fits = wish.count <= MAX_RANK && wish.count >= x->shape.rank;
    Shape shape = {.rank = fits ? wish.count : 0};
    for (int32_t k = 0; k < shape.rank; k++) {
        int32_t dim = shape_dim_back(&x->shape, k);
        shape.dim[shape.rank - 1 - k] = wish.value[shape.rank - 1 - k];
        fits = fits && (dim == 1 || dim == shape.dim[shape.rank - 1 - k]) && shape.dim[shape.rank - 1 - k] >= 1;
    }
    if (!fits) {
        char p[96];
        char q[96];
        return fail_node(g, n, d, ERR_INPUT, "\"%s\" %s does not broadcast to %s", x->name, shape_text(&x->shape, p),
                         shape_text(&shape, q));
    }
    TRY(check_elements(g, n, &shape, d));
    node_out(g, n, 0)->shape = shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    Copy c = {0};
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    shape_steps(x, x_step);
    shape_steps(y, y_step);
    for (int32_t k = 0; k < y->rank; k++) {
        int32_t from = k - (y->rank - x->rank);
        copy_loop(&c, y->dim[k], from < 0 || x->dim[from] == 1 ? 0 : x_step[from], y_step[k]);
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_broadcast_to = {
    .kind = {"broadcast_to", NULL, 0, 0},
    .tflite_name = "BROADCAST_TO",
    .tflite_code = 130,
    .tflite_options = 104,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = copy_overlap,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
