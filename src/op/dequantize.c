/* DEQUANTIZE: from a quantised type to float, y = (x - zero_x) * scale_x; from float16, exactly.
 * Weights stored as float16 reach their layers through it; folding constants makes them float32.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include "shrinc_dequantize.h"
#include "shrinc_widen_f16.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    const uint32_t types =
        TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_U8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_F16);
    TRY(check_type(g, n, x, types, "input", d));
    TRY(check_type(g, n, y, TYPE_BIT(TYPE_F32), "output", d));
    TRY(check_quantized(g, n, x, "input", d));
    y->shape = x->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Tensor *x = node_in(g, n, 0);
    if (x->type == TYPE_F16) {
        Call *widen = call_new(g, n, "shrinc_widen_f16_f32", sizeof(shrinc_widen_f16_params));
        ((shrinc_widen_f16_params *)widen->params)->count = count_of(x);
        call_tensor(widen, n->in[0]);
        call_tensor(widen, n->out[0]);
        return OK;
    }
    const char *kernel = x->type == TYPE_S8   ? "shrinc_dequantize_s8_f32"
                         : x->type == TYPE_U8 ? "shrinc_dequantize_u8_f32"
                                              : "shrinc_dequantize_s16_f32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_dequantize_params));
    shrinc_dequantize_params *p = c->params;
    *p = (shrinc_dequantize_params){.count = count_of(x), .zero = x->q.zero[0], .scale = x->q.scale[0]};
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_dequantize = {
    .kind = {"dequantize", NULL, 0, 0},
    .tflite_name = "DEQUANTIZE",
    .tflite_code = 6,
    .tflite_options = 38,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
