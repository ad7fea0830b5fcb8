/* Decides which tensors share storage: views, the parts of a join inside its result, the parts of a
 * split inside its source. SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

enum {
    WEIGHED_NODES = 512
}; /* larger graphs: sharing is taken without asking whether it raises the peak */

static bool is_movable(const Graph *g, TensorId root)
{
    return tensor_is_activation(tensor(g, root)) && !graph_is_input(g, root) &&
           graph_producer(g, root) >= 0;
}

static void share(Graph *g, TensorId id, TensorId with, int64_t offset)
{
    Tensor *t = tensor(g, id);
    t->alias_of = with;
    t->alias_offset = offset;
}

void alias_views(Graph *g)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        share(g, id, 0, 0);
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if ((op_of(n)->traits & TRAIT_VIEW) != 0 &&
            tensor_is_activation(tensor(g, tensor_root(g, n->in[0], NULL)))) {
            share(g, n->out[0], n->in[0], 0);
        }
    }
}

/* Puts input I into its place in the result. Its storage must be its own whole, made by one
 * operator. */
static bool join_part(Graph *g, const Node *n, int32_t i)
{
    int64_t at = op_of(n)->part(g, n, i);
    int64_t inner = 0;
    TensorId root = tensor_root(g, n->in[i], &inner);
    int64_t outer = 0;
    TensorId whole = tensor_root(g, n->out[0], &outer);
    const Tensor *t = tensor(g, root);
    if (at < 0 || root == whole || !is_movable(g, root) || inner != 0 ||
        tensor_bytes(t) != tensor_bytes(tensor(g, n->in[i])) ||
        (outer + at) % type_bytes(t->type) != 0) {
        return false;
    }
    share(g, root, n->out[0], at);
    return true;
}

/* What a split's outputs are parts of; SPLIT has its axis in front. 0: a constant. */
static TensorId split_source(const Graph *g, const Node *n)
{
    for (int32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] != 0 && !tensor_is_const(tensor(g, n->in[i]))) {
            return n->in[i];
        }
    }
    return 0;
}

static bool split_part(Graph *g, const Node *n, int32_t i)
{
    int64_t at = op_of(n)->part(g, n, i);
    TensorId y = n->out[i];
    TensorId x = split_source(g, n);
    TensorId source = x == 0 ? 0 : tensor_root(g, x, NULL);
    if (at < 0 || x == 0 || tensor(g, y)->alias_of != 0 || source == y ||
        !tensor_is_activation(tensor(g, source))) {
        return false;
    }
    share(g, y, x, at);
    return true;
}

/* Shares all parts of one node that can be shared; undone where that raises the peak. */
static void share_parts(Graph *g, const Node *n, bool joins, int64_t *peak)
{
    Arena scratch = {0};
    Tensor *before = arena_memdup(&scratch, g->tensor, sizeof(Tensor) * (size_t)g->tensor_count);
    bool changed = false;
    for (int32_t i = 0; i < (joins ? n->in_count : n->out_count); i++) {
        changed = (joins ? join_part(g, n, i) : split_part(g, n, i)) || changed;
    }
    if (changed && g->node_count <= WEIGHED_NODES) {
        int64_t now = plan_peak(g);
        if (now > *peak) {
            memcpy(g->tensor, before, sizeof(Tensor) * (size_t)g->tensor_count);
        } else {
            *peak = now;
        }
    }
    arena_free(&scratch);
}

// needs: shapes, run order   gives: Tensor.alias_of and alias_offset   breaks: calls, plan
Status pass_alias(Graph *g, Diag *d)
{
    (void)d;
    alias_views(g);
    int64_t peak = -1;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        bool joins = (op_of(n)->traits & TRAIT_JOINS) != 0;
        if (op_of(n)->part != NULL && (joins || (op_of(n)->traits & TRAIT_SPLITS) != 0)) {
            peak = peak < 0 && g->node_count <= WEIGHED_NODES ? plan_peak(g) : peak;
            share_parts(g, n, joins, &peak);
        }
    }
    return OK;
}
