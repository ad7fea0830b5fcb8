/* PACK: y is the inputs side by side along a new dimension "axis" (negative: from the back of y).
 * Inputs: any type, all of one shape; int8 inputs must have y's scale. TFLite: PackOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t values_count; /* says again how many inputs there are */
    int32_t axis;
} Attr;
static const AttrDesc attrs[] = {
    {"values_count", ATTR_INT, offsetof(Attr, values_count), WIRE_I32, 0, 0, 0, INT32_MAX, NULL, NULL},
    {"axis", ATTR_INT, offsetof(Attr, axis), WIRE_I32, 1, 0, -MAX_RANK, MAX_RANK - 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *first = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    if (first == NULL) {
        return fail_node(g, n, d, ERR_INPUT, "input 0 is missing");
    }
    TRY(check_rank(g, n, first, 0, MAX_RANK - 1, "input", d));
    TRY(check_axis(g, n, a->axis, first->shape.rank + 1, &axis, d));
    for (int32_t i = 0; i < n->in_count; i++) {
        const Tensor *x = node_in(g, n, i);
        if (x == NULL || !shape_equal(&x->shape, &first->shape)) {
            return fail_node(g, n, d, ERR_INPUT, "input %d has not the shape of \"%s\"", i, first->name);
        }
        TRY(check_moved(g, n, x, y, d));
        TRY(x->type == TYPE_S8 ? check_same_quant(g, n, x, y, d) : OK);
    }
    Shape shape = {.rank = first->shape.rank + 1};
    for (int32_t i = 0; i < shape.rank; i++) {
        shape.dim[i] = i < axis ? first->shape.dim[i] : i == axis ? n->in_count : first->shape.dim[i - 1];
    }
    TRY(check_elements(g, n, &shape, d));
    y->shape = shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    int64_t outer = 0;
    int64_t inner = 0;
    TRY(check_axis(g, n, a->axis, y->shape.rank, &axis, d));
    shape_split(&y->shape, axis, &outer, &inner);
    for (int32_t i = 0; i < n->in_count; i++) {
        Copy c = {.y_at = i * inner};
        copy_loop(&c, (int32_t)outer, inner, n->in_count * inner);
        copy_loop(&c, (int32_t)inner, 1, 1);
        call_copy(g, n, n->in[i], n->out[0], &c);
    }
    return OK;
}

const Op op_pack = {
    .kind = {"pack", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "PACK",
    .tflite_code = 83,
    .tflite_options = 59,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 1, .max_in = 64, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
};
