/* RANK: the number of dimensions of x, a scalar s32. Exists only to be folded: shapes are known
 * before the model runs. TFLite: RankOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(TYPE_S32), "output", d));
    node_out(g, n, 0)->shape = (Shape){0};
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    call_values(g, n, &node_in(g, n, 0)->shape.rank);
    return OK;
}

const Op op_rank = {
    .kind = {"rank", NULL, 0, 0},
    .tflite_name = "RANK",
    .tflite_code = 110,
    .tflite_options = 86,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
