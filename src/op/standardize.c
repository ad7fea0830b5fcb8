/* STANDARDIZE: y = (x - offset[i]) * gain[i] in real units, i along the last dimension. x: s16 [.., count];
 * offset, gain: constants f32 [count], gains of at least 0; y: s16 or s8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_standardize.h"

enum { X, OFFSET, GAIN };

static int32_t last_dim(const Graph *g, const Node *n)
{
    return shape_dim_back(&node_in(g, n, X)->shape, 0);
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    Tensor *y = node_out(g, n, 0);
    TRY(check_scaled(g, n, node_in(g, n, X), TYPE_BIT(TYPE_S16), "input", d));
    TRY(check_scaled(g, n, y, TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S8), "output", d));
    TRY(check_rank(g, n, node_in(g, n, X), 1, MAX_RANK, "input", d));
    int32_t count = last_dim(g, n);
    TRY(check_numbers(g, n, OFFSET, TYPE_F32, count, "offsets", d));
    TRY(check_numbers(g, n, GAIN, TYPE_F32, count, "gains", d));
    for (int32_t i = 0; i < count; i++) {
        if (const_value(node_in(g, n, GAIN), i) < 0.0) {
            return fail_node(g, n, d, ERR_INPUT, "gain %d is below 0", i);
        }
    }
    y->shape = node_in(g, n, X)->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *y = node_out(g, n, 0);
    int32_t count = last_dim(g, n);
    int32_t *offset = NEW(&g->arena, int32_t, count);
    int32_t *multiplier = NEW(&g->arena, int32_t, count);
    int8_t *shift = NEW(&g->arena, int8_t, count);
    double x_unit = (double)x->q.scale[0] / 256.0;
    for (int32_t i = 0; i < count; i++) {
        int32_t s = 0;
        offset[i] = to_integer(const_value(node_in(g, n, OFFSET), i) / x_unit, 16777216.0);
        double real = const_value(node_in(g, n, GAIN), i) * x_unit / (double)y->q.scale[0];
        TRY(gain(g, n, real, 1 << 25, &multiplier[i], &s, d));
        shift[i] = (int8_t)s;
    }
    Call *c = call_new(g, n, y->type == TYPE_S8 ? "shrinc_standardize_s8" : "shrinc_standardize_s16",
                       sizeof(shrinc_standardize_params));
    *(shrinc_standardize_params *)c->params =
        (shrinc_standardize_params){(int32_t)(shape_count(&x->shape) / count), count, y->q.zero[0]};
    call_tensor(c, n->in[X]);
    call_const(g, c, "offset", TYPE_S32, offset, count, 0);
    call_const(g, c, "multiplier", TYPE_S32, multiplier, count, 0);
    call_const(g, c, "shift", TYPE_S8, shift, count, 0);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_standardize = {
    .kind = {"standardize", NULL, 0, 0},
    .tflite_name = "shrinc_standardize",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 3,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
