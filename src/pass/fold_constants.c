/* Evaluates what depends on constants alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

FoldBudget fold_budget(void)
{
    return (FoldBudget){.bytes = INT64_C(64) << 20, .macs = INT64_C(1) << 30};
}

static bool may_fold(const Graph *g, const Node *n)
{
    const Op *op = op_of(n);
    bool reads_constants = true;
    for (int32_t i = 0; i < n->in_count; i++) {
        reads_constants =
            reads_constants && (n->in[i] == 0 || tensor_is_const(tensor(g, n->in[i])));
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        if (graph_is_output(g, n->out[i])) {
            return false; /* an output of the graph lies in the arena: something has to write it */
        }
    }
    return (op->traits & TRAIT_STATEFUL) == 0 && n->out_count > 0 &&
           (reads_constants || (op->traits & TRAIT_CONST_ONLY) != 0);
}

static bool pay(FoldBudget *budget, const Graph *g, const Node *n)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < n->in_count; i++) {
        bytes += n->in[i] != 0 ? tensor_bytes(tensor(g, n->in[i])) : 0;
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        bytes += tensor_bytes(tensor(g, n->out[i]));
    }
    int64_t macs = op_of(n)->macs == NULL ? 0 : op_of(n)->macs(g, n);
    if (bytes > budget->bytes || macs > budget->macs) {
        return false;
    }
    budget->bytes -= bytes;
    budget->macs -= macs;
    return true;
}

/* A lowered node whose calls read nothing that is known only at run time: the output of an operator
 * that looks at shapes alone does not depend on its input's values. */
static bool reads_known_only(const Graph *g, const Node *n)
{
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            const Arg *a = &c->arg[i];
            bool is_own = false;
            for (int32_t k = 0; k < n->out_count; k++) {
                is_own = is_own || n->out[k] == a->tensor;
            }
            if (a->kind == ARG_TENSOR && !is_own && !tensor_is_const(tensor(g, a->tensor))) {
                return false;
            }
        }
    }
    return true;
}

bool fold_node(Graph *g, int32_t index, FoldBudget *budget)
{
    Node *n = &g->node[index];
    if (!may_fold(g, n) || !pay(budget, g, n)) {
        return false;
    }
    if ((op_of(n)->traits & TRAIT_VIEW) != 0) {
        Tensor *y = tensor(g, n->out[0]);
        const Tensor *x = tensor(g, n->in[0]);
        if (x->data_bytes != tensor_bytes(y)) {
            return false;
        }
        y->data = x->data;
        y->data_bytes = x->data_bytes;
    } else {
        Diag ignored = {0}; /* what cannot be folded is refused later, where it is used */
        Status s = lower_node(g, n, &ignored);
        diag_clear(&ignored);
        if (s != OK || n->calls == NULL || !reads_known_only(g, n)) {
            n->calls = NULL;
            return false;
        }
        eval_fold(g, n);
    }
    n->calls = NULL;
    n->is_dead = true;
    return true;
}

// needs: shapes   gives: fewer nodes, more constants; operators that exist only for constants are
// gone   breaks: calls, plan
Status pass_fold_constants(Graph *g, Diag *d)
{
    FoldBudget budget = fold_budget();
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if (!fold_node(g, i, &budget) && (op_of(n)->traits & TRAIT_CONST_ONLY) != 0) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "its result is not a constant, or a graph output, or larger than 64 "
                             "MiB; export the model with "
                             "fixed shapes and let the converter fold it");
        }
    }
    graph_sweep(g);
    return OK;
}
