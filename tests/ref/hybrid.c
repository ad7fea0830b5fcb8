/* Layers with int8 weights on floats: the input of a batch becomes whole numbers, by the rules that TFLite's kernels follow,
 * in single precision but for the zero point.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

bool hybrid_drawn(Case *c)
{
    bool drawn = c->type == TYPE_F32 && rnd_chance(c, 2);
    if (c->type == TYPE_F32) {
        cover(c, drawn ? "weights=s8 on floats" : "weights=f32");
    }
    return drawn;
}

void hybrid_finish(Case *c, TensorId w, Taps t)
{
    if (rnd_chance(c, 4)) {
        cover(c, "hybrid bias=none");
        if (rnd_chance(c, 2)) {
            add_none(c);
        }
    } else {
        cover(c, "hybrid bias=f32");
        (void)add_const(c, TYPE_F32, shape_of(1, &t.channels), FILL_EXACT);
    }
    (void)add_output(c, TYPE_F32);
    make_node(c);
    float scale[64];
    bool is_same = rnd_chance(c, 2);
    for (int32_t o = 0; o < t.channels; o++) {
        scale[o] = is_same && o > 0 ? scale[0] : rnd_scale(c, -10.0, 0.0);
    }
    if (t.channels > 1 && !rnd_chance(c, 3)) {
        set_channels(c, w, t.axis, t.channels, scale);
        cover(c, is_same ? "hybrid scales=equal" : "hybrid scales=per channel");
    } else {
        set_quant(c, w, (double)scale[0], 0);
        cover(c, "hybrid scales=per tensor");
    }
}

bool hybrid_is(const Case *c, int32_t w)
{
    View weights = in(c, w);
    return c->type == TYPE_F32 && weights.t->type == TYPE_S8;
}

bool hybrid_differs(const View *w)
{
    for (int32_t o = 1; o < w->t->q.count; o++) {
        if (scale_at(w, o) != scale_at(w, 0)) {
            return true;
        }
    }
    return false;
}

/* The zero point that the range low .. high (low <= 0 <= high) gets among -128 .. 127. */
static int64_t zero_of(double low, double high)
{
    double step = (high - low) / 255.0;
    double by_low = -128.0 - low / step;
    double by_high = 127.0 - high / step;
    double error_low = 128.0 + fabs(low / step);
    double error_high = 127.0 + fabs(high / step);
    return (int64_t)fmin(127.0, fmax(-128.0, round(error_low < error_high ? by_low : by_high)));
}

static float quantise_batch(Num *v, int64_t count, bool is_asymmetric)
{
    double low = 0.0;
    double high = 0.0;
    for (int64_t i = 0; i < count; i++) {
        low = fmin(low, v[i].r);
        high = fmax(high, v[i].r);
    }
    if (low == high) { /* nothing but zeros */
        for (int64_t i = 0; i < count; i++) {
            v[i].i = 0;
        }
        return 1.0f;
    }
    float range = (float)fmax(-low, high);
    int64_t zero = is_asymmetric ? zero_of(low, high) : 0;
    volatile float scale = is_asymmetric ? (float)((high - low) / 255.0) : range / 127.0f;
    volatile float per_unit = is_asymmetric ? 1.0f / scale : 127.0f / range;
    for (int64_t i = 0; i < count; i++) {
        volatile float steps = (float)v[i].r * per_unit;
        volatile float moved = (float)zero + steps;
        int64_t q = (int64_t)roundf(moved);
        v[i].i = clamp(q, is_asymmetric ? -128 : -127, 127) - zero;
    }
    return scale;
}

float *hybrid_see(Case *c, View *x, int64_t batches, bool is_asymmetric)
{
    float *scale = NEW(&c->g->arena, float, batches);
    x->v = arena_memdup(&c->g->arena, x->v, (size_t)x->count * sizeof(Num));
    for (int64_t b = 0; b < batches; b++) {
        scale[b] =
            quantise_batch(x->v + b * (x->count / batches), x->count / batches, is_asymmetric);
    }
    return scale;
}

Num hybrid_end(Num sum, float x_scale, const View *w, const View *bias, int64_t channel,
               int32_t act)
{
    volatile float scale = x_scale * (float)scale_at(w, channel);
    volatile float product = (float)sum.i * scale;
    volatile float total = product + (bias->is_given ? (float)bias->v[channel].r : 0.0f);
    return real(act_real((double)total, act));
}
