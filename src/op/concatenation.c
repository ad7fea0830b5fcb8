/* CONCATENATION: y is the inputs one behind the other along "axis"; all other dimensions are equal.
 * Inputs: any type, the same for all; int8 inputs must have y's scale. An input whose storage
 * already is its place in y (pass_alias) is not copied. TFLite: ConcatenationOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t axis;
    int32_t act;
} Attr;
static const AttrDesc attrs[] = {
    {"axis", ATTR_INT, offsetof(Attr, axis), WIRE_I32, 0, 0, -MAX_RANK, MAX_RANK - 1, NULL, NULL},
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 1, ACT_NONE, 0, 0, act_names, NULL},
};

static Status check_part(const Graph *g, const Node *n, const Tensor *first, const Tensor *x,
                         int32_t axis, Diag *d)
{
    const Tensor *y = node_out(g, n, 0);
    TRY(check_moved(g, n, x, y, d));
    if (x->type == TYPE_S8) {
        TRY(check_same_quant(g, n, x, y, d));
    }
    bool fits = x->shape.rank == first->shape.rank;
    for (int32_t i = 0; fits && i < x->shape.rank; i++) {
        fits = i == axis || x->shape.dim[i] == first->shape.dim[i];
    }
    if (!fits) {
        char p[96];
        char q[96];
        return fail_node(g, n, d, ERR_INPUT,
                         "\"%s\" %s and \"%s\" %s cannot be joined along axis %d", first->name,
                         shape_text(&first->shape, p), x->name, shape_text(&x->shape, q), axis);
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *first = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    int64_t total = 0;
    TRY(check_axis(g, n, a->axis, first->shape.rank, &axis, d));
    if (a->act != ACT_NONE) {
        return fail_node(
            g, n, d, ERR_UNSUPPORTED,
            "a fused activation (%s) is not supported; export it as a layer of its own",
            act_names[a->act]);
    }
    for (int32_t i = 0; i < n->in_count; i++) {
        const Tensor *x = node_in(g, n, i);
        if (x == NULL) {
            return fail_node(g, n, d, ERR_INPUT, "input %d is missing", i);
        }
        TRY(check_part(g, n, first, x, axis, d));
        total += x->shape.dim[axis];
    }
    if (total > INT32_MAX) {
        return fail_node(g, n, d, ERR_LIMIT, "the joined dimension is %jd", (intmax_t)total);
    }
    Shape shape = first->shape;
    shape.dim[axis] = (int32_t)total;
    y->shape = shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    TRY(check_axis(g, n, a->axis, y->shape.rank, &axis, d));
    int64_t outer = 0;
    int64_t inner = 0;
    int64_t at = 0;
    shape_split(&y->shape, axis, &outer, &inner);
    for (int32_t i = 0; i < n->in_count; i++) {
        int64_t run = node_in(g, n, i)->shape.dim[axis] * inner;
        Copy c = {.y_at = at};
        copy_loop(&c, (int32_t)outer, run, y->shape.dim[axis] * inner);
        copy_loop(&c, (int32_t)run, 1, 1);
        call_copy(g, n, n->in[i], n->out[0], &c);
        at += run;
    }
    return OK;
}

/* Along the last dimension channels stand behind each other, along another one channel c is channel
 * c of each part. */
static Channels channels(const Graph *g, const Node *n)
{
    const Attr *a = n->attr;
    int32_t rank = node_out(g, n, 0)->shape.rank;
    bool is_last = a->axis == -1 || a->axis == rank - 1;
    for (int32_t i = 0; i < n->in_count; i++) {
        if (tensor_is_const(node_in(g, n, i))) {
            return (Channels){.kind = CHANNELS_OPAQUE};
        }
    }
    return (Channels){.kind = is_last ? CHANNELS_JOIN : CHANNELS_EACH};
}

const Op op_concatenation = {
    .kind = {"concatenation", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "CONCATENATION",
    .tflite_code = 2,
    .tflite_options = 10,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 1,
    .max_in = 64,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .channels = channels,
};
