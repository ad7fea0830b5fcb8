/* Weights packed for kernels that compute four output channels at a time (rt/shrinc_packed.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_PACKED_H
#define SHRINC_OP_UTIL_PACKED_H

#include "op/util_mac.h"

/* Inputs of a channel, in order: RUNS runs of LENGTH, each packed by itself. */
typedef struct Packing {
    int32_t runs;
    int32_t length;
} Packing;

/* True if the int8 layer can be packed: multipliers below 1/2, sums within 30 bits and those of odd
 * channels within 23 (without bias), pairs of weights within 16 bits. Almost every trained layer
 * is. */
bool packed_fits(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                 const MacConsts *m);
/* Quads of one channel's inputs. */
int32_t packed_quads(Packing p);
/* Appends the argument "packed". L's weights of a channel lie side by side. */
void packed_call(Graph *g, const Node *n, Call *c, MacInputs in, const WeightLayout *l,
                 const MacConsts *m, Packing p);

#endif
