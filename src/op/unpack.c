/* UNPACK: output i is slice i of x along "axis", without that dimension.
 * x: any type, rank 1 to 6. TFLite: UnpackOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t num; /* says again how many outputs there are */
    int32_t axis;
} Attr;
static const AttrDesc attrs[] = {
    {"num", ATTR_INT, offsetof(Attr, num), WIRE_I32, 0, 0, 0, INT32_MAX, NULL, NULL},
    {"axis", ATTR_INT, offsetof(Attr, axis), WIRE_I32, 1, 0, -MAX_RANK, MAX_RANK - 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    int32_t axis = 0;
    const int32_t said = ((const Attr *)n->attr)->num;
    if (said != n->out_count) {
        return fail_node(g, n, d, ERR_INPUT, "num is %d but there are %d outputs", said,
                         n->out_count);
    }
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    TRY(check_axis(g, n, a->axis, x->shape.rank, &axis, d));
    if (n->out_count != x->shape.dim[axis]) {
        return fail_node(g, n, d, ERR_INPUT, "%d outputs, but dimension %d of \"%s\" is %d",
                         n->out_count, axis, x->name, x->shape.dim[axis]);
    }
    Shape shape = {0};
    for (int32_t i = 0; i < x->shape.rank; i++) {
        if (i != axis) {
            shape.dim[shape.rank++] = x->shape.dim[i];
        }
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        TRY(check_moved(g, n, x, node_out(g, n, i), d));
        node_out(g, n, i)->shape = shape;
    }
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    int32_t axis = 0;
    int64_t outer = 0;
    int64_t inner = 0;
    TRY(check_axis(g, n, a->axis, x->shape.rank, &axis, d));
    shape_split(&x->shape, axis, &outer, &inner);
    for (int32_t i = 0; i < n->out_count; i++) {
        Copy c = {.x_at = i * inner};
        copy_loop(&c, (int32_t)outer, n->out_count * inner, inner);
        copy_loop(&c, (int32_t)inner, 1, 1);
        call_copy(g, n, n->in[0], n->out[i], &c);
    }
    return OK;
}

const Op op_unpack = {
    .kind = {"unpack", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "UNPACK",
    .tflite_code = 88,
    .tflite_options = 64,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 64,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
};
