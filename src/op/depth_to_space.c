/* DEPTH_TO_SPACE: y[b][i * s + k][j * s + l][c] = x[b][i][j][(k * s + l) * channels_y + c], k, l <
 * s = block_size. x: any type, [batch, height, width, channels]. TFLite: DepthToSpaceOptions.
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
    if (x->shape.dim[3] % (s * s) != 0) {
        return fail_node(g, n, d, ERR_INPUT, "%d channels cannot be spread over blocks of %dx%d",
                         x->shape.dim[3], s, s);
    }
    node_out(g, n, 0)->shape = (Shape){
        4, {x->shape.dim[0], x->shape.dim[1] * s, x->shape.dim[2] * s, x->shape.dim[3] / (s * s)}};
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
    copy_loop(&c, x->dim[1], x_step[1], s * y_step[1]);
    copy_loop(&c, s, s * y_step[2], y_step[1]);
    copy_loop(&c, x->dim[2], x_step[2], s * y_step[2]);
    copy_loop(&c, s * y->dim[3], 1, 1);
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_depth_to_space = {
    .kind = {"depth_to_space", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "DEPTH_TO_SPACE",
    .tflite_code = 5,
    .tflite_options = 94,
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
