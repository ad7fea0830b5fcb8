/* Shapes: runs each operator's own rule and compares with what the file declares.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

static const int64_t MAX_TENSOR_BYTES = INT32_MAX;

static Status check_count(const Graph *g, const Node *n, const char *what, int32_t count,
                          int32_t min, int32_t max, Diag *d)
{
    if (count >= min && count <= max) {
        return OK;
    }
    if (min == max) {
        return fail_node(g, n, d, ERR_INPUT, "it has %d %s; it must have %d", count, what, min);
    }
    return fail_node(g, n, d, ERR_INPUT, "it has %d %s; it must have %d to %d", count, what, min,
                     max);
}

static Status check_arguments(const Graph *g, const Node *n, Diag *d)
{
    const Op *op = op_of(n);
    TRY(check_count(g, n, "inputs", n->in_count, op->min_in, op->max_in, d));
    TRY(check_count(g, n, "outputs", n->out_count, op->min_out, op->max_out, d));
    for (int32_t i = 0; i < op->min_in; i++) {
        if (n->in[i] == 0) {
            return fail_node(g, n, d, ERR_INPUT, "input %d is left out, but it is not optional", i);
        }
    }
    return attr_check(g, n, d);
}

/* Every dimension known and the bytes within what a plan can hold; computed so that nothing
 * overflows. */
static Status check_size(const Tensor *t, const char *role, Diag *d)
{
    char text[96];
    bool is_list = t->type == TYPE_S32 || t->type == TYPE_S64;
    if (is_list && tensor_is_const(t) && t->shape.rank == 1 && t->shape.dim[0] == 0) {
        return OK; /* no axes, the shape of a scalar */
    }
    if (t->type == TYPE_NONE) {
        return fail(d, ERR_INPUT, "%s \"%s\" has no type", role, t->name);
    }
    int64_t bytes = type_bytes(t->type);
    for (int32_t i = 0; i < t->shape.rank; i++) {
        int32_t dim = t->shape.dim[i];
        if (dim < 1) {
            return fail(
                d, ERR_INPUT,
                "%s \"%s\" has shape %s; export the model with fixed shapes, each at least 1", role,
                t->name, shape_text(&t->shape, text));
        }
        if (dim > MAX_TENSOR_BYTES / bytes) {
            return fail(d, ERR_LIMIT, "%s \"%s\" of shape %s needs more than 2 GiB", role, t->name,
                        shape_text(&t->shape, text));
        }
        bytes *= dim;
    }
    return OK;
}

/* DECLARED may leave dimensions open (below 1), or the whole shape (rank 0). */
static bool fits(const Shape *declared, const Shape *inferred)
{
    if (declared->rank == 0) {
        return true;
    }
    bool same = declared->rank == inferred->rank;
    for (int32_t i = 0; i < declared->rank && same; i++) {
        same = declared->dim[i] < 1 || declared->dim[i] == inferred->dim[i];
    }
    return same;
}

static Status infer_node(Graph *g, int32_t index, Diag *d)
{
    Node *n = &g->node[index];
    TRY(check_arguments(g, n, d));
    Arena scratch = {0};
    Shape *declared = NEW(&scratch, Shape, n->out_count);
    for (int32_t i = 0; i < n->out_count; i++) {
        declared[i] = tensor(g, n->out[i])->shape;
    }
    const Op *op = op_of(n);
    Status s = op->infer == NULL
                   ? fail_node(g, n, d, ERR_UNSUPPORTED, "this operator is not supported yet")
                   : op->infer(g, n, d);
    n = &g->node[index];
    for (int32_t i = 0; i < n->out_count && s == OK; i++) {
        const Tensor *t = tensor(g, n->out[i]);
        s = check_size(t, "the operator output", d);
        if (s == OK && !fits(&declared[i], &t->shape)) {
            char said[96];
            char found[96];
            s = fail_node(g, n, d, ERR_INPUT,
                          "the file declares output \"%s\" as %s, but its inputs make it %s",
                          t->name, shape_text(&declared[i], said), shape_text(&t->shape, found));
        }
    }
    arena_free(&scratch);
    return s;
}

/* Shapes may depend on integers that are computed from shapes: those are folded on the way. */
static bool is_shape_arithmetic(const Graph *g, const Node *n)
{
    bool is_small = n->out_count > 0;
    for (int32_t i = 0; i < n->out_count; i++) {
        const Tensor *t = tensor(g, n->out[i]);
        bool is_whole = t->type == TYPE_S32 || t->type == TYPE_S64 || t->type == TYPE_BOOL;
        is_small = is_small && is_whole && shape_count(&t->shape) <= 64;
    }
    return is_small;
}

// needs: a graph as imported   gives: every shape, checked attributes and argument counts; integer
// arithmetic on shapes folded   breaks: calls, plan
Status pass_infer(Graph *g, Diag *d)
{
    FoldBudget budget = fold_budget();
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (!tensor_is_activation(tensor(g, id)) || graph_is_input(g, id)) {
            TRY(check_size(tensor(g, id), graph_is_input(g, id) ? "the input" : "the constant", d));
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(infer_node(g, i, d));
        if (is_shape_arithmetic(g, &g->node[i])) {
            (void)fold_node(g, i, &budget);
        }
    }
    graph_sweep(g);
    return OK;
}
