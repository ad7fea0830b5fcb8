/* SHAPE: the dimensions of x as numbers. Exists only to be folded: shapes are known before the model runs.
 * y: s32 or s64 [rank]. TFLite: ShapeOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

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
    const Shape s = node_in(g, n, 0)->shape;
    int32_t words[2 * MAX_RANK] = {0};
    bool wide = node_out(g, n, 0)->type == TYPE_S64;
    if (s.rank == 0) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "the shape of a scalar is empty");
    }
    for (int32_t k = 0; k < s.rank; k++) {
        words[wide ? 2 * k : k] = s.dim[k]; /* little endian */
    }
    TensorId id = graph_add_const(g, n->name, node_out(g, n, 0)->type, shape_of(1, &s.rank), words);
    Copy all = {0};
    copy_loop(&all, s.rank, 1, 1);
    call_copy(g, n, id, n->out[0], &all);
    return OK;
}

const Op op_shape = {
    .kind = {"shape", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SHAPE",
    .tflite_code = 77,
    .tflite_options = 55,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
};
