/* SPACE_TO_DEPTH: y[b][i][j][(k * s + l) * channels + c] = x[b][i * s + k][j * s + l][c], k, l < s
 * = block_size. x: any type, [batch, height, width, channels]. TFLite: SpaceToDepthOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t block_size;
} Attr;
static const AttrDesc attrs[] = {
    {"block_size", ATTR_INT, offsetof(Attr, block_size), WIRE_I32, 0, 0, 1, 1 << 12, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const int32_t s = a->block_size;
    TRY(attr_check(g, n, d));
    TRY(check_moved(g, n, x, node_out(g, n, 0), d));
    TRY(check_rank(g, n, x, 4, 4, "input", d));
    if (x->shape.dim[1] % s != 0 || x->shape.dim[2] % s != 0) {
        return fail_node(g, n, d, ERR_INPUT, "an image of %dx%d cannot be cut into blocks of %d",
                         x->shape.dim[1], x->shape.dim[2], s);
    }
    node_out(g, n, 0)->shape = (Shape){
        4, {x->shape.dim[0], x->shape.dim[1] / s, x->shape.dim[2] / s, x->shape.dim[3] * s * s}};
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    const int32_t s = a->block_size;
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    Copy c = {0};
    shape_steps(x, x_step);
    shape_steps(y, y_step);
    copy_loop(&c, x->dim[0], x_step[0], y_step[0]);
    copy_loop(&c, y->dim[1], s * x_step[1], y_step[1]);
    copy_loop(&c, y->dim[2], s * x_step[2], y_step[2]);
    copy_loop(&c, s, x_step[1], s * x_step[2]);
    copy_loop(&c, s * x->dim[3], 1, 1);
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_space_to_depth = {
    .kind = {"space_to_depth", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SPACE_TO_DEPTH",
    .tflite_code = 26,
    .tflite_options = 19,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = copy_overlap,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
};
