/* MIRROR_PAD: y continues x beyond its edges as in a mirror: "reflect" leaves the edge element out,
 * "symmetric" repeats it. x: any type, rank 1 to 6; pads: constant [rank, 2], at most the size
 * (minus one for reflect). TFLite: MirrorPadOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pad.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t mode;
} Attr;
enum { REFLECT = 0, SYMMETRIC = 1 };
static const char *const mode_names[] = {"reflect", "symmetric", NULL};
static const AttrDesc attrs[] = {
    {"mode", ATTR_ENUM, offsetof(Attr, mode), WIRE_I8, 0, REFLECT, 0, 0, mode_names, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    Pads pads;
    TRY(pad_infer(g, n, d));
    TRY(const_pads(g, n, 1, "pads", x->shape.rank, &pads, d));
    for (int32_t k = 0; k < x->shape.rank; k++) {
        int32_t most = x->shape.dim[k] - (a->mode == REFLECT ? 1 : 0);
        if (pads.before[k] > most || pads.after[k] > most) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d of size %d cannot be mirrored by %d and %d", k,
                             x->shape.dim[k], pads.before[k], pads.after[k]);
        }
    }
    return OK;
}

/* Part of a dimension: 0 in front, 1 the input itself, 2 behind. */
static void part_loop(Copy *c, const Attr *a, int32_t part, int32_t dim, int32_t before,
                      int32_t after, int64_t x_step, int64_t y_step)
{
    int32_t skip = a->mode == REFLECT ? 1 : 0;
    if (part == 1) {
        copy_loop(c, dim, x_step, y_step);
        c->y_at += before * y_step;
    } else if (part == 0) {
        copy_loop(c, before, -x_step, y_step);
        c->x_at += (before - 1 + skip) * x_step;
    } else {
        copy_loop(c, after, -x_step, y_step);
        c->x_at += (dim - 1 - skip) * x_step;
        c->y_at += (before + dim) * y_step;
    }
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    Pads pads;
    TRY(const_pads(g, n, 1, "pads", x->rank, &pads, d));
    shape_steps(x, x_step);
    shape_steps(&node_out(g, n, 0)->shape, y_step);
    int32_t combinations = 1;
    for (int32_t k = 0; k < x->rank; k++) {
        combinations *= 3;
    }
    for (int32_t i = 0; i < combinations; i++) {
        Copy c = {0};
        bool is_empty = false;
        for (int32_t k = 0, rest = i; k < x->rank; k++, rest /= 3) {
            int32_t part = rest % 3;
            is_empty =
                is_empty || (part == 0 && pads.before[k] == 0) || (part == 2 && pads.after[k] == 0);
            part_loop(&c, a, part, x->dim[k], pads.before[k], pads.after[k], x_step[k], y_step[k]);
        }
        if (!is_empty) {
            call_copy(g, n, n->in[0], n->out[0], &c);
        }
    }
    return OK;
}

const Op op_mirror_pad = {
    .kind = {"mirror_pad", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "MIRROR_PAD",
    .tflite_code = 100,
    .tflite_options = 77,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
    .channels = pad_channels,
};
