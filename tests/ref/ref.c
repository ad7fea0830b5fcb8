/* The reference's arithmetic: exact integers and fractions, rounded as the specification says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <float.h>
#include <math.h>

void type_limits(Type type, int64_t *low, int64_t *high)
{
    int32_t bits = 8 * type_bytes(type);
    if (type == TYPE_BOOL || type == TYPE_U8) {
        *low = 0;
        *high = type == TYPE_BOOL ? 1 : 255;
        return;
    }
    *high = (int64_t)((UINT64_C(1) << (bits - 1)) - 1);
    *low = -*high - 1;
}

View see(const Case *c, TensorId id)
{
    View w = {0};
    if (id == 0) {
        return w;
    }
    w.is_given = true;
    w.t = tensor(c->g, id);
    w.s = w.t->shape;
    w.count = shape_count(&w.s);
    w.v = c->value[id];
    w.scale = w.t->q.count > 0 ? (double)w.t->q.scale[0] : 1.0;
    w.zero = w.t->q.count > 0 ? w.t->q.zero[0] : 0;
    if (w.t->type != TYPE_F32) {
        type_limits(w.t->type, &w.low, &w.high);
    }
    return w;
}

View in(const Case *c, int32_t i)
{
    return see(c, i < c->in_count ? c->in[i] : 0);
}

View out(Case *c, int32_t i, Shape shape)
{
    View w = see(c, c->out[i]);
    w.s = shape;
    w.count = shape_count(&shape);
    w.v = NEW(&c->g->arena, Num, w.count);
    c->want[i] = w.v;
    c->want_shape[i] = shape;
    return w;
}

double scale_at(const View *w, int64_t channel)
{
    return (double)w->t->q.scale[w->t->q.count == 1 ? 0 : channel];
}

int64_t list_at(const Case *c, int32_t i, int64_t k)
{
    return c->value[c->in[i]][k].i;
}

int64_t place(const Shape *s, const int32_t *index)
{
    int64_t at = 0;
    for (int32_t k = 0; k < s->rank; k++) {
        at = at * s->dim[k] + index[k];
    }
    return at;
}

bool next_index(const Shape *s, int32_t *index)
{
    for (int32_t k = s->rank - 1; k >= 0; k--) {
        if (++index[k] < s->dim[k]) {
            return true;
        }
        index[k] = 0;
    }
    return false;
}

Num num(int64_t i)
{
    return (Num){.i = i};
}

Num real(double r)
{
    return (Num){.r = r};
}

int64_t at4(const Shape *s, int64_t a, int64_t b, int64_t k, int64_t l)
{
    return ((a * s->dim[1] + b) * s->dim[2] + k) * s->dim[3] + l;
}

void bytes_of(Type type, const Num *v, int64_t count, uint8_t *bytes)
{
    int32_t width = type_bytes(type);
    for (int64_t i = 0; i < count; i++) {
        float f = (float)v[i].r;
        if (type == TYPE_F32) {
            memcpy(bytes + i * width, &f, sizeof f);
        } else {
            memcpy(bytes + i * width, &v[i].i, (size_t)width); /* little endian */
        }
    }
}

Num num_at(Type type, const uint8_t *bytes, int64_t i)
{
    int32_t width = type_bytes(type);
    float f = 0.0f;
    uint64_t u = 0;
    if (type == TYPE_F32) {
        memcpy(&f, bytes + i * width, sizeof f);
        return real((double)f);
    }
    memcpy(&u, bytes + i * width, (size_t)width);
    int64_t low = 0;
    int64_t high = 0;
    type_limits(type, &low, &high);
    bool is_negative = low < 0 && (u >> (8 * width - 1) & 1) != 0;
    if (is_negative && width < 8) {
        u -= UINT64_C(1) << (8 * width);
    }
    return num((int64_t)u);
}

/* --- integers ------------------------------------------------------------------------------------------ */

int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

int64_t wrap32(int64_t x)
{
    const int64_t turn = INT64_C(1) << 32;
    int64_t rest = x % turn;
    if (rest >= turn / 2) {
        rest -= turn;
    }
    return rest < -turn / 2 ? rest + turn : rest;
}

int64_t saturate32(int64_t x)
{
    return clamp(x, INT32_MIN, INT32_MAX);
}

int64_t floor_div(Wide a, Wide b)
{
    Wide q = a / b;
    return (int64_t)(q * b > a ? q - 1 : q);
}

int64_t nearest_up(Wide a, Wide b)
{
    return floor_div(2 * a + b, 2 * b);
}

int64_t nearest_away(Wide a, Wide b)
{
    return a < 0 ? -floor_div(b - 2 * a, 2 * b) : floor_div(2 * a + b, 2 * b);
}

int64_t round_f32(double x)
{
    double whole = 0.0;
    double rest = modf((double)(float)x, &whole);
    return (int64_t)whole + (rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0);
}

/* --- multipliers ----------------------------------------------------------------------------------------- */

Fixed quantise(double x)
{
    Fixed f = {0, 0};
    if (x == 0.0) {
        return f;
    }
    double size = fabs(x);
    while (ldexp(size, -f.e) >= 1.0) {
        f.e++;
    }
    while (ldexp(size, -f.e) < 0.5) {
        f.e--;
    }
    double scaled = ldexp(size, 31 - f.e); /* 2^30 .. 2^31 */
    int64_t whole = (int64_t)scaled;
    f.m = scaled - (double)whole >= 0.5 ? whole + 1 : whole;
    if (f.m == INT64_C(1) << 31) {
        f.m = INT64_C(1) << 30;
        f.e++;
    }
    if (f.e < -31) {
        return (Fixed){0, 0};
    }
    f.m = x < 0.0 ? -f.m : f.m;
    return f;
}

int64_t high_mul(int64_t a, int64_t b)
{
    return saturate32(nearest_up((Wide)a * b, (Wide)1 << 31));
}

int64_t halve(int64_t a, int32_t n)
{
    return nearest_away(a, (Wide)1 << n);
}

int64_t mul(const Case *c, int64_t a, Fixed f)
{
    if (c->rounding == ROUNDING_SINGLE) {
        return nearest_up((Wide)a * f.m, (Wide)1 << (31 - f.e));
    }
    int64_t raised = f.e > 0 ? wrap32(a * (INT64_C(1) << f.e)) : a;
    return halve(high_mul(raised, f.m), f.e > 0 ? 0 : -f.e);
}

int64_t mul64(int64_t a, Fixed f)
{
    int64_t m = f.m >= 0x7FFF0000 ? 0x7FFF : nearest_up(f.m, 65536);
    return nearest_up((Wide)a * m, (Wide)1 << (15 - f.e));
}

/* --- fused activations ------------------------------------------------------------------------------------- */

void act_limits(const View *y, int32_t act, int64_t *low, int64_t *high)
{
    double floor_of[] = {0.0, 0.0, -1.0, 0.0};
    double roof_of[] = {0.0, 0.0, 1.0, 6.0};
    *low = y->low;
    *high = y->high;
    if (act != 0) {
        int64_t q = y->zero + round_f32((double)((float)floor_of[act] / (float)y->scale));
        *low = clamp(q, y->low, y->high);
    }
    if (act == 2 || act == 3) {
        int64_t q = y->zero + round_f32((double)((float)roof_of[act] / (float)y->scale));
        *high = clamp(q, y->low, y->high);
    }
}

double act_real(double x, int32_t act)
{
    double low = act == 0 ? -DBL_MAX : act == 2 ? -1.0 : 0.0;
    double high = act == 2 ? 1.0 : act == 3 ? 6.0 : DBL_MAX;
    return x < low ? low : x > high ? high : x;
}
