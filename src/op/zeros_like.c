/* ZEROS_LIKE: zeros of the shape and type of x; its values do not matter. Exists only to be folded.
 * x: any type but quantised ones. TFLite: ZerosLikeOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const uint32_t types = TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64);
    TRY(check_type(g, n, x, types, "input", d));
    TRY(check_moved(g, n, x, node_out(g, n, 0), d));
    node_out(g, n, 0)->shape = x->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    static const uint8_t zero[8];
    return call_fill(g, n, n->out[0], zero, d);
}

const Op op_zeros_like = {
    .kind = {"zeros_like", NULL, 0, 0},
    .tflite_name = "ZEROS_LIKE",
    .tflite_code = 93,
    .tflite_options = 67,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
