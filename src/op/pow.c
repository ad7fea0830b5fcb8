/* POW: y = a to the power of b, with broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

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

static float value(float a, float b)
{
    return powf(a, b);
}

static void slopes(float a, float b, float y, float *by_a, float *by_b)
{
    *by_a = b * powf(a, b - 1.0f);
    *by_b = a > 0.0f ? y * logf(a) : 0.0f;
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
    .forward = train_forward,
    .backward = train_backward,
};
