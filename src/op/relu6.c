/* RELU6: y = min(max(x, 0), 6).
 * s8, s16: the reference clamps the numbers as they are and takes the output's scale to be the
 * input's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type != TYPE_F32 && (x->q.scale[0] != y->q.scale[0] || x->q.zero[0] != y->q.zero[0])) {
        warn(d,
             "relu6 \"%s\": input and output have different scales; like the reference, the "
             "input's is used for both",
             n->name);
    }
    return lower_clamp(g, n, ACT_RELU6, x, d);
}

static void train_forward(const Shard *s)
{
    train_clamp(s, ACT_RELU6);
}

static void train_backward(const Shard *s)
{
    train_clamp_backward(s, ACT_RELU6);
}

const Op op_relu6 = {
    .kind = {"relu6", NULL, 0, 0},
    .tflite_name = "RELU6",
    .tflite_code = 21,
    .tflite_options = 0,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_ELEMENTWISE | TRAIT_CLAMP | TRAIT_SETS_GRADIENT,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
