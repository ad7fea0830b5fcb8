/* Layers with memory: SVDF and the LSTM.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

/* --- SVDF --- */

enum { SVDF_X, SVDF_FEATURE, SVDF_TIME, SVDF_BIAS, SVDF_STATE };

static void svdf_scales(Case *c, Type state, int32_t depth, int32_t taps)
{
    double state_top = state == TYPE_S16 ? 32768.0 : 128.0;
    double x = (double)rnd_scale(c, -9.0, 0.0);
    double feature = (double)rnd_scale(c, -9.0, 0.0);
    double time = (double)rnd_scale(c, -9.0, 0.0);
    double held = x * feature * 8000.0 * sqrt(depth) / state_top * rnd_log(c, -1.0, 1.0);
    double y = held * time * state_top * 40.0 * sqrt(taps) / 128.0 * rnd_log(c, -1.0, 1.0);
    set_quant(c, c->in[SVDF_X], x, rnd_zero(c, TYPE_S8));
    set_quant(c, c->in[SVDF_FEATURE], feature, 0);
    set_quant(c, c->in[SVDF_TIME], time, 0);
    set_quant(c, c->in[SVDF_STATE], held, rnd_zero(c, state));
    set_quant(c, c->out[0], y, rnd_zero(c, TYPE_S8));
    if (c->in[SVDF_BIAS] != 0) {
        double scale = see(c, c->in[SVDF_STATE]).scale * see(c, c->in[SVDF_TIME]).scale;
        set_quant(c, c->in[SVDF_BIAS], scale, 0);
    }
}

static void svdf_bias(Case *c, int32_t units)
{
    if (rnd_chance(c, 4)) {
        add_none(c);
        cover(c, "bias=none");
        return;
    }
    Type type = c->type == TYPE_F32 ? TYPE_F32 : TYPE_S32;
    TensorId b = add_const(c, type, shape_of(1, &units), FILL_EXACT);
    for (int32_t k = 0; k < units && type == TYPE_S32; k++) {
        c->value[b][k] = num(rnd_int(c, -100000, 100000));
    }
    const_again(c, b);
    cover(c, "bias=given");
}

static void svdf_generate(Case *c)
{
    int32_t rank = rnd_size(c, 3);
    int32_t units = rnd_size(c, 4);
    int32_t memory = rnd_size(c, 5);
    int32_t filters = rank * units;
    bool is_real = c->type == TYPE_F32;
    Type state = is_real ? TYPE_F32 : rnd_chance(c, 3) ? TYPE_S8 : TYPE_S16;
    Shape x = {2, {rnd_size(c, 2), rnd_size(c, 6)}};
    (void)add_input(c, c->type, x, FILL_EXACT);
    (void)add_const(c, is_real ? TYPE_F32 : TYPE_S8, (Shape){2, {filters, x.dim[1]}}, FILL_EXACT);
    TensorId wt = add_const(c, state, (Shape){2, {filters, memory}}, FILL_EXACT);
    for (int64_t k = 0; state == TYPE_S16 && k < (int64_t)filters * memory; k++) {
        c->value[wt][k] = num(c->value[wt][k].i % 512); /* their sums have 32 bits */
    }
    const_again(c, wt);
    svdf_bias(c, units);
    (void)add_state(c, state, (Shape){2, {x.dim[0], filters * memory}}, false);
    (void)add_output(c, c->type);
    make_node(c);
    cover(c, is_real ? "state=f32" : state == TYPE_S16 ? "state=s16" : "state=s8");
    set_int(c, "rank", rank);
    set_int(c, "act", is_real ? rnd_int(c, 0, 1) : rnd_int(c, 0, 3));
    set_bool(c, "asymmetric", rnd_chance(c, 2));
    c->runs = 3;
    if (!is_real) {
        svdf_scales(c, state, x.dim[1], rank * memory);
    }
}

/* The newest entry of a filter's memory. */
static Num feature(const Case *c, int32_t batch, int32_t filter)
{
    View x = in(c, SVDF_X);
    View w = in(c, SVDF_FEATURE);
    View state = in(c, SVDF_STATE);
    Num sum = {0};
    for (int32_t k = 0; k < x.s.dim[1]; k++) {
        Num a = x.v[batch * x.s.dim[1] + k];
        Num b = w.v[filter * x.s.dim[1] + k];
        sum.i += (a.i - x.zero) * b.i;
        sum.r += a.r * b.r;
    }
    int64_t q = mul(c, sum.i, quantise(x.scale * w.scale / state.scale)) + state.zero;
    return (Num){clamp(q, state.low, state.high), sum.r};
}

static void svdf_reference(Case *c)
{
    View w = in(c, SVDF_TIME);
    View bias = in(c, SVDF_BIAS);
    View state = in(c, SVDF_STATE);
    int32_t rank = get_int(c, "rank");
    int32_t memory = w.s.dim[1];
    View y = out(c, 0, (Shape){2, {in(c, SVDF_X).s.dim[0], w.s.dim[0] / rank}});
    Fixed f = quantise(state.scale * w.scale / y.scale);
    for (int64_t o = 0; o < y.count; o++) {
        int32_t unit = (int32_t)(o % y.s.dim[1]);
        Num sum = bias.is_given ? bias.v[unit] : num(0);
        for (int32_t r = 0; r < rank; r++) {
            Num *held = &state.v[(o * rank + r) * memory];
            const Num *tap = &w.v[(unit * rank + r) * memory];
            for (int32_t k = 0; k < memory; k++) {
                held[k] = k + 1 < memory ? held[k + 1]
                                         : feature(c, (int32_t)(o / y.s.dim[1]), unit * rank + r);
                sum.i += (held[k].i - state.zero) * tap[k].i;
                sum.r += held[k].r * tap[k].r;
            }
        }
        int64_t q = clamp(mul(c, wrap32(sum.i), f) + y.zero, y.low, y.high);
        y.v[o] = c->type == TYPE_F32 ? real(act_real(sum.r, get_int(c, "act"))) : num(q);
    }
}

/* --- UNIDIRECTIONAL_SEQUENCE_LSTM --- */

enum { LSTM_X = 0, LSTM_W = 1, LSTM_R = 5, LSTM_BIAS = 12, LSTM_HIDDEN = 18, LSTM_CELL = 19 };
enum { INPUT, FORGET, CANDIDATE, OUTPUT };

static void none(Case *c, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        add_none(c);
    }
}

/* Scales that spread the gates' sums over Q3.12. */
static void lstm_scales(Case *c, int32_t depth, int32_t units)
{
    double top = c->type == TYPE_S16 ? 32768.0 : 128.0;
    double x = (double)rnd_scale(c, -4.0, 2.0) / top;
    double h = (double)rnd_scale(c, -2.0, 1.0) / top;
    set_quant(c, c->in[LSTM_X], x, rnd_zero(c, c->type));
    set_quant(c, c->in[LSTM_HIDDEN], h, rnd_zero(c, c->type));
    copy_quant(c, c->out[0], c->in[LSTM_HIDDEN]);
    set_quant(c, c->in[LSTM_CELL], ldexp(1.0, rnd_chance(c, 2) ? -11 : rnd_int(c, -16, -9)), 0);
    for (int32_t k = 0; k < 4; k++) {
        double reach = rnd_log(c, -1.0, 3.0); /* of the gate's sum, as a real number */
        double w = reach / (x * top * 74.0 * sqrt(depth));
        set_quant(c, c->in[LSTM_W + k], w, 0);
        set_quant(c, c->in[LSTM_R + k], reach / (h * top * 74.0 * sqrt(units)), 0);
        TensorId b = c->in[LSTM_BIAS + k];
        for (int32_t j = 0; j < units; j++) {
            c->value[b][j] = num((int64_t)(rnd_real(c, -2.0, 2.0) / (x * (double)(float)w)));
        }
        const_again(c, b);
    }
}

/* Floats so that no gate saturates and the cell's summands have one sign: nothing cancels, each
 * digit can be compared. */
static void tame(Case *c)
{
    double sign = rnd_chance(c, 2) ? 1.0 : -1.0;
    for (int32_t i = LSTM_W; i < LSTM_BIAS + 4; i++) {
        bool is_bias = i >= LSTM_BIAS;
        bool is_recurrent = i >= LSTM_R && i < LSTM_R + 4;
        bool is_candidate = (is_bias ? i - LSTM_BIAS : i - LSTM_W) % 4 == CANDIDATE;
        if (c->in[i] == 0) {
            continue;
        }
        for (int64_t k = 0; k < shape_count(&tensor(c->g, c->in[i])->shape); k++) {
            double *r = &c->value[c->in[i]][k].r;
            *r /= is_bias ? 8.0 : 64.0;
            *r = is_candidate ? fabs(*r) * (is_recurrent ? 1.0 : sign) : *r;
        }
        const_again(c, c->in[i]);
    }
}

static void lstm_attributes(Case *c, bool major)
{
    static const float clip[] = {0.0f, 0.0f, 0.5f, 1.0f, 3.0f, 10.0f, 1e6f};
    set_float(c, "cell_clip", clip[rnd_int(c, 0, COUNT(clip) - 1)]);
    set_float(c, "proj_clip", rnd_chance(c, 2) ? 0.0f : 1.0f);
    set_bool(c, "time_major", major);
    set_bool(c, "asymmetric", rnd_chance(c, 2));
    set_int(c, "act", 4);
}

static void lstm_generate(Case *c)
{
    bool is_real = c->type == TYPE_F32;
    bool major = rnd_chance(c, 2);
    int32_t units = rnd_size(c, 4);
    int32_t depth = rnd_size(c, 5);
    int32_t batches = rnd_size(c, 2);
    int32_t steps = rnd_size(c, 3);
    Type bias = is_real ? TYPE_F32 : c->type == TYPE_S8 ? TYPE_S32 : TYPE_S64;
    Shape x = {3, {major ? steps : batches, major ? batches : steps, depth}};
    (void)add_input(c, c->type, x, FILL_POSITIVE);
    for (int32_t k = 0; k < 8; k++) {
        Shape w = {2, {units, k < 4 ? depth : units}};
        (void)add_const(c, is_real ? TYPE_F32 : TYPE_S8, w, FILL_EXACT);
    }
    none(c, 3);
    for (int32_t k = 0; k < 4; k++) {
        (void)add_const(c, bias, shape_of(1, &units), FILL_EXACT);
    }
    none(c, 2);
    (void)add_state(c, c->type, (Shape){2, {batches, units}}, false);
    (void)add_state(c, is_real ? TYPE_F32 : TYPE_S16, (Shape){2, {batches, units}}, false);
    none(c, rnd_chance(c, 2) ? 4 : 0);
    (void)add_output(c, c->type);
    make_node(c);
    lstm_attributes(c, major);
    c->runs = 3;
    if (is_real) {
        tame(c);
    } else {
        lstm_scales(c, depth, units);
    }
}

/* Row J of W times V, without V's zero point. */
static Num dot(const View *w, const Num *v, int64_t zero, int32_t j)
{
    Num sum = {0};
    int32_t depth = w->s.dim[1];
    for (int32_t k = 0; k < depth; k++) {
        sum.i += w->v[j * depth + k].i * (v[k].i - zero);
        sum.r += w->v[j * depth + k].r * v[k].r;
    }
    return sum;
}

static int64_t clamp16(int64_t x)
{
    return clamp(x, INT16_MIN, INT16_MAX);
}

/* Gate K of unit J: a real number, or in 1/32768. */
static Num gate(const Case *c, int32_t k, int32_t j, const Num *x, const Num *h)
{
    View w = in(c, LSTM_W + k);
    View r = in(c, LSTM_R + k);
    Num bias = in(c, LSTM_BIAS + k).v[j];
    Num a = dot(&w, x, in(c, LSTM_X).zero, j);
    Num b = dot(&r, h, in(c, LSTM_HIDDEN).zero, j);
    if (c->type == TYPE_F32) {
        double sum = a.r + b.r + bias.r;
        return real(k == CANDIDATE ? tanh(sum) : 1.0 / (1.0 + exp(-sum)));
    }
    Fixed from_x = quantise(in(c, LSTM_X).scale * w.scale * 4096.0);
    Fixed from_h = quantise(in(c, LSTM_HIDDEN).scale * r.scale * 4096.0);
    bool is_wide = c->type == TYPE_S16;
    int64_t p = clamp16(is_wide ? mul64(a.i + bias.i, from_x) : mul(c, a.i + bias.i, from_x));
    int64_t q = clamp16(is_wide ? mul64(b.i, from_h) : mul(c, b.i, from_h));
    int64_t sum = clamp16(p + q);
    return num(k == CANDIDATE ? tanh_16(sum, 3, 0) : logistic_16(sum, 3, 0));
}

static Num next_cell(const Case *c, Num old, const Num g[4])
{
    double scale = in(c, LSTM_CELL).scale;
    double clip = (double)get_float(c, "cell_clip");
    if (c->type == TYPE_F32) {
        double v = g[FORGET].r * old.r + g[INPUT].r * g[CANDIDATE].r;
        return real(clip > 0.0 ? fmin(fmax(v, -clip), clip) : v);
    }
    Fixed keep = quantise(ldexp(1.0, -15));
    Fixed add = quantise(ldexp(1.0, -30) / scale);
    int64_t kept = clamp16(mul(c, g[FORGET].i * old.i, keep));
    int64_t added = clamp16(mul(c, g[INPUT].i * g[CANDIDATE].i, add));
    int64_t v = clamp16(kept + added);
    int64_t edge = (int64_t)fmin(clip / scale, 32767.0);
    return num(edge > 0 ? clamp(v, -edge, edge) : v);
}

static Num next_hidden(const Case *c, Num cell, Num output)
{
    View h = in(c, LSTM_HIDDEN);
    if (c->type == TYPE_F32) {
        return real(tanh(cell.r) * output.r);
    }
    int32_t left = 12 + (int32_t)floor(log2(in(c, LSTM_CELL).scale) + 0.5);
    int64_t m = left > 0 ? 3 * (INT64_C(1) << left) : 3;
    int64_t t = tanh_16(cell.i, m, left < 0 ? -left : 0);
    int64_t q = mul(c, t * output.i, quantise(ldexp(1.0, -30) / h.scale));
    return num(clamp(q + h.zero, h.low, h.high));
}

static void lstm_step(Case *c, const Num *x, Num *h, Num *cell, Num *y, int32_t units)
{
    for (int32_t j = 0; j < units; j++) {
        Num g[4];
        for (int32_t k = 0; k < 4; k++) {
            g[k] = gate(c, k, j, x, h);
        }
        cell[j] = next_cell(c, cell[j], g);
        y[j] = next_hidden(c, cell[j], g[OUTPUT]);
    }
    for (int32_t j = 0; j < units; j++) {
        h[j] = y[j];
    }
}

static void lstm_reference(Case *c)
{
    View x = in(c, LSTM_X);
    int32_t units = in(c, LSTM_W).s.dim[0];
    int32_t depth = x.s.dim[2];
    bool major = get_bool(c, "time_major");
    int32_t steps = x.s.dim[major ? 0 : 1];
    int32_t batches = x.s.dim[major ? 1 : 0];
    View y = out(c, 0, (Shape){3, {x.s.dim[0], x.s.dim[1], units}});
    for (int32_t b = 0; b < batches; b++) {
        for (int32_t s = 0; s < steps; s++) {
            int32_t row = major ? s * batches + b : b * steps + s;
            lstm_step(c, x.v + row * depth, in(c, LSTM_HIDDEN).v + b * units,
                      in(c, LSTM_CELL).v + b * units, y.v + row * units, units);
        }
    }
}

static const char *const lstm_never[] = {"act=none",  "act=relu",      "act=relu_n1_to_1",
                                         "act=relu6", "diagonal=true", NULL};

extern const RefOp ref_recurrent[];
const RefOp ref_recurrent[] = {
    {"svdf", {TYPE_S8, TYPE_F32}, svdf_generate, svdf_reference, NULL},
    {"unidirectional_sequence_lstm",
     {TYPE_S8, TYPE_S16, TYPE_F32},
     lstm_generate,
     lstm_reference,
     lstm_never},
    {0},
};
