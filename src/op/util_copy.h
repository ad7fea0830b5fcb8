/* Moving elements: how operators say it, before it becomes calls of the strided copy kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_COPY_H
#define SHRINC_OP_UTIL_COPY_H

#include "op/op.h"

enum { COPY_RANK = 16 };

/* y[y_at + sum i_k * y_step_k] = x[x_at + sum i_k * x_step_k] for all i_k in [0, count_k): units
 * are elements. */
typedef struct Copy {
    int32_t rank;
    int32_t count[COPY_RANK];
    int64_t x_step[COPY_RANK]; /* may be negative or 0 */
    int64_t y_step[COPY_RANK];
    int64_t x_at, y_at;
} Copy;

/* Row-major strides of a shape. */
void shape_steps(const Shape *s, int64_t step[MAX_RANK]);
/* Adds a loop inside the others. */
void copy_loop(Copy *c, int32_t count, int64_t x_step, int64_t y_step);
/* Row-major elements outside and inside of dimension AXIS. */
void shape_split(const Shape *s, int32_t axis, int64_t *outer, int64_t *inner);
/* Appends the calls that do it: adjacent loops are merged, contiguous runs moved as bytes, and what
 * needs more than five loops becomes several calls. Nothing where x and y already share their
 * storage element by element (pass_alias). */
void call_copy(Graph *g, Node *n, TensorId x, TensorId y, const Copy *c);
/* What a lowered call of call_copy does, if it moves one contiguous run; AT in bytes. */
typedef struct CopyRun {
    TensorId x, y;
    int64_t x_at, y_at, bytes;
} CopyRun;
bool copy_is(const Call *c); /* a call made by call_copy */
bool copy_run(const Call *c, CopyRun *out);
/* All bytes of Y set to VALUE's (one element of Y's type). */
Status call_fill(Graph *g, Node *n, TensorId y, const void *value, Diag *d);

/* Output 0 is set to DATA, elements of its type that are known now. */
void call_values(Graph *g, Node *n, const void *data);

/* The types that data movement takes, and whether X and OUT may hold the same bytes: equal types,
 * and a warning where the scales differ (the reference moves the bytes and does not look). */
Status check_moved(const Graph *g, const Node *n, const Tensor *x, const Tensor *out, Diag *d);
/* Refuses an output of more than 2^28 elements (the importer's limit for any tensor). */
Status check_elements(const Graph *g, const Node *n, const Shape *shape, Diag *d);
/* For Op.overlap: the true distance if the node is one lowered copy call, else all of the output.
 */
int64_t copy_overlap(const Graph *g, const Node *n, int32_t in);

#endif
