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

/* --- plan_memory.c --- */

/* Arena bytes that a quick plan of the graph as it stands would need (scratch of lowered calls
 * included); writes nothing. */
int64_t plan_peak(Graph *g);
/* The same as pass_plan_memory will find it. */
int64_t plan_final_peak(Graph *g);

#endif
