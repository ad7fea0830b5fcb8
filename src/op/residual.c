/* RESIDUAL: y = sqrt(mean of (a - b)^2) in real units: what an autoencoder does not restore, judged against its
 * input as it was before it was rounded to int8. a: s16; b: s8 of as many elements; y: s16 [1, 1].
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_residual_s8.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *a = node_in(g, n, 0);
    const Tensor *b = node_in(g, n, 1);
    TRY(check_scaled(g, n, a, TYPE_BIT(TYPE_S16), "first input", d));
    TRY(check_scaled(g, n, b, TYPE_BIT(TYPE_S8), "second input", d));
    if (shape_count(&a->shape) != shape_count(&b->shape) || shape_count(&a->shape) > 1 << 20) {
        return fail_node(g, n, d, ERR_INPUT, "compares %jd numbers with %jd; as many, and at most %d",
                         (intmax_t)shape_count(&a->shape), (intmax_t)shape_count(&b->shape), 1 << 20);
    }
    return set_single(g, n, TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *a = node_in(g, n, 0);
    const Tensor *b = node_in(g, n, 1);
    const Tensor *y = node_out(g, n, 0);
    Call *c = call_new(g, n, "shrinc_residual_s8", sizeof(shrinc_residual_s8_params));
    shrinc_residual_s8_params *p = c->params;
    *p = (shrinc_residual_s8_params){.count = count_of(a), .b_zero = b->q.zero[0], .y_zero = y->q.zero[0]};
    TRY(gain(g, n, (double)a->q.scale[0] * 1024.0, 1 << 17, &p->a_multiplier, &p->a_shift, d));
    TRY(gain(g, n, (double)b->q.scale[0] * 1024.0, 1 << 9, &p->b_multiplier, &p->b_shift, d));
    TRY(to_output(g, n, 1.0 / 1024.0, 8388608, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_residual = {
    .kind = {"residual", NULL, 0, 0},
    .tflite_name = "shrinc_residual",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
