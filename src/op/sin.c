/* SIN: y = sin(x), radians.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include <math.h>

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    lower_unary_f32(g, n, "shrinc_sin_f32");
    return OK;
}

static float value(float x)
{
    return sinf(x);
}

static float slope(float x, float y)
{
    (void)y;
    return cosf(x);
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_sin = {
    .kind = {"sin", NULL, 0, 0},
    .tflite_name = "SIN",
    .tflite_code = 66,
    .tflite_options = 0,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
