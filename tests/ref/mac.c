/* What convolutions and fully connected layers share: biases and scales of every kind, and the way from a sum to an output.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

enum { SLACK = 65536 };

FillKind mac_fill(Case *c)
{
    return c->type == TYPE_F32 && rnd_chance(c, 3) ? FILL_POSITIVE : FILL_EXACT;
}

/* How far channel O's products can reach. */
static int64_t reach(const Case *c, TensorId x, TensorId w, Taps t, int32_t o)
{
    int64_t size = 0;
    for (int64_t k = 0; k < t.count; k++) {
        size += llabs(c->value[w][o * t.channel_step + k * t.step].i);
    }
    return size * (c->type == TYPE_S16 ? 32768 : 128 + llabs(see(c, x).zero));
}

static Type bias_type(Case *c, bool may_have_bias_32)
{
    if (rnd_chance(c, 4)) {
        cover(c, "bias=none");
        return TYPE_NONE;
    }
    if (c->type == TYPE_S16 && !(may_have_bias_32 && rnd_chance(c, 2))) {
        cover(c, "bias=s64");
        return TYPE_S64;
    }
    cover(c, c->type == TYPE_F32 ? "bias=f32" : "bias=s32");
    return c->type == TYPE_F32 ? TYPE_F32 : TYPE_S32;
}

static void fill_bias(Case *c, TensorId b, TensorId x, TensorId w, Taps t)
{
    bool is_wide = tensor(c->g, b)->type == TYPE_S64;
    bool is_huge = rnd_chance(c, c->is_corner ? 2 : 12);
    cover(c, is_huge ? "bias=to the limit" : "bias=usual");
    for (int32_t o = 0; o < t.channels; o++) {
        int64_t most = (is_wide ? INT64_C(1) << 40 : INT32_MAX - (rnd_chance(c, 2) ? SLACK : 0)) -
                       reach(c, x, w, t, o);
        int64_t usual = (int64_t)rnd_log(c, 0.0, is_wide ? 26.0 : 14.0);
        int64_t v = is_huge || usual > most ? most : usual;
        c->value[b][o] = num(rnd_chance(c, 2) ? v : -v);
    }
    const_again(c, b);
}

/* The multiplier that spreads usual sums over the output's type. */
static double natural(const Case *c, TensorId x, TensorId w, TensorId b, Taps t)
{
    double size = 1.0;
    for (int32_t o = 0; o < t.channels; o++) {
        double bias = b == 0 ? 0.0 : (double)llabs(c->value[b][o].i);
        size = fmax(size, 0.15 * (double)reach(c, x, w, t, o) + bias);
    }
    return (c->type == TYPE_S16 ? 32768.0 : 128.0) / size;
}

/* Whether the requantised sum of a channel stays within 32 bits, as converters see to. */
static bool is_safe(double multiplier, int64_t bound, bool is_wide)
{
    int32_t e = quantise(multiplier).e;
    if (is_wide) {
        return e <= 7 && (double)bound * multiplier < 2147418000.0;
    }
    return e < 0 || bound <= ((int64_t)INT32_MAX - SLACK) >> e;
}

/* The nearest power of two if IS_POWER: multipliers are exact then, and sums meet exact halves. */
static double scale_of(double v, bool is_power)
{
    return is_power ? exp2(floor(log2(v) + 0.5)) : v;
}

static void set_weight_scales(Case *c, TensorId w, Taps t, bool is_power)
{
    float scale[64];
    bool per_channel = t.channels > 1 && rnd_chance(c, 2);
    float base = (float)scale_of((double)rnd_scale(c, -10.0, 0.0), is_power);
    for (int32_t o = 0; o < t.channels; o++) {
        double near = (double)rnd_scale(c, log2((double)base) - 4.0, log2((double)base) + 4.0);
        scale[o] = per_channel && o > 0 ? (float)scale_of(near, is_power) : base;
    }
    cover(c, per_channel ? "weights=per channel" : "weights=per tensor");
    if (per_channel) {
        set_channels(c, w, t.axis, t.channels, scale);
    } else {
        set_quant(c, w, (double)base, 0);
    }
}

static void cover_multiplier(Case *c, double first)
{
    cover(c, first < 1.0 / 1024.0 ? "multiplier<2^-10"
             : first > 1.0        ? "multiplier>1"
                                  : "multiplier=2^-10..1");
    if (quantise(first).m > INT32_MAX - 4096) {
        cover(c, "multiplier=near 2^31");
    }
}

static void set_scales(Case *c, TensorId x, TensorId w, TensorId b, TensorId y, Taps t)
{
    bool is_power = rnd_chance(c, 6);
    bool is_wide = c->type == TYPE_S16 && (b == 0 || tensor(c->g, b)->type == TYPE_S64);
    bool is_natural = !rnd_chance(c, c->is_corner ? 2 : 4);
    set_weight_scales(c, w, t, is_power);
    set_quant(c, x, scale_of(see(c, x).scale, is_power), (int32_t)see(c, x).zero);
    double wish = is_natural ? natural(c, x, w, b, t) * rnd_log(c, -2.0, 1.5)
                             : (double)rnd_scale(c, -16.0, 4.0);
    if (!is_power && rnd_chance(c, 8)) { /* a multiplier just below 2^31 */
        wish = scale_of(wish, true) * (1.0 - exp2(-21.0));
    }
    View weights = see(c, w);
    double x_scale = see(c, x).scale;
    float y_scale = (float)(x_scale * scale_at(&weights, 0) / scale_of(wish, is_power));
    for (int32_t o = 0; o < t.channels; o++) {
        int64_t bound = reach(c, x, w, t, o) + (b == 0 ? 0 : llabs(c->value[b][o].i));
        while (!is_safe(x_scale * scale_at(&weights, o) / (double)y_scale, bound, is_wide)) {
            y_scale *= 2.0f;
        }
    }
    cover(c, is_power ? "scales=powers of two" : "scales=any");
    cover_multiplier(c, x_scale * scale_at(&weights, 0) / (double)y_scale);
    set_quant(c, y, (double)y_scale, rnd_zero(c, c->type));
}

/* Weights of 4 or 2 bits in place of those of 8, with the lowest number now and then. */
static void narrow(Case *c, TensorId w)
{
    Tensor *t = tensor(c->g, w);
    if (c->type != TYPE_S8 || !tensor_is_const(t) || !rnd_chance(c, 2)) {
        cover(c, "weights=plain");
        return;
    }
    t->type = rnd_chance(c, 3) ? TYPE_S2 : TYPE_S4;
    cover(c, t->type == TYPE_S4 ? "weights=s4" : "weights=s2");
    int64_t most = t->type == TYPE_S4 ? 7 : 1;
    bool has_lowest = rnd_chance(c, 4);
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        int64_t v = c->value[w][i].i % (most + 1);
        c->value[w][i] = num(has_lowest && v == 0 ? -most - 1 : v);
    }
    const_again(c, w);
}

void mac_finish(Case *c, TensorId x, TensorId w, Taps t, bool may_have_bias_32)
{
    narrow(c, w);
    Type type = bias_type(c, may_have_bias_32);
    TensorId b = 0;
    if (type != TYPE_NONE) {
        b = add_const(c, type, shape_of(1, &t.channels), FILL_EXACT);
    } else if (rnd_chance(c, 2)) {
        add_none(c);
    }
    if (b != 0 && type != TYPE_F32) {
        fill_bias(c, b, x, w, t);
    }
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type != TYPE_F32) {
        set_scales(c, x, w, b, y, t);
    }
}

Num mac_end(const Case *c, Num sum, int32_t x, int32_t w, int32_t bias, int64_t channel,
            const View *y, int32_t act)
{
    View b = in(c, bias);
    View weights = in(c, w);
    if (y->t->type == TYPE_F32) {
        return real(act_real(sum.r + (b.is_given ? b.v[channel].r : 0.0), act));
    }
    int64_t total = sum.i + (b.is_given ? b.v[channel].i : 0);
    Fixed f = quantise(in(c, x).scale * scale_at(&weights, channel) / y->scale);
    bool is_wide = y->t->type == TYPE_S16 && (!b.is_given || b.t->type == TYPE_S64);
    int64_t low = 0;
    int64_t high = 0;
    act_limits(y, act, &low, &high);
    return num(clamp((is_wide ? mul64(total, f) : mul(c, total, f)) + y->zero, low, high));
}
