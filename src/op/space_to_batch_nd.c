/* SPACE_TO_BATCH_ND: the padded image's pixels are dealt to batches by their position in a block;
 * dilated convolutions are exported so. y[position * B + b][i][j] = padded x[b][i * size0 +
 * position0][j * size1 + position1]. x: any type, rank 3 or 4. Like TFLite Micro, int8 is padded
 * with the byte 0 whatever the zero point.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_blocks.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Blocks b;
    TRY(blocks_read(g, n, "pads", &b, d));
    Shape s = x->shape;
    if ((int64_t)s.dim[0] * b.count > 1 << 24) {
        return fail_node(g, n, d, ERR_LIMIT, "the output would have %jd batches",
                         (intmax_t)s.dim[0] * b.count);
    }
    s.dim[0] *= b.count;
    for (int32_t k = 0; k < b.dims; k++) {
        int64_t padded = (int64_t)s.dim[k + 1] + b.edge.before[k] + b.edge.after[k];
        if (padded % b.size[k] != 0 || padded > 1 << 24) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d with its pads is %jd, which blocks of %d do not divide",
                             k + 1, (intmax_t)padded, b.size[k]);
        }
        s.dim[k + 1] = (int32_t)(padded / b.size[k]);
    }
    TRY(check_elements(g, n, &s, d));
    node_out(g, n, 0)->shape = s;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    static const uint8_t zero[8];
    Blocks b;
    TRY(blocks_read(g, n, "pads", &b, d));
    if (shape_count(&node_out(g, n, 0)->shape) != shape_count(&node_in(g, n, 0)->shape)) {
        TRY(call_fill(g, n, n->out[0], zero, d));
    }
    blocks_lower(g, n, &b, true);
    return OK;
}

const Op op_space_to_batch_nd = {
    .kind = {"space_to_batch_nd", NULL, 0, 0},
    .tflite_name = "SPACE_TO_BATCH_ND",
    .tflite_code = 38,
    .tflite_options = 25,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 3,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
