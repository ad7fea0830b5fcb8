/* SPLIT: the outputs are x cut into equal parts along "axis".
 * Inputs: axis (a constant), x (any type, rank 1 to 6). TFLite: SplitOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_split.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t num_splits; /* says again how many outputs there are */
} Attr;
static const AttrDesc attrs[] = {
    {"num_splits", ATTR_INT, offsetof(Attr, num_splits), WIRE_I32, 0, 0, 0, INT32_MAX, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 1);
    int32_t axis = 0;
    const int32_t said = ((const Attr *)n->attr)->num_splits;
    if (said != n->out_count) {
        return fail_node(g, n, d, ERR_INPUT, "num_splits is %d but there are %d outputs", said, n->out_count);
    }
    TRY(split_axis(g, n, 0, x, &axis, d));
    if (x->shape.dim[axis] % n->out_count != 0) {
        return fail_node(g, n, d, ERR_INPUT, "dimension %d of \"%s\" is %d and cannot be cut into %d equal parts", axis,
                         x->name, x->shape.dim[axis], n->out_count);
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        TRY(check_moved(g, n, x, node_out(g, n, i), d));
        node_out(g, n, i)->shape = x->shape;
        node_out(g, n, i)->shape.dim[axis] = x->shape.dim[axis] / n->out_count;
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    int32_t axis = 0;
    TRY(split_axis(g, n, 0, node_in(g, n, 1), &axis, d));
    split_copies(g, n, n->in[1], axis);
    return OK;
}

const Op op_split = {
    .kind = {"split", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SPLIT",
    .tflite_code = 49,
    .tflite_options = 35,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 64,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "-x",
};
