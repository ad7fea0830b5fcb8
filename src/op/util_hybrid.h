/* Layers with int8 weights on float activations ("hybrid", dynamic-range quantisation).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_HYBRID_H
#define SHRINC_OP_UTIL_HYBRID_H

#include "op/util_mac.h"

/* Floats beside int8 weights. */
bool is_hybrid(const Graph *g, const Node *n, MacInputs in);
/* mac_check, and for a hybrid layer: float output and bias, symmetric weights with one scale or one per channel. */
Status hybrid_check(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                    Diag *d) MUST_CHECK;
/* Refuses weights whose sums could overflow 32 bits. */
Status hybrid_check_sums(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                         Diag *d) MUST_CHECK;
/* True if the scales are not all the same: only then TFLite quantises the input of CONV_2D with a zero point. */
bool hybrid_has_scales(const Tensor *w);
/* Appends the arguments x, weights, scales, bias, scratch of COUNT bytes, y; offsets in bytes. */
void hybrid_call(Graph *g, const Node *n, Call *c, MacInputs in, int32_t channels, int32_t count,
                 int64_t x_offset, int64_t y_offset);
/* The same with a call of KERNEL and a copy of PARAMS for each image. */
void hybrid_call_images(Graph *g, Node *n, const char *kernel, const void *params, size_t bytes,
                        MacInputs in, int32_t channels);
/* Each batch of x is quantised as a whole before the same batch of y is written. */
int64_t hybrid_overlap(const Graph *g, const Node *n, int64_t batches);

#endif
