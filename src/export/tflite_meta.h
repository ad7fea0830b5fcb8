/* What a .tflite says beside the network, shared by this folder's files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EXPORT_TFLITE_META_H
#define SHRINC_EXPORT_TFLITE_META_H

#include "export/flatbuffer_build.h"
#include "ir/ir.h"

enum { EXPORT_META = 3 }; /* at most so many metadata buffers */

/* Model.metadata; its buffers are appended to BUFFERS. 0: there is nothing to say. */
BuildRef export_metadata(Build *b, const Graph *g, BuildRef *buffers, uint32_t *buffer_count);
/* Model.signature_defs: one, "serving_default", if the graph names its inputs and outputs. 0: it does
 * not. INDEX: by TensorId, the number in the file. */
BuildRef export_signatures(Build *b, const Graph *g, const int32_t *index);
/* Appends the label file as a zip archive, as TFLite's metadata ask for. */
void export_label_archive(const Graph *g, Out *file);

#endif
