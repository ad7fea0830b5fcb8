/* ARG_MIN: y = the index of the smallest element of x along an axis; of equals the first. x: f32,
 * s8; y: s32 or s64 without the axis, which is a constant. TFLite: ArgMinOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_arg.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    return arg_lower(g, n, -1, d);
}

const Op op_arg_min = {
    .kind = {"arg_min", arg_attrs, ARG_ATTRS, sizeof(ArgAttr)},
    .tflite_name = "ARG_MIN",
    .tflite_code = 79,
    .tflite_options = 57,
    .quant = {.rule = QUANT_FREE},
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = arg_infer,
    .lower = lower,
};
