/* BATCH_TO_SPACE_ND: the reverse of SPACE_TO_BATCH_ND: batches are woven into an image, whose edges are then cropped.
 * x: any type, rank 3 or 4.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_blocks.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Blocks b;
    TRY(blocks_read(g, n, "crops", &b, d));
    Shape s = x->shape;
    if (s.dim[0] % b.count != 0) {
        return fail_node(g, n, d, ERR_INPUT, "%d batches do not make whole blocks of %d", s.dim[0], b.count);
    }
    s.dim[0] /= b.count;
    for (int32_t k = 0; k < b.dims; k++) {
        int64_t size = (int64_t)s.dim[k + 1] * b.size[k] - b.edge.before[k] - b.edge.after[k];
        if (size < 1 || size > 1 << 24) {
            return fail_node(g, n, d, ERR_INPUT, "crops of %d and %d leave nothing of dimension %d", b.edge.before[k],
                             b.edge.after[k], k + 1);
        }
        s.dim[k + 1] = (int32_t)size;
    }
    TRY(check_elements(g, n, &s, d));
    node_out(g, n, 0)->shape = s;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    Blocks b;
    TRY(blocks_read(g, n, "crops", &b, d));
    blocks_lower(g, n, &b, false);
    return OK;
}

const Op op_batch_to_space_nd = {
    .kind = {"batch_to_space_nd", NULL, 0, 0},
    .tflite_name = "BATCH_TO_SPACE_ND",
    .tflite_code = 37,
    .tflite_options = 24,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 3, .max_in = 3, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
