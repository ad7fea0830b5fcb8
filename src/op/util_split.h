/* What SPLIT and SPLIT_V share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_SPLIT_H
#define SHRINC_OP_UTIL_SPLIT_H

#include "op/util_copy.h"

/* Input I as one axis of X. */
Status split_axis(const Graph *g, const Node *n, int32_t i, const Tensor *x, int32_t *axis, Diag *d);
/* One copy per output, whose shapes are known; none where an output already lies in X's storage. */
void split_copies(Graph *g, Node *n, TensorId x, int32_t axis);

#endif
