/* PADV2: y is x with pads[k][0] elements in front of and pads[k][1] behind dimension k, all of them equal to "value".
 * x: any type, rank 1 to 6; pads: constant [rank, 2]; value: a constant of one element, of x's type and scale.
 * TFLite: PadV2Options, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pad.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *value = node_in(g, n, 2);
    TRY(pad_infer(g, n, d));
    if (value == NULL || !tensor_is_const(value) || shape_count(&value->shape) != 1) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "the pad value must be a constant of one element");
    }
    TRY(check_moved(g, n, value, node_out(g, n, 0), d));
    return value->type == TYPE_S8 ? check_same_quant(g, n, value, node_out(g, n, 0), d) : OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return pad_lower(g, n, node_in(g, n, 2)->data, d);
}

const Op op_padv2 = {
    .kind = {"padv2", NULL, 0, 0},
    .tflite_name = "PADV2",
    .tflite_code = 60,
    .tflite_options = 43,
    .traits = TRAIT_MOVES_DATA | TRAIT_PADS,
    .min_in = 3, .max_in = 3, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
    .channels = pad_channels,
};
