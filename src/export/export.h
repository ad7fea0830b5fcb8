/* Floor 4: graph to .tflite.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EXPORT_H
#define SHRINC_EXPORT_H

#include "op/op.h"

/* Writes the graph as a .tflite (schema version 3). Needs shapes (pass_infer); refuses with a sentence what the format
 * cannot say: explicit padding, state made by passes, operators that TFLite does not have. */
Status export_tflite(const Graph *g, Out *out, Diag *d) MUST_CHECK;

#endif
