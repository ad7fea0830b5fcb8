/* What PAD and its relatives share: the table of pads, the shape, fill and copy.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_PAD_H
#define SHRINC_OP_UTIL_PAD_H

#include "op/util_copy.h"

typedef struct Pads {
    int32_t before[MAX_RANK];
    int32_t after[MAX_RANK];
} Pads;

/* Reads input I, a constant [ROWS, 2] of numbers >= 0. */
Status const_pads(const Graph *g, const Node *n, int32_t i, const char *role, int32_t rows, Pads *out, Diag *d);
/* Input 0 padded by input 1. */
Status pad_infer(Graph *g, Node *n, Diag *d);
/* Fills the output with VALUE (one element) and copies the input into it. */
Status pad_lower(Graph *g, Node *n, const void *value, Diag *d);
/* Op.channels: apart where no channel is added. */
Channels pad_channels(const Graph *g, const Node *n);

#endif
