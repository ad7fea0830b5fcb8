/* What several passes share; private to this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PASS_UTIL_H
#define SHRINC_PASS_UTIL_H

#include "pass/pass.h"

/* --- fold_constants.c --- */

/* What is left to spend on folding, so that a hostile file cannot make the tool compute or allocate
 * without end. */
typedef struct FoldBudget {
    int64_t bytes; /* of constants made and read */
    int64_t macs;
} FoldBudget;

FoldBudget fold_budget(void);
/* Evaluates node INDEX with the device's kernels if it reads constants only (and is not stateful),
 * makes its outputs constants and the node dead. False, and nothing changed, if that is not
 * possible or would exceed the budget. */
bool fold_node(Graph *g, int32_t index, FoldBudget *budget);

/* --- lower.c --- */

/* Sets the calls of one node. */
Status lower_node(Graph *g, Node *n, Diag *d) MUST_CHECK;

/* --- alias.c --- */

/* Lets every view share its source's storage and takes back all other sharing. */
void alias_views(Graph *g);

/* --- channels.c --- */

/* How N's channels hang together among the activations of IS_DATA [tensor_count] (all of TYPE, s8 or f32): Op.channels,
 * and views that keep the last dimension and elementwise operators on equal shapes, which say nothing themselves.
 * OPAQUE where weights or bias are no constants, or not all inputs are known. */
Channels node_channels(const Graph *g, const Node *n, const bool *is_data, Type type);
/* Constant ID without the slices along AXIS that go; a new constant. */
TensorId slice_const(Graph *g, TensorId id, int32_t axis, const bool *goes);
/* A view that says its shape by a constant gets a new one, as its output is now. */
void rewrite_view(Graph *g, Node *n);
/* False for a view that says its shape by an attribute: it cannot be told another one. */
bool can_rewrite_view(const Node *n);

/* --- plan_memory.c --- */

/* Arena bytes that a quick plan of the graph as it stands would need (scratch of lowered calls
 * included); writes nothing. */
int64_t plan_peak(Graph *g);
/* The same as pass_plan_memory will find it. */
int64_t plan_final_peak(Graph *g);

#endif
