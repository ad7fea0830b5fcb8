/* CEIL: y = the smallest integer that is not below x.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    lower_unary_f32(g, n, "shrinc_ceil_f32");
    return OK;
}

const Op op_ceil = {
    .kind = {"ceil", NULL, 0, 0},
    .tflite_name = "CEIL",
    .tflite_code = 104,
    .tflite_options = 0,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
