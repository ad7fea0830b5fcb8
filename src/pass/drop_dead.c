/* Removes operators whose results nobody reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

// needs: run order   gives: fewer nodes   breaks: plan
Status pass_drop_dead(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = g->node_count - 1; i >= 0; i--) {
        Node *n = &g->node[i];
        bool is_needed = (op_of(n)->traits & TRAIT_STATEFUL) != 0;
        for (int32_t k = 0; k < n->out_count && !is_needed; k++) {
            is_needed = graph_use_count(g, n->out[k]) > 0;
        }
        n->is_dead = !is_needed;
    }
    graph_sweep(g);
    return OK;
}
