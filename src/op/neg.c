/* NEG: y = -x. s8: the byte negated, wrapping; zero points play no part, as in the reference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    return infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d);
}

static int8_t entry(int8_t x, const void *context)
{
    (void)context;
    return x == INT8_MIN ? x : (int8_t)-x;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    if (node_in(g, n, 0)->type == TYPE_S8) {
        return lower_lut_s8(g, n, entry, NULL);
    }
    lower_unary_f32(g, n, "shrinc_neg_f32");
    return OK;
}

static float value(float x)
{
    return -x;
}

static float slope(float x, float y)
{
    (void)x;
    (void)y;
    return -1.0f;
}

static void train_forward(const Shard *s)
{
    train_unary(s, value);
}

static void train_backward(const Shard *s)
{
    train_unary_backward(s, slope);
}

const Op op_neg = {
    .kind = {"neg", NULL, 0, 0},
    .tflite_name = "NEG",
    .tflite_code = 59,
    .tflite_options = 42,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
};
