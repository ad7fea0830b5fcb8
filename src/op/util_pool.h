/* What AVERAGE_POOL_2D and MAX_POOL_2D share: attributes, window, calls, overlap.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_POOL_H
#define SHRINC_OP_UTIL_POOL_H

#include "op/op.h"

typedef struct PoolAttr {
    int32_t padding;
    int32_t stride_w;
    int32_t stride_h;
    int32_t filter_w;
    int32_t filter_h;
    int32_t act;
    int32_t pad_top; /* of explicit padding, else ignored */
    int32_t pad_bottom;
    int32_t pad_left;
    int32_t pad_right;
} PoolAttr;

enum { POOL_ATTRS = 10 };
extern const AttrDesc pool_attrs[POOL_ATTRS];

Status pool_infer(Graph *g, Node *n, Diag *d);
/* One call per image of the batch; the kernel is NAME with _s8, _s16 or _f32 behind it. */
Status pool_lower(Graph *g, Node *n, const char *name, Diag *d);
int64_t pool_overlap(const Graph *g, const Node *n, int32_t in);

/* Training. Max pooling keeps where each maximum is. */
const void *pool_train_plan(const Graph *g, const Node *n, Arena *a);
void pool_train_ave(const Shard *s);
void pool_train_ave_backward(const Shard *s);
void pool_train_max(const Shard *s);
void pool_train_max_backward(const Shard *s);
int64_t pool_train_max_keep(const Graph *g, const Node *n, int32_t batch);

/* A pool keeps channels apart. */
Channels pool_channels(const Graph *g, const Node *n);

#endif
