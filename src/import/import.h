/* Floor 4: bytes to graph. A model file is hostile input: everything is checked before it is
 * believed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_IMPORT_H
#define SHRINC_IMPORT_H

#include "op/op.h"

/* Limits on what a model file may ask for; each can be lowered or raised by the caller (see
 * SECURITY.md). */
typedef struct ImportLimits {
    size_t file_bytes; /* 64 MiB */
    int32_t subgraphs; /* 64 */
    int32_t tensors;   /* 4096 per subgraph */
    int32_t operators; /* 4096 per subgraph */
    int32_t buffers;   /* 8192 */
    int32_t dim;       /* 2^24: one dimension */
    int64_t elements;  /* 2^28 per tensor */
    int32_t node_args; /* 64 inputs or outputs of an operator, or of the graph */
    size_t name_bytes; /* 1024, longer names are cut and get a hash */
} ImportLimits;

ImportLimits import_default_limits(void);

/* Reads a .tflite from BYTES (which must outlive the graph: constants point into them). FILE_NAME
 * is for names and sentences. On OK the graph is verified structurally; shapes are as declared in
 * the file. */
Status import_tflite(Span bytes, const char *file_name, const ImportLimits *limits, Graph **out,
                     Diag *d) MUST_CHECK;

#endif
