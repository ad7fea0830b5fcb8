/* RESHAPE: y is x's elements under another shape; one dimension may be -1 and is deduced.
 * x: any type; shape: constant input 1, or the option new_shape where there is no input 1.
 * TFLite: ReshapeOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

typedef struct Attr {
    IntList new_shape;
} Attr;
static const AttrDesc attrs[] = {
    {"new_shape", ATTR_INTS, offsetof(Attr, new_shape), WIRE_INTS, 0, 0, -1, INT32_MAX, NULL, NULL},
};

/* Checks the wished dimensions and puts the deduced one in the place of -1. */
static Status deduce(const Graph *g, const Node *n, const IntList *wish, Shape *out, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    int64_t count = shape_count(&x->shape);
    int64_t product = 1;
    int32_t open = -1;
    char text[96];
    if (wish->count > MAX_RANK) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "a shape of %d dimensions is not supported; at most %d", wish->count,
                         MAX_RANK);
    }
    out->rank = wish->count == 1 && wish->value[0] == 0
                    ? 0
                    : wish->count; /* [0] is how old files say "scalar" */
    for (int32_t i = 0; i < out->rank; i++) {
        int32_t dim = wish->value[i];
        if (dim == -1 && open < 0) {
            open = i;
            dim = 1;
        }
        if (dim < 1 || product > count) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d of the new shape is %d; \"%s\" is %s and cannot take it",
                             i, wish->value[i], x->name, shape_text(&x->shape, text));
        }
        out->dim[i] = dim;
        product *= dim;
    }
    if (open >= 0 && count % product == 0) {
        out->dim[open] = (int32_t)(count / product);
        product = count;
    }
    if (product != count) {
        char wished[96];
        return fail_node(g, n, d, ERR_INPUT, "\"%s\" is %s (%jd elements) and cannot become %s%s",
                         x->name, shape_text(&x->shape, text), (intmax_t)count,
                         shape_text(out, wished), open >= 0 ? " with one dimension deduced" : "");
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    Tensor *y = node_out(g, n, 0);
    IntList wish = a->new_shape;
    Shape shape = {0};
    TRY(check_moved(g, n, node_in(g, n, 0), y, d));
    if (node_in(g, n, 1) != NULL) {
        TRY(const_ints(g, n, 1, "new shape", &wish, d));
    }
    TRY(deduce(g, n, &wish, &shape, d));
    y->shape = shape;
    return OK;
}

const Op op_reshape = {
    .kind = {"reshape", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "RESHAPE",
    .tflite_code = 22,
    .tflite_options = 17,
    .traits = TRAIT_VIEW | TRAIT_MOVES_DATA,
    .min_in = 1,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
};
