/* Lets the operator before an activation clamp its own output.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

/* The clamp is the same before and after the activation only where both mean the same by a number:
 * then the activation's own rescaling is by exactly one. */
static bool same_meaning(const Tensor *a, const Tensor *b)
{
    if (a->type != b->type || a->q.count != b->q.count || a->q.count > 1) {
        return false;
    }
    if (a->q.count == 0) {
        return a->type == TYPE_F32;
    }
    return a->q.scale[0] == b->q.scale[0] && a->q.zero[0] == b->q.zero[0];
}

/* Sets attribute "act" of N to the activation of that name; false if it has another one already or
 * cannot take this one. */
static bool take_over(Node *n, const char *activation)
{
    const AttrDesc *act = attr_find(n->kind, "act");
    if (act == NULL || attr_int(n, "act", ACT_NONE) != ACT_NONE) {
        return false;
    }
    for (int32_t i = 0; act->names[i] != NULL; i++) {
        if (strcmp(act->names[i], activation) == 0) {
            return attr_set_int(n, "act", i);
        }
    }
    return false;
}

// needs: shapes   gives: fewer nodes   breaks: calls, plan
Status pass_fuse_activation(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *clamp = &g->node[i];
        if ((op_of(clamp)->traits & TRAIT_CLAMP) == 0) {
            continue;
        }
        TensorId x = clamp->in[0];
        int32_t producer = graph_producer(g, x);
        if (producer < 0 || graph_use_count(g, x) != 1 ||
            !same_meaning(tensor(g, x), tensor(g, clamp->out[0]))) {
            continue;
        }
        Node *n = &g->node[producer];
        if ((op_of(n)->traits & TRAIT_FUSES_CLAMP) != 0 && n->out[0] == x &&
            take_over(n, clamp->kind->name)) {
            n->out[0] = clamp->out[0];
            clamp->is_dead = true;
        }
    }
    graph_sweep(g);
    return OK;
}
