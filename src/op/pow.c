/* POW: y = a to the power of b, with broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_F32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    lower_pair(g, n, "shrinc_pow_f32");
    return OK;
}

const Op op_pow = {
    .kind = {"pow", NULL, 0, 0},
    .tflite_name = "POW",
    .tflite_code = 78,
    .tflite_options = 56,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
