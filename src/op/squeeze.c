/* SQUEEZE: y is x without its dimensions of size 1: the named ones, or all where none is named.
 * x: any type. TFLite: SqueezeOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

typedef struct Attr {
    IntList squeeze_dims;
} Attr;
static const AttrDesc attrs[] = {
    {"squeeze_dims", ATTR_INTS, offsetof(Attr, squeeze_dims), WIRE_INTS, 0, 0, -MAX_RANK,
     MAX_RANK - 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    TRY(check_moved(g, n, x, y, d));
    bool goes[MAX_RANK] = {false};
    for (int32_t i = 0; i < a->squeeze_dims.count; i++) {
        int32_t axis = 0;
        TRY(check_axis(g, n, a->squeeze_dims.value[i], x->shape.rank, &axis, d));
        if (x->shape.dim[axis] != 1) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d of \"%s\" is %d; only dimensions of 1 can be squeezed",
                             axis, x->name, x->shape.dim[axis]);
        }
        goes[axis] = true;
    }
    Shape shape = {0};
    for (int32_t i = 0; i < x->shape.rank; i++) {
        bool drop = a->squeeze_dims.count > 0 ? goes[i] : x->shape.dim[i] == 1;
        if (!drop) {
            shape.dim[shape.rank++] = x->shape.dim[i];
        }
    }
    y->shape = shape;
    return OK;
}

const Op op_squeeze = {
    .kind = {"squeeze", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SQUEEZE",
    .tflite_code = 43,
    .tflite_options = 30,
    .traits = TRAIT_VIEW | TRAIT_MOVES_DATA,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
};
