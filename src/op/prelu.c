/* PRELU: y = x where x >= 0, else alpha * x, the slopes alpha broadcast to x. s8: requantised on
 * either side of the zero point with a multiplier of its own. TFLite has no options for it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_train.h"

#include "shrinc_prelu_s8.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(infer_binary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d));
    if (!shape_equal(&x->shape, &node_out(g, n, 0)->shape)) {
        char a[96];
        char b[96];
        return fail_node(g, n, d, ERR_INPUT, "slopes of shape %s do not fit an input of shape %s",
                         shape_text(&node_in(g, n, 1)->shape, a), shape_text(&x->shape, b));
    }
    return OK;
}

static Status lower_s8(Graph *g, Node *n, Diag *d)
{
    const Quant *x = &node_in(g, n, 0)->q;
    const Quant *alpha = &node_in(g, n, 1)->q;
    const Quant *y = &node_out(g, n, 0)->q;
    Walk w = walk_plan(g, n, 2);
    Call *c = call_new(g, n, "shrinc_prelu_s8", sizeof(shrinc_prelu_s8_params));
    shrinc_prelu_s8_params *p = c->params;
    *p = (shrinc_prelu_s8_params){
        .rows = w.rows,
        .inner = w.inner,
        .x_step = w.step[0],
        .alpha_step = w.step[1],
        .x_zero = x->zero[0],
        .alpha_zero = alpha->zero[0],
        .y_zero = y->zero[0],
    };
    double ratio = (double)x->scale[0] / (double)y->scale[0];
    double below = (double)x->scale[0] * (double)alpha->scale[0] / (double)y->scale[0];
    TRY(gain(g, n, ratio, 255, &p->multiplier, &p->shift, d));
    TRY(gain(g, n, below, 255 * 255, &p->alpha_multiplier, &p->alpha_shift, d));
    call_operands(g, n, c, &w);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    if (node_in(g, n, 0)->type == TYPE_S8) {
        return lower_s8(g, n, d);
    }
    lower_pair(g, n, "shrinc_prelu_f32");
    return OK;
}

static float value(float a, float b)
{
    return a < 0.0f ? a * b : a;
}

static void slopes(float a, float b, float y, float *by_a, float *by_b)
{
    (void)y;
    *by_a = a < 0.0f ? b : 1.0f;
    *by_b = a < 0.0f ? a : 0.0f;
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

const Op op_prelu = {
    .kind = {"prelu", NULL, 0, 0},
    .tflite_name = "PRELU",
    .tflite_code = 54,
    .quant = {.rule = QUANT_FREE, .weights = 1},
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "xs",
};
