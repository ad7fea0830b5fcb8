/* MAXIMUM: y = the larger one of a and b, with broadcasting. Quantised types: of the numbers as they are, whatever the
 * scales, as in the reference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_binary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    static const char *const kernel[TYPE_COUNT] = {
        [TYPE_F32] = "shrinc_maximum_f32", [TYPE_S8] = "shrinc_maximum_s8",
        [TYPE_S16] = "shrinc_maximum_s16", [TYPE_S32] = "shrinc_maximum_s32",
    };
    const Tensor *a = node_in(g, n, 0);
    warn_scales(g, n, d);
    lower_pair(g, n, kernel[a->type]);
    return OK;
}

static float value(float a, float b)
{
    return a < b ? b : a;
}

static void slopes(float a, float b, float y, float *by_a, float *by_b)
{
    (void)y;
    *by_a = a > b ? 1.0f : a == b ? 0.5f : 0.0f;
    *by_b = 1.0f - *by_a;
}

static const PairFunction function = {value, slopes};

static void train_forward(const Shard *s)
{
    train_pair(s, function, ACT_NONE);
}

static void train_backward(const Shard *s)
{
    train_pair_backward(s, function, ACT_NONE);
}

const Op op_maximum = {
    .kind = {"maximum", NULL, 0, 0},
    .tflite_name = "MAXIMUM",
    .tflite_code = 55,
    .tflite_options = 39,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
