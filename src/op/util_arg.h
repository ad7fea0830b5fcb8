/* What ARG_MAX and ARG_MIN share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_ARG_H
#define SHRINC_OP_UTIL_ARG_H

#include "op/op.h"

typedef struct ArgAttr {
    int32_t output_type; /* TFLite's TensorType; the output tensor says it too */
} ArgAttr;

enum { ARG_ATTRS = 1 };
extern const AttrDesc arg_attrs[ARG_ATTRS];

Status arg_infer(Graph *g, Node *n, Diag *d);
/* SIGN 1: the largest, -1: the smallest. */
Status arg_lower(Graph *g, Node *n, int32_t sign, Diag *d);

#endif
