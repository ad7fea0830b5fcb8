/* What reductions share: axes, output shape, the walk over the input, overlap.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_REDUCE_H
#define SHRINC_OP_UTIL_REDUCE_H

#include "op/op.h"

#include "shrinc_reduce.h"

typedef struct ReduceAttr {
    bool keep_dims;
} ReduceAttr;

enum { REDUCE_ATTRS = 1 };
extern const AttrDesc reduce_attrs[REDUCE_ATTRS];

/* Input 0 (of a type in TYPES) without the axes that input 1 names; quantised tensors have one scale. */
Status reduce_infer(Graph *g, Node *n, uint32_t types, Diag *d);
/* The walk, and how many elements make one output. */
Status reduce_walk(const Graph *g, const Node *n, shrinc_reduce_params *walk, int64_t *elements, Diag *d);
/* SUM and MEAN: the calls. */
Status reduce_lower_sum(Graph *g, Node *n, bool is_mean, Diag *d);
/* REDUCE_MAX and REDUCE_MIN: the call of NAME with _s8 or _f32 behind it. */
Status reduce_lower_choice(Graph *g, Node *n, const char *name, Diag *d);
/* Training: Op.plan, and sums or means forward and backward. */
const void *reduce_train_plan(const Graph *g, const Node *n, Arena *a);
void reduce_train(const Shard *s, bool is_mean);
void reduce_train_backward(const Shard *s, bool is_mean);
/* The largest of SIGN * x, and where it is. */
void reduce_train_choice(const Shard *s, float sign);
void reduce_train_choice_backward(const Shard *s);
int64_t reduce_train_choice_keep(const Graph *g, const Node *n, int32_t batch);
int64_t reduce_overlap(const Graph *g, const Node *n, int32_t in);

#endif
