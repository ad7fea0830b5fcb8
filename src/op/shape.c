/* SHAPE: the dimensions of x as numbers. Exists only to be folded: shapes are known before the
 * model runs. y: s32 or s64 [rank]. TFLite: ShapeOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

typedef struct Attr {
    int32_t out_type; /* TFLite's TensorType; the output tensor says it too */
} Attr;
static const AttrDesc attrs[] = {
    {"out_type", ATTR_INT, offsetof(Attr, out_type), WIRE_I8, 0, 0, 0, 127, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, y, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), "output", d));
    y->shape = shape_of(1, (int32_t[]){node_in(g, n, 0)->shape.rank});
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    int64_t wide[MAX_RANK];
    if (x->rank == 0) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "the shape of a scalar is empty");
    }
    for (int32_t k = 0; k < x->rank; k++) {
        wide[k] = x->dim[k];
    }
    call_values(g, n, node_out(g, n, 0)->type == TYPE_S64 ? (const void *)wide : x->dim);
    return OK;
}

const Op op_shape = {
    .kind = {"shape", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SHAPE",
    .tflite_code = 77,
    .tflite_options = 55,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
