/* Sets every node's calls of device kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

Status lower_node(Graph *g, Node *n, Diag *d)
{
    const Op *op = op_of(n);
    n->calls = NULL;
    if (op->lower != NULL) {
        return op->lower(g, n, d);
    }
    if ((op->traits & TRAIT_VIEW) == 0) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "there is no kernel for this operator yet");
    }
    if (tensor_root(g, n->out[0], NULL) == tensor_root(g, n->in[0], NULL)) {
        return OK;
    }
    return fail_node(g, n, d, ERR_UNSUPPORTED, "\"%s\" and \"%s\" cannot share memory", tensor(g, n->in[0])->name,
                     tensor(g, n->out[0])->name);
}

// needs: shapes, aliases   gives: Node.calls   breaks: plan
Status pass_lower(Graph *g, Diag *d)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(lower_node(g, &g->node[i], d));
    }
    return OK;
}
