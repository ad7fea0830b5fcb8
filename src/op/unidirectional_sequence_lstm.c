/* UNIDIRECTIONAL_SEQUENCE_LSTM: one LSTM layer over a sequence; see rt/shrinc_lstm.h for the
 * formulas. x: [B, T, K], or [T, B, K] if time_major; four gates (input, forget, cell, output) with
 * W [N, K], R [N, N] and bias [N]; the states h [B, N] and cell [B, N] live on from run to run; y:
 * [B, T, N] or [T, B, N]. Types: f32; s8 and s16 with s8 weights and an s16 cell. Peepholes,
 * projection, layer normalisation and a coupled input gate are refused. TFLite:
 * UnidirectionalSequenceLSTMOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"
#include "op/util_lstm.h"
#include "op/util_mac.h"

#include <float.h>
#include <math.h>

#include "shrinc_lstm.h"
#include "shrinc_lstm_f32.h"

enum {
    X,
    W = 1,
    R = 5,
    PEEPHOLE = 9,
    BIAS = 12,
    PROJECTION = 16,
    HIDDEN = 18,
    CELL = 19,
    NORM = 20,
    INPUTS = 24,
    GATES = 4
};
enum { ACT = 4, MAX_UNITS = 32767 };

typedef struct Attr {
    int32_t act;
    float cell_clip, proj_clip;
    bool time_major, asymmetric, diagonal;
} Attr;
static const char *const lstm_act_names[] = {"none", "relu", "relu_n1_to_1", "relu6", "tanh", NULL};
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, 0, 0, 0, lstm_act_names, NULL},
    {"cell_clip", ATTR_FLOAT, offsetof(Attr, cell_clip), WIRE_F32, 1, 0, 0, FLT_MAX, NULL, NULL},
    {"proj_clip", ATTR_FLOAT, offsetof(Attr, proj_clip), WIRE_F32, 2, 0, 0, FLT_MAX, NULL, NULL},
    {"time_major", ATTR_BOOL, offsetof(Attr, time_major), WIRE_BOOL, 3, 0, 0, 1, NULL, NULL},
    {"asymmetric", ATTR_BOOL, offsetof(Attr, asymmetric), WIRE_BOOL, 4, 0, 0, 1, NULL, NULL},
    {"diagonal", ATTR_BOOL, offsetof(Attr, diagonal), WIRE_BOOL, 5, 0, 0, 1, NULL, NULL},
};

/* --- checks
 * ----------------------------------------------------------------------------------------------------
 */

static Status check_variant(const Graph *g, const Node *n, Diag *d)
{
    static const struct Range {
        int32_t first, last;
        const char *what;
    } absent[] = {{PEEPHOLE, BIAS - 1, "a peephole connection"},
                  {PROJECTION, HIDDEN - 1, "a projection"},
                  {NORM, INPUTS - 1, "layer normalisation"}};
    const Attr *a = n->attr;
    for (size_t r = 0; r < COUNT(absent); r++) {
        for (int32_t i = absent[r].first; i <= absent[r].last; i++) {
            if (node_in(g, n, i) != NULL) {
                return fail_node(g, n, d, ERR_UNSUPPORTED, "%s is not supported; use a plain LSTM",
                                 absent[r].what);
            }
        }
    }
    if (a->act != ACT || a->diagonal) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "its activation must be tanh and its recurrent weights full matrices");
    }
    return OK;
}

static Status check_matrix(const Graph *g, const Node *n, int32_t i, int32_t rows, int32_t cols,
                           Type type, Diag *d)
{
    const Tensor *t = node_in(g, n, i);
    char text[96];
    if (t == NULL) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "input %d (weights or bias of a gate) is left out; use a plain LSTM", i);
    }
    TRY(check_type(g, n, t, TYPE_BIT(type), "weights or bias", d));
    bool fits = cols > 0 ? t->shape.rank == 2 && t->shape.dim[0] == rows && t->shape.dim[1] == cols
                         : t->shape.rank == 1 && t->shape.dim[0] == rows;
    if (!fits) {
        return fail_node(g, n, d, ERR_INPUT, "input %d \"%s\" has shape %s for %d units", i,
                         t->name, shape_text(&t->shape, text), rows);
    }
    if (!tensor_is_const(t)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "input %d \"%s\" must be constant", i, t->name);
    }
    if (type == TYPE_S8 && (t->q.count != 1 || t->q.zero[0] != 0)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "weights \"%s\" must have one scale and zero point 0", t->name);
    }
    return OK;
}

static Status check_state(const Graph *g, const Node *n, int32_t i, int64_t count, Type type,
                          Diag *d)
{
    const Tensor *t = node_in(g, n, i);
    if (t == NULL || !t->is_state || t->type != type || shape_count(&t->shape) != count) {
        return fail_node(g, n, d, ERR_INPUT, "input %d must be a variable of %jd values of type %s",
                         i, (intmax_t)count, type_name(type));
    }
    return OK;
}

static Status check_scales(const Graph *g, const Node *n, Diag *d)
{
    const Tensor *hidden = node_in(g, n, HIDDEN);
    const Tensor *cell = node_in(g, n, CELL);
    TRY(mac_check_activation(g, n, node_in(g, n, X), "input", d));
    TRY(mac_check_activation(g, n, hidden, "hidden state", d));
    TRY(mac_check_activation(g, n, cell, "cell state", d));
    TRY(mac_check_activation(g, n, node_out(g, n, 0), "output", d));
    float power = log2f(cell->q.scale[0]);
    if (fabsf(power - roundf(power)) > 1e-3f || power < -40.0f || power > -8.0f) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the cell's scale %.9g must be a power of two from 2^-40 to 2^-8",
                         (double)cell->q.scale[0]);
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, X);
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), "input",
                   d));
    TRY(check_rank(g, n, x, 3, 3, "input", d));
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(x->type), "output", d));
    TRY(check_variant(g, n, d));
    const Tensor *first = node_in(g, n, W);
    if (first == NULL || first->shape.rank != 2) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "the input gate's weights are left out (coupled gates); use a plain LSTM");
    }
    int32_t units = first->shape.dim[0];
    int32_t depth = x->shape.dim[2];
    if (units > MAX_UNITS || depth > MAX_UNITS) {
        return fail_node(g, n, d, ERR_LIMIT, "%d units of %d inputs; at most %d each", units, depth,
                         MAX_UNITS);
    }
    Type weights = x->type == TYPE_F32 ? TYPE_F32 : TYPE_S8;
    Type bias = x->type == TYPE_F32 ? TYPE_F32 : x->type == TYPE_S8 ? TYPE_S32 : TYPE_S64;
    for (int32_t k = 0; k < GATES; k++) {
        TRY(check_matrix(g, n, W + k, units, depth, weights, d));
        TRY(check_matrix(g, n, R + k, units, units, weights, d));
        TRY(check_matrix(g, n, BIAS + k, units, 0, bias, d));
    }
    int64_t batches = x->shape.dim[a->time_major ? 1 : 0];
    TRY(check_state(g, n, HIDDEN, batches * units, x->type, d));
    TRY(check_state(g, n, CELL, batches * units, x->type == TYPE_F32 ? TYPE_F32 : TYPE_S16, d));
    if (x->type != TYPE_F32) {
        TRY(check_scales(g, n, d));
    }
    node_out(g, n, 0)->shape = x->shape;
    node_out(g, n, 0)->shape.dim[2] = units;
    return OK;
}

/* --- calls
 * ---------------------------------------------------------------------------------------------------------
 */

typedef struct Walked {
    int32_t batches, steps, in_count, units, x_step, x_batch, y_step, y_batch;
} Walked;

static Walked walked(const Graph *g, const Node *n)
{
    const Shape *s = &node_in(g, n, X)->shape;
    bool major = ((const Attr *)n->attr)->time_major;
    int32_t units = node_in(g, n, W)->shape.dim[0];
    Walked w = {.batches = s->dim[major ? 1 : 0],
                .steps = s->dim[major ? 0 : 1],
                .in_count = s->dim[2],
                .units = units};
    w.x_step = major ? w.batches * w.in_count : w.in_count;
    w.x_batch = major ? w.in_count : w.steps * w.in_count;
    w.y_step = major ? w.batches * units : units;
    w.y_batch = major ? units : w.steps * units;
    return w;
}

/* Row I's bias (or 0) - ZERO * sum(weights); the largest magnitude that the sum can reach goes to
 * *BOUND. */
static int64_t folded(const Tensor *w, const Tensor *bias, int64_t row, int32_t zero, int64_t reach,
                      int64_t *bound)
{
    int64_t count = w->shape.dim[1];
    int64_t start = bias == NULL ? 0 : mac_int(bias, row);
    int64_t sum = 0;
    int64_t size = 0;
    for (int64_t k = 0; k < count; k++) {
        int64_t v = mac_int(w, row * count + k);
        sum += v;
        size += v < 0 ? -v : v;
    }
    int64_t most = (start < 0 ? -start : start) + 2 * size * reach;
    *bound = most > *bound ? most : *bound;
    return start - zero * sum;
}

static Status part_multiplier(const Graph *g, const Node *n, const Tensor *t, const Tensor *w,
                              int64_t bound, int32_t *multiplier, int32_t *shift, Diag *d)
{
    int8_t s = 0;
    double real = (double)t->q.scale[0] * (double)w->q.scale[0] * 4096.0;
    if (t->type == TYPE_S16) {
        TRY(mac_multiplier_wide(g, n, real, bound, multiplier, &s, d));
    } else {
        TRY(mac_multiplier(g, n, real, bound, multiplier, &s, d));
    }
    *shift = s;
    return OK;
}

/* All biases, gate by gate: those of W x, then those of R h. */
static Status gates(Graph *g, Node *n, shrinc_lstm_params *p, int64_t *bias, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *h = node_in(g, n, HIDDEN);
    int64_t reach = x->type == TYPE_S8 ? 128 : 32768;
    for (int32_t k = 0; k < GATES; k++) {
        const Tensor *w = node_in(g, n, W + k);
        const Tensor *r = node_in(g, n, R + k);
        int64_t from_x = 0;
        int64_t from_h = 0;
        int64_t *at = bias + 2 * k * p->units;
        for (int32_t j = 0; j < p->units; j++) {
            at[j] = folded(w, node_in(g, n, BIAS + k), j, x->q.zero[0], reach, &from_x);
            at[p->units + j] = folded(r, NULL, j, h->q.zero[0], reach, &from_h);
        }
        if (x->type == TYPE_S8 && (from_x >= INT32_MAX || from_h >= INT32_MAX)) {
            return fail_node(g, n, d, ERR_UNSUPPORTED, "sums can reach %jd, beyond 32 bits",
                             (intmax_t)(from_x > from_h ? from_x : from_h));
        }
        TRY(part_multiplier(g, n, x, w, from_x, &p->x_multiplier[k], &p->x_shift[k], d));
        TRY(part_multiplier(g, n, h, r, from_h, &p->h_multiplier[k], &p->h_shift[k], d));
    }
    return OK;
}

static void cell_numbers(const Graph *g, const Node *n, shrinc_lstm_params *p)
{
    const Tensor *h = node_in(g, n, HIDDEN);
    double cell = (double)node_in(g, n, CELL)->q.scale[0];
    double clip = (double)((const Attr *)n->attr)->cell_clip / cell;
    int32_t left = 12 + (int32_t)round(log2(cell));
    p->cell_clip = clip < 1.0       ? 32768 /* never clips */
                   : clip < 32767.0 ? (int32_t)clip
                                    : 32767;
    p->tanh_multiplier = left >= 0 ? 3 << left : 3;
    p->tanh_shift = left >= 0 ? 0 : -left;
    p->tanh_half = left >= 0 ? 0 : (int32_t)(1u << (p->tanh_shift - 1));
    p->h_zero = h->q.zero[0];
    p->h_min = h->type == TYPE_S8 ? INT8_MIN : INT16_MIN;
    p->h_max = h->type == TYPE_S8 ? INT8_MAX : INT16_MAX;
    scale_to_multiplier(ldexp(1.0, -30) / cell, &p->cell_multiplier, &p->cell_shift);
    scale_to_multiplier(ldexp(1.0, -30) / (double)h->q.scale[0], &p->h_multiplier_out,
                        &p->h_shift_out);
}

static void call_weights(Node *n, Call *c)
{
    call_tensor(c, n->in[X]);
    for (int32_t k = 0; k < GATES; k++) {
        call_tensor(c, n->in[W + k]);
    }
    for (int32_t k = 0; k < GATES; k++) {
        call_tensor(c, n->in[R + k]);
    }
}

static void call_states(Node *n, Call *c, Type gate_type, int32_t units)
{
    call_tensor(c, n->in[HIDDEN]);
    call_tensor(c, n->in[CELL]);
    call_scratch(c, gate_type, GATES * units);
    call_tensor(c, n->out[0]);
}

static Status lower_quant(Graph *g, Node *n, Diag *d)
{
    bool wide = node_in(g, n, X)->type == TYPE_S16;
    Walked w = walked(g, n);
    Call *c =
        call_new(g, n, wide ? "shrinc_lstm_s16" : "shrinc_lstm_s8", sizeof(shrinc_lstm_params));
    shrinc_lstm_params *p = c->params;
    *p = (shrinc_lstm_params){
        .batches = w.batches,
        .steps = w.steps,
        .in_count = w.in_count,
        .units = w.units,
        .x_step = w.x_step,
        .x_batch = w.x_batch,
        .y_step = w.y_step,
        .y_batch = w.y_batch,
    };
    int32_t count = 2 * GATES * w.units;
    int64_t *bias = NEW(&g->arena, int64_t, count);
    TRY(gates(g, n, p, bias, d));
    cell_numbers(g, n, p);
    call_weights(n, c);
    if (wide) {
        call_const(g, c, "bias", TYPE_S64, bias, count, 0);
    } else {
        int32_t *narrow = NEW(&g->arena, int32_t, count);
        for (int32_t i = 0; i < count; i++) {
            narrow[i] = (int32_t)bias[i];
        }
        call_const(g, c, "bias", TYPE_S32, narrow, count, 0);
    }
    call_sigmoid_table(g, c);
    call_states(n, c, TYPE_S16, w.units);
    return OK;
}

static void lower_f32(Graph *g, Node *n)
{
    const Attr *a = n->attr;
    Walked w = walked(g, n);
    Call *c = call_new(g, n, "shrinc_lstm_f32", sizeof(shrinc_lstm_f32_params));
    *(shrinc_lstm_f32_params *)c->params = (shrinc_lstm_f32_params){
        .batches = w.batches,
        .steps = w.steps,
        .in_count = w.in_count,
        .units = w.units,
        .x_step = w.x_step,
        .x_batch = w.x_batch,
        .y_step = w.y_step,
        .y_batch = w.y_batch,
        .cell_clip = a->cell_clip > 0.0f ? a->cell_clip : FLT_MAX,
    };
    float *bias = NEW(&g->arena, float, GATES *w.units);
    for (int32_t k = 0; k < GATES; k++) {
        memcpy(bias + k * w.units, node_in(g, n, BIAS + k)->data, sizeof(float) * (size_t)w.units);
    }
    call_weights(n, c);
    call_const(g, c, "bias", TYPE_F32, bias, GATES * w.units, 0);
    call_states(n, c, TYPE_F32, w.units);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    if (node_in(g, n, X)->type != TYPE_F32) {
        return lower_quant(g, n, d);
    }
    lower_f32(g, n);
    return OK;
}

static int64_t macs(const Graph *g, const Node *n)
{
    Walked w = walked(g, n);
    return (int64_t)w.batches * w.steps * GATES * w.units * (w.in_count + w.units);
}

static Lstm train_shape(const Graph *g, const Node *n, int32_t samples)
{
    const Walked w = walked(g, n);
    const float clip = ((const Attr *)n->attr)->cell_clip;
    return (Lstm){.samples = samples,
                  .sequences = w.batches,
                  .steps = w.steps,
                  .in = w.in_count,
                  .units = w.units,
                  .row_step = w.x_step / w.in_count,
                  .row_sequence = w.x_batch / w.in_count,
                  .cell_clip = clip > 0.0f ? clip : FLT_MAX};
}

static Lstm train_layer(const Shard *s)
{
    Lstm l = train_shape(s->g, s->n, s->batch);
    for (int32_t k = 0; k < GATES; k++) {
        l.w[k] = s->in[W + k];
        l.r[k] = s->in[R + k];
        l.bias[k] = s->in[BIAS + k];
    }
    return l;
}

static void train_forward(const Shard *s)
{
    Lstm l = train_layer(s);
    lstm_forward(&l, s->in[X], s->out[0], s->keep);
}

static void train_backward(const Shard *s)
{
    Lstm l = train_layer(s);
    LstmGradients d = {.x = s->d_in[X]};
    for (int32_t k = 0; k < GATES; k++) {
        d.w[k] = s->d_in[W + k];
        d.r[k] = s->d_in[R + k];
        d.bias[k] = s->d_in[BIAS + k];
    }
    lstm_backward(&l, s->in[X], s->out[0], s->d_out[0], s->keep, &d, s->work);
}

static int64_t train_keep(const Graph *g, const Node *n, int32_t batch)
{
    Lstm l = train_shape(g, n, batch);
    return lstm_keep_count(&l);
}

static int64_t train_work(const Graph *g, const Node *n, int32_t batch)
{
    Lstm l = train_shape(g, n, batch);
    return lstm_work_count(&l);
}

const Op op_unidirectional_sequence_lstm = {
    .kind = {"unidirectional_sequence_lstm", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    .tflite_code = 44,
    .tflite_options = 71,
    .traits = TRAIT_STATEFUL,
    .min_in = 1,
    .max_in = INPUTS,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .forward = train_forward,
    .backward = train_backward,
    .keep_count = train_keep,
    .work_count = train_work,
    .train_in = "xwwwwwwww---bbbb--------",
};
