/* Structured pruning: float layers become narrower. Needs float graphs with shapes, folded constants and fused
 * activations.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PRUNE_H
#define SHRINC_PRUNE_H

#include "op/op.h"

typedef struct PruneOptions {
    double keep;      /* (0, 1]: share of each layer's channels that stay, rounded up */
    int32_t multiple; /* >= 1: to a multiple of so many (kernels compute four at a time) */
} PruneOptions;

typedef struct PruneLayer {
    const char *name;
    int32_t before, after; /* output channels */
    bool is_bound;         /* all stay: the graph's outputs, or an operator reads them that cannot do without */
} PruneLayer;

/* Takes the channels with the least weights out of G, wherever they go: a channel is a group of all that an addition, a
 * pool, a depthwise layer or a view ties together (Li et al., arXiv 1608.08710, by L2 of folded weights, each layer's
 * relative to its mean; batch normalisation's scale is in them). LAYER [count] lives in A. Fails if none can go. */
Status prune_channels(Graph *g, const PruneOptions *o, Arena *a, PruneLayer **layer, int32_t *count,
                      Diag *d) MUST_CHECK;
/* Sets the SHARE of smallest weights of each layer to zero (magnitude pruning); returns how many are zero now, and in
 * *ALL how many weights there are. */
int64_t prune_weights(Graph *g, double share, int64_t *all);

#endif
