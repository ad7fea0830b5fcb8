/* Sums of two int8 tensors by a plane: y = (a * a_slope + b * b_slope + offset) >> shift.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_PLANE_H
#define SHRINC_OP_UTIL_PLANE_H

#include "op/op.h"

/* Turns the node's call of shrinc_add_s8 or shrinc_sub_s8 on tensors of one shape into one of
 * shrinc_plane_s8 where some plane gives the same output for each of the 65536 pairs of inputs,
 * which is tried out on the kernel itself. */
void plane_replace(Graph *g, Node *n);

#endif
