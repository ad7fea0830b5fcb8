/* What the operators on samples share: windows of int16 samples, constants given in real units, state.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_SIGNAL_H
#define SHRINC_OP_UTIL_SIGNAL_H

#include "op/util_elementwise.h"

/* A window [batches, count, channels]. */
typedef struct SampleWindow {
    int32_t batches, count, channels;
} SampleWindow;

/* Input 0: s16, one scale, rank 3, at most MOST samples a window. */
Status sample_window(const Graph *g, const Node *n, int32_t most, SampleWindow *out, Diag *d) MUST_CHECK;
/* T is s16 (or one of TYPES) with one scale; s16 has zero point 0. */
Status check_scaled(const Graph *g, const Node *n, const Tensor *t, uint32_t types, const char *role,
                    Diag *d) MUST_CHECK;
/* Input IN is a state of this type and COUNT elements. */
Status check_state(const Graph *g, const Node *n, int32_t in, Type type, int64_t count, Diag *d) MUST_CHECK;
/* Input IN is a constant of TYPE and COUNT elements, finite numbers. */
Status check_numbers(const Graph *g, const Node *n, int32_t in, Type type, int64_t count, const char *role,
                     Diag *d) MUST_CHECK;
/* A node of one number a run: s16 [1, 1] (or one of TYPES) as output 0. */
Status set_single(Graph *g, Node *n, uint32_t types, Diag *d) MUST_CHECK;
/* REAL to the nearest integer, half away from zero, within +-LIMIT. */
int32_t to_integer(double real, double limit);
/* Multiplier and shift from a kernel's own unit, worth UNIT of output 0's real numbers; values of up to REACH. */
Status to_output(const Graph *g, const Node *n, double unit, int64_t reach, int32_t *multiplier, int32_t *shift,
                 Diag *d) MUST_CHECK;

#endif
