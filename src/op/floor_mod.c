/* FLOOR_MOD: y = a - b * floor(a / b), with broadcasting; 0 for a division by 0. For computing shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_S32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    lower_pair(g, n, "shrinc_floor_mod_s32");
    return OK;
}

const Op op_floor_mod = {
    .kind = {"floor_mod", NULL, 0, 0},
    .tflite_name = "FLOOR_MOD",
    .tflite_code = 95,
    .tflite_options = 72,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
