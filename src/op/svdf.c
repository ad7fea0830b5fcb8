/* SVDF: a rank-R filter over the last M steps; see rt/shrinc_svdf.h for the formula.
 * x: [B, K]; wf: [U * R, K]; wt: [U * R, M]; bias: [U] or left out; state: [B, U * R * M] of wt's
 * type (s8, s16, f32); y: [B, U]. As in the reference, s8 ignores the fused activation. TFLite:
 * SVDFOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_mac.h"

#include "shrinc_svdf.h"
#include "shrinc_svdf_f32.h"

enum { X, FEATURE, TIME, BIAS, STATE };
enum { MAX_IN_COUNT = 65536 };

typedef struct Attr {
    int32_t rank, act;
    bool asymmetric;
} Attr;
static const AttrDesc attrs[] = {
    {"rank", ATTR_INT, offsetof(Attr, rank), WIRE_I32, 0, 0, 1, 65536, NULL, NULL},
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 1, ACT_NONE, 0, 0, act_names, NULL},
    {"asymmetric", ATTR_BOOL, offsetof(Attr, asymmetric), WIRE_BOOL, 2, 0, 0, 1, NULL, NULL},
};

static Status check_types(const Graph *g, const Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *state = node_in(g, n, STATE);
    bool real = x->type == TYPE_F32;
    uint32_t weights = TYPE_BIT(real ? TYPE_F32 : TYPE_S8);
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), "input", d));
    TRY(check_type(g, n, node_in(g, n, FEATURE), weights, "feature weights", d));
    TRY(check_type(g, n, node_in(g, n, TIME), weights | (real ? 0u : TYPE_BIT(TYPE_S16)),
                   "time weights", d));
    TRY(check_type(g, n, state, real ? TYPE_BIT(TYPE_F32) : TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16),
                   "state", d));
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(x->type), "output", d));
    if (node_in(g, n, BIAS) != NULL) {
        TRY(check_type(g, n, node_in(g, n, BIAS), TYPE_BIT(real ? TYPE_F32 : TYPE_S32), "bias", d));
    }
    if (real) {
        return OK;
    }
    if (node_in(g, n, TIME)->type != state->type) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "time weights of %s with a state of %s; the two types must be equal",
                         type_name(node_in(g, n, TIME)->type), type_name(state->type));
    }
    TRY(check_per_tensor(g, n, node_in(g, n, FEATURE), "feature weights", d));
    TRY(check_per_tensor(g, n, node_in(g, n, TIME), "time weights", d));
    TRY(mac_check_activation(g, n, x, "input", d));
    TRY(mac_check_activation(g, n, state, "state", d));
    return mac_check_activation(g, n, node_out(g, n, 0), "output", d);
}

static Status check_consts(const Graph *g, const Node *n, Diag *d)
{
    static const char *const role[] = {"input", "feature weights", "time weights", "bias"};
    for (int32_t i = FEATURE; i <= BIAS; i++) {
        const Tensor *t = node_in(g, n, i);
        if (t != NULL && !tensor_is_const(t)) {
            return fail_node(g, n, d, ERR_UNSUPPORTED, "the %s \"%s\" must be constant", role[i],
                             t->name);
        }
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, X);
    const Tensor *wf = node_in(g, n, FEATURE);
    const Tensor *wt = node_in(g, n, TIME);
    const Tensor *state = node_in(g, n, STATE);
    if (x == NULL || wf == NULL || wt == NULL || state == NULL || !state->is_state) {
        return fail_node(g, n, d, ERR_INPUT,
                         "needs input, feature weights, time weights and a variable state");
    }
    TRY(check_types(g, n, d));
    TRY(check_consts(g, n, d));
    TRY(check_rank(g, n, x, 2, 2, "input", d));
    TRY(check_rank(g, n, wf, 2, 2, "feature weights", d));
    TRY(check_rank(g, n, wt, 2, 2, "time weights", d));
    int32_t filters = wf->shape.dim[0];
    if (wf->shape.dim[1] != x->shape.dim[1] || wt->shape.dim[0] != filters ||
        filters % a->rank != 0) {
        char p[96];
        char q[96];
        char r[96];
        return fail_node(
            g, n, d, ERR_INPUT,
            "input %s, feature weights %s, time weights %s and rank %d do not fit together",
            shape_text(&x->shape, p), shape_text(&wf->shape, q), shape_text(&wt->shape, r),
            a->rank);
    }
    int32_t units = filters / a->rank;
    if (shape_count(&state->shape) != (int64_t)x->shape.dim[0] * filters * wt->shape.dim[1]) {
        char p[96];
        return fail_node(g, n, d, ERR_INPUT,
                         "the state has shape %s; it must hold %d x %d x %d values",
                         shape_text(&state->shape, p), x->shape.dim[0], filters, wt->shape.dim[1]);
    }
    if (node_in(g, n, BIAS) != NULL && shape_count(&node_in(g, n, BIAS)->shape) != units) {
        return fail_node(g, n, d, ERR_INPUT, "the bias has %jd values for %d units",
                         (intmax_t)shape_count(&node_in(g, n, BIAS)->shape), units);
    }
    node_out(g, n, 0)->shape = shape_of(2, (int32_t[]){x->shape.dim[0], units});
    return OK;
}

/* BIAS (or 0) - ZERO * sum of each of COUNT rows of weights, modulo 2^32 as the sums themselves. */
static int32_t *fold(Graph *g, const Tensor *w, const Tensor *bias, int32_t count, int32_t zero)
{
    int64_t row = shape_count(&w->shape) / count;
    int32_t *out = NEW(&g->arena, int32_t, count);
    for (int32_t i = 0; i < count; i++) {
        int64_t sum = 0;
        for (int64_t k = 0; k < row; k++) {
            sum += mac_int(w, i * row + k);
        }
        out[i] = (int32_t)(uint32_t)((bias == NULL ? 0 : mac_int(bias, i)) - zero * sum);
    }
    return out;
}

static Status lower_quant(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, X);
    const Tensor *wf = node_in(g, n, FEATURE);
    const Tensor *wt = node_in(g, n, TIME);
    const Tensor *state = node_in(g, n, STATE);
    const Tensor *y = node_out(g, n, 0);
    bool wide = state->type == TYPE_S16;
    int32_t filters = wf->shape.dim[0];
    int32_t *feature_bias = fold(g, wf, NULL, filters, x->q.zero[0]);
    int32_t *bias = fold(g, wt, node_in(g, n, BIAS), filters / a->rank, state->q.zero[0]);
    if (x->shape.dim[1] > MAX_IN_COUNT) {
        return fail_node(g, n, d, ERR_LIMIT,
                         "%d values a step; at most %d keep the sum within 32 bits",
                         x->shape.dim[1], MAX_IN_COUNT);
    }
    Call *c =
        call_new(g, n, wide ? "shrinc_svdf_s16" : "shrinc_svdf_s8", sizeof(shrinc_svdf_params));
    shrinc_svdf_params *p = c->params;
    *p = (shrinc_svdf_params){
        .batches = x->shape.dim[0],
        .in_count = x->shape.dim[1],
        .units = filters / a->rank,
        .rank = a->rank,
        .memory = wt->shape.dim[1],
        .state_zero = state->q.zero[0],
        .state_min = wide ? INT16_MIN : INT8_MIN,
        .state_max = wide ? INT16_MAX : INT8_MAX,
        .y_zero = y->q.zero[0],
    };
    double to_state = (double)x->q.scale[0] * (double)wf->q.scale[0] / (double)state->q.scale[0];
    double to_y = (double)state->q.scale[0] * (double)wt->q.scale[0] / (double)y->q.scale[0];
    scale_to_multiplier(to_state, &p->feature_multiplier, &p->feature_shift);
    scale_to_multiplier(to_y, &p->y_multiplier, &p->y_shift);
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[FEATURE]);
    call_tensor(c, n->in[TIME]);
    call_const(g, c, "feature_bias", TYPE_S32, feature_bias, filters, 0);
    call_const(g, c, "bias", TYPE_S32, bias, filters / a->rank, 0);
    call_tensor(c, n->in[STATE]);
    call_tensor(c, n->out[0]);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, X);
    if (x->type == TYPE_S8) {
        return lower_quant(g, n, d);
    }
    int32_t units = node_in(g, n, FEATURE)->shape.dim[0] / a->rank;
    Call *c = call_new(g, n, "shrinc_svdf_f32", sizeof(shrinc_svdf_f32_params));
    shrinc_svdf_f32_params *p = c->params;
    *p = (shrinc_svdf_f32_params){
        .batches = x->shape.dim[0],
        .in_count = x->shape.dim[1],
        .units = units,
        .rank = a->rank,
        .memory = node_in(g, n, TIME)->shape.dim[1],
    };
    act_range_f32(a->act, &p->y_min, &p->y_max);
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[FEATURE]);
    call_tensor(c, n->in[TIME]);
    mac_call_bias_f32(g, n, c, BIAS, units);
    call_tensor(c, n->in[STATE]);
    call_tensor(c, n->out[0]);
    return OK;
}

static int64_t macs(const Graph *g, const Node *n)
{
    int64_t batches = node_in(g, n, X)->shape.dim[0];
    return batches *
           (shape_count(&node_in(g, n, FEATURE)->shape) + shape_count(&node_in(g, n, TIME)->shape));
}

const Op op_svdf = {
    .kind = {"svdf", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "SVDF",
    .tflite_code = 27,
    .tflite_options = 6,
    .traits = TRAIT_STATEFUL,
    .min_in = 3,
    .max_in = 5,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
};
