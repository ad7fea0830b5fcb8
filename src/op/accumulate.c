/* ACCUMULATE: a score's memory: ewma s += (x - s) * alpha, or cusum s = max(0, s + x - drift); y = s. x: s16 of
 * one element; state: variable s32 [2]; y: s16 [1, 1]. alpha and drift in real units.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_accumulate_s16.h"

static const char *const kinds[] = {"ewma", "cusum", NULL};

typedef struct Attr {
    int32_t kind, warmup;
    float alpha, drift;
} Attr;
static const AttrDesc attrs[] = {
    {"kind", ATTR_ENUM, offsetof(Attr, kind), WIRE_NONE, 0, 0, 0, 0, kinds, NULL},
    {"alpha", ATTR_FLOAT, offsetof(Attr, alpha), WIRE_NONE, 0, 0.25, 0.0, 1.0, NULL, NULL},
    {"drift", ATTR_FLOAT, offsetof(Attr, drift), WIRE_NONE, 0, 0.0, -1e9, 1e9, NULL, NULL},
    {"warmup", ATTR_INT, offsetof(Attr, warmup), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(check_scaled(g, n, x, TYPE_BIT(TYPE_S16), "input", d));
    TRY(check_state(g, n, 1, TYPE_S32, 2, d));
    if (shape_count(&x->shape) != 1) {
        return fail_node(g, n, d, ERR_INPUT, "takes one number a run, not %jd", (intmax_t)shape_count(&x->shape));
    }
    return set_single(g, n, TYPE_BIT(TYPE_S16), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    double unit = (double)node_in(g, n, 0)->q.scale[0] / 256.0;
    Call *c = call_new(g, n, "shrinc_accumulate_s16", sizeof(shrinc_accumulate_s16_params));
    shrinc_accumulate_s16_params *p = c->params;
    *p = (shrinc_accumulate_s16_params){.kind = a->kind,
                                        .warmup = a->warmup,
                                        .alpha = to_integer((double)a->alpha * 32768.0, 32768.0),
                                        .drift = to_integer((double)a->drift / unit, 8388607.0),
                                        .y_zero = node_out(g, n, 0)->q.zero[0]};
    TRY(to_output(g, n, unit, 8388608, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_accumulate = {
    .kind = {"accumulate", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "shrinc_accumulate",
    .tflite_code = TFLITE_CUSTOM,
    .traits = TRAIT_STATEFUL,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
