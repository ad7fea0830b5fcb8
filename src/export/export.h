/* Floor 4: graph to .tflite.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EXPORT_H
#define SHRINC_EXPORT_H

#include "op/op.h"

/* Appends the graph as a .tflite (schema version 3), with names, description, labels, normalisation
 * and notes. Tensors that nothing names are left out. Needs shapes (pass_infer); refuses with a
 * sentence what the format cannot say: explicit padding, operators that TFLite does not have; and
 * variables (READ_VARIABLE). */
Status export_tflite(const Graph *g, Out *out, Diag *d) MUST_CHECK;

#endif
