/* SPLIT_V: the outputs are x cut along "axis" into parts of the given sizes; one of them may be -1: what is left.
 * Inputs: x (any type, rank 1 to 6), sizes, axis (constants). TFLite: SplitVOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_split.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t num_splits; /* says again how many outputs there are */
} Attr;
static const AttrDesc attrs[] = {
    {"num_splits", ATTR_INT, offsetof(Attr, num_splits), WIRE_I32, 0, 0, 0, INT32_MAX, NULL, NULL},
};

static double size_of_part(const Tensor *sizes, int32_t i)
{
    return const_value(sizes, i);
}

/* How many elements the part of size -1 gets. */
static Status rest(const Graph *g, const Node *n, const Tensor *sizes, int32_t dim, int32_t *out, Diag *d)
{
    double sum = 0.0;
    int32_t open = 0;
    for (int32_t i = 0; i < n->out_count; i++) {
        double v = size_of_part(sizes, i);
        open += v == -1.0;
        sum += v == -1.0 ? 0.0 : v;
        if (v < 1.0 && v != -1.0) {
            return fail_node(g, n, d, ERR_INPUT, "part %d has %.0f elements", i, v);
        }
    }
    if (open > 1 || (open == 0 && sum != dim) || (open == 1 && sum >= dim)) {
        return fail_node(g, n, d, ERR_INPUT, "the parts have %.0f elements%s but there are %d", sum,
                         open > 0 ? " beside those of size -1" : "", dim);
    }
    *out = (int32_t)(dim - sum);
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *sizes = node_in(g, n, 1);
    int32_t axis = 0;
    int32_t left = 0;
    const int32_t said = ((const Attr *)n->attr)->num_splits;
    if (said != n->out_count) {
        return fail_node(g, n, d, ERR_INPUT, "num_splits is %d but there are %d outputs", said, n->out_count);
    }
    TRY(split_axis(g, n, 2, x, &axis, d));
    if (sizes == NULL || !tensor_is_const(sizes) || shape_count(&sizes->shape) != n->out_count) {
        return fail_node(g, n, d, ERR_INPUT, "the sizes of the parts must be a constant of %d numbers", n->out_count);
    }
    TRY(check_type(g, n, sizes, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), "sizes", d));
    TRY(rest(g, n, sizes, x->shape.dim[axis], &left, d));
    for (int32_t i = 0; i < n->out_count; i++) {
        double v = size_of_part(sizes, i);
        TRY(check_moved(g, n, x, node_out(g, n, i), d));
        node_out(g, n, i)->shape = x->shape;
        node_out(g, n, i)->shape.dim[axis] = v == -1.0 ? left : (int32_t)v;
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    int32_t axis = 0;
    TRY(split_axis(g, n, 2, node_in(g, n, 0), &axis, d));
    split_copies(g, n, n->in[0], axis);
    return OK;
}

const Op op_split_v = {
    .kind = {"split_v", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SPLIT_V",
    .tflite_code = 102,
    .tflite_options = 79,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 3, .max_in = 3, .min_out = 1, .max_out = 64,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
