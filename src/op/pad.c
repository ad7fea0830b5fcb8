/* PAD: y is x with pads[k][0] elements in front of and pads[k][1] behind dimension k; the new
 * elements are zero (the zero point of a quantised tensor). x: any type, rank 1 to 6; pads:
 * constant [rank, 2]. TFLite: PadOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pad.h"
#include "op/util_train.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *y = node_out(g, n, 0);
    uint8_t zero[8] = {0};
    if (y->q.count > 0) {
        memcpy(zero, &y->q.zero[0],
               (size_t)type_bytes(y->type) < 4 ? (size_t)type_bytes(y->type) : 4);
    }
    return pad_lower(g, n, zero, d);
}

const Op op_pad = {
    .kind = {"pad", NULL, 0, 0},
    .tflite_name = "PAD",
    .tflite_code = 34,
    .tflite_options = 22,
    .traits = TRAIT_MOVES_DATA | TRAIT_PADS,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = pad_infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
    .channels = pad_channels,
};
