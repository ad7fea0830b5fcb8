/* Decides which tensors share storage: views, and what would otherwise be copied in one piece.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
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

/* X becomes part of Y. Its storage must be its own whole, made by one operator. */
static bool join_part(Graph *g, const CopyRun *run)
{
    int64_t inner = 0;
    int64_t outer = 0;
    TensorId root = tensor_root(g, run->x, &inner);
    TensorId whole = tensor_root(g, run->y, &outer);
    const Tensor *t = tensor(g, root);
    if (root == whole || !is_movable(g, root) || inner != 0 || run->x_at != 0 ||
        tensor_bytes(t) != run->bytes || (outer + run->y_at) % type_bytes(t->type) != 0) {
        return false;
    }
    share(g, root, run->y, run->y_at);
    return true;
}

/* Y becomes part of X. */
static bool split_part(Graph *g, const CopyRun *run)
{
    TensorId source = tensor_root(g, run->x, NULL);
    const Tensor *y = tensor(g, run->y);
    if (run->y_at != 0 || run->bytes != tensor_bytes(y) || y->alias_of != 0 || source == run->y ||
        !tensor_is_activation(tensor(g, source))) {
        return false;
    }
    share(g, run->y, run->x, run->x_at);
    return true;
}

/* Each call of the node is a copy: then nothing else writes where a part lies. */
static bool copies_alone(const Node *n)
{
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        if (!copy_is(c)) {
            return false;
        }
    }
    return n->calls != NULL;
}

/* Keeps what was shared since BEFORE if the peak is not higher for it. */
static bool keep_if_fine(Graph *g, const Tensor *before, int64_t *peak)
{
    if (g->node_count > WEIGHED_NODES) {
        return true;
    }
    int64_t now = plan_peak(g);
    bool fine = now <= *peak;
    if (fine) {
        *peak = now;
    } else {
        memcpy(g->tensor, before, sizeof(Tensor) * (size_t)g->tensor_count);
    }
    return fine;
}

static bool share_run(Graph *g, const Call *c)
{
    CopyRun run;
    return copy_run(c, &run) && (split_part(g, &run) || join_part(g, &run));
}

/* What a node that moves elements would copy in one piece need not be copied at all if both sides
 * share storage: the parts of a concatenation, split, slice, pack ... All of them, else each one
 * that does not raise the peak. */
static void share_parts(Graph *g, const Node *n, int64_t *peak)
{
    Arena scratch = {0};
    size_t bytes = sizeof(Tensor) * (size_t)g->tensor_count;
    Tensor *before = arena_memdup(&scratch, g->tensor, bytes);
    bool changed = false;
    if (*peak < 0 && g->node_count <= WEIGHED_NODES) {
        *peak = plan_peak(g);
    }
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        changed = share_run(g, c) || changed;
    }
    if (changed && !keep_if_fine(g, before, peak)) {
        for (const Call *c = n->calls; c != NULL; c = c->next) {
            if (share_run(g, c) && keep_if_fine(g, before, peak)) {
                memcpy(before, g->tensor, bytes);
            }
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
        Node *n = &g->node[i];
        Diag ignored = {0};
        if ((op_of(n)->traits & TRAIT_MOVES_DATA) != 0 && lower_node(g, n, &ignored) == OK &&
            copies_alone(n)) {
            share_parts(g, n, &peak);
        }
        n->calls = NULL;
        diag_clear(&ignored);
    }
    return OK;
}
