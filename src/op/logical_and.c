/* LOGICAL_AND: y = a and b on truth values, with broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_BOOL), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    static const uint8_t result[4] = {0, 0, 0, 1}; /* of a + 2 b */
    lower_logic(g, n, result);
    return OK;
}

const Op op_logical_and = {
    .kind = {"logical_and", NULL, 0, 0},
    .tflite_name = "LOGICAL_AND",
    .tflite_code = 86,
    .tflite_options = 62,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
