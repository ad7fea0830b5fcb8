/* EQUAL: y = a = b, with broadcasting; y is bool. s8: each side on its own scale, with 8 fractional bits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    return lower_compare(g, n, (CompareResult){.unordered = 0, .less = 0, .greater = 0, .equal = 1}, d);
}

const Op op_equal = {
    .kind = {"equal", NULL, 0, 0},
    .tflite_name = "EQUAL",
    .tflite_code = 71,
    .tflite_options = 53,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer_compare,
    .lower = lower,
    .overlap = overlap_elementwise,
};
