/* What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share: an image of one or two spatial dimensions,
 * and its pixels dealt to batches.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_BLOCKS_H
#define SHRINC_OP_UTIL_BLOCKS_H

#include "op/util_pad.h"

enum { BLOCK_DIMS = 2, MAX_BLOCKS = 4096 };

typedef struct Blocks {
    int32_t dims;             /* spatial dimensions: 1 or 2 */
    int32_t size[BLOCK_DIMS]; /* of a block */
    Pads edge;                /* padding or cropping */
    int32_t count;            /* product of the sizes */
} Blocks;

/* Types, ranks, block sizes (input 1) and edges (input 2). */
Status blocks_read(const Graph *g, const Node *n, const char *edge_role, Blocks *b, Diag *d);
/* The copies, at most three a spatial dimension: pixel p = i * size + position - edge of the image
 * is pixel i of the position's batch. */
void blocks_lower(Graph *g, Node *n, const Blocks *b, bool to_batch);

#endif
