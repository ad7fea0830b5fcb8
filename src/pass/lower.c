/* Sets every node's calls of device kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
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
    int64_t x_offset = 0;
    int64_t y_offset = 0;
    if (tensor_root(g, n->in[0], &x_offset) != tensor_root(g, n->out[0], &y_offset) || x_offset != y_offset) {
        Copy whole = {0};
        copy_loop(&whole, (int32_t)shape_count(&node_out(g, n, 0)->shape), 1, 1);
        call_copy(g, n, n->in[0], n->out[0], &whole);
    }
    return OK;
}

// needs: shapes, aliases   gives: Node.calls; a view that does not share its source's storage is a copy   breaks: plan
Status pass_lower(Graph *g, Diag *d)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(lower_node(g, &g->node[i], d));
    }
    return OK;
}
