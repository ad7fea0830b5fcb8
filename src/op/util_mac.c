/* Layers that sum products of x and constant weights: checks, folded biases, multipliers, bounds.
 * sum((x - zx) * w) = sum(x * w) - zx * sum(w): the second term moves into the bias, so that a
 * kernel multiplies raw bytes. All of it is integer arithmetic without overflow, which is proven
 * here from the real weights.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_mac.h"

#include <stdlib.h>

int64_t mac_int(const Tensor *t, int64_t i)
{
    const uint8_t *p = t->data + i * type_bytes(t->type);
    switch (t->type) {
    case TYPE_S8:
    case TYPE_S4:
    case TYPE_S2: {
        int8_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S16: {
        int16_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S32: {
        int32_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S64: {
        int64_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    default: return *p;
    }
}

Status check_s16(const Graph *g, const Node *n, const char *what, int64_t value, Diag *d)
{
    if (value < INT16_MIN || value > INT16_MAX) {
        return fail_node(g, n, d, ERR_LIMIT, "%s is %jd; kernels hold it in 16 bits (at most %d)",
                         what, (intmax_t)value, INT16_MAX);
    }
    return OK;
}

static Status check_zero(const Graph *g, const Node *n, const Tensor *t, const char *role, Diag *d)
{
    int32_t low = t->type == TYPE_S16 ? 0 : -128;
    int32_t high = t->type == TYPE_S16 ? 0 : 127;
    if (t->q.zero[0] < low || t->q.zero[0] > high) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s \"%s\" is %s with zero point %d; it must lie in %d to %d", role,
                         t->name, type_name(t->type), t->q.zero[0], low, high);
    }
    return OK;
}

Status mac_check_activation(const Graph *g, const Node *n, const Tensor *t, const char *role,
                            Diag *d)
{
    TRY(check_type(g, n, t, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16), role, d));
    if (t->type == TYPE_F32) {
        return OK;
    }
    TRY(check_per_tensor(g, n, t, role, d));
    return check_zero(g, n, t, role, d);
}

static Status check_weights(const Graph *g, const Node *n, const Tensor *x, const Tensor *w,
                            const WeightLayout *l, Diag *d)
{
    if (x->type == TYPE_F32 && w->type != TYPE_F32) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "hybrid layer: float activations with %s weights \"%s\"; convert the "
                         "model with a representative "
                         "data set (full integer quantisation) or without quantisation",
                         type_name(w->type), w->name);
    }
    if (x->type == TYPE_F32) {
        return OK;
    }
    uint32_t narrow = x->type == TYPE_S8 ? TYPE_BIT(TYPE_S4) | TYPE_BIT(TYPE_S2) : 0;
    TRY(check_type(g, n, w, TYPE_BIT(TYPE_S8) | narrow, "weights", d));
    if (w->q.count != 1 && (w->q.count != l->channels || w->q.axis != l->axis)) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "weights \"%s\" have %d scales along axis %d; expected one, or %d along axis %d",
            w->name, w->q.count, w->q.axis, l->channels, l->axis);
    }
    return OK;
}

static Status check_bias(const Graph *g, const Node *n, const Tensor *x, const Tensor *b,
                         const WeightLayout *l, Diag *d)
{
    if (b == NULL) {
        return OK;
    }
    uint32_t allowed = x->type == TYPE_F32  ? TYPE_BIT(TYPE_F32)
                       : x->type == TYPE_S8 ? TYPE_BIT(TYPE_S32)
                                            : TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64);
    TRY(check_type(g, n, b, allowed, "bias", d));
    if (shape_count(&b->shape) != l->channels) {
        char text[96];
        return fail_node(g, n, d, ERR_INPUT, "bias \"%s\" has shape %s; expected %d values",
                         b->name, shape_text(&b->shape, text), l->channels);
    }
    return OK;
}

Status mac_check(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l, Diag *d)
{
    const Tensor *x = node_in(g, n, in.x);
    const Tensor *w = node_in(g, n, in.w);
    const Tensor *y = node_out(g, n, 0);
    TRY(mac_check_activation(g, n, x, "input", d));
    TRY(check_type(g, n, y, TYPE_BIT(x->type), "output", d));
    TRY(mac_check_activation(g, n, y, "output", d));
    TRY(check_weights(g, n, x, w, l, d));
    return check_bias(g, n, x, node_in(g, n, in.b), l, d);
}

Status mac_check_const(const Graph *g, const Node *n, MacInputs in, Diag *d)
{
    const Tensor *w = node_in(g, n, in.w);
    const Tensor *b = node_in(g, n, in.b);
    const Tensor *moving = !tensor_is_const(w) ? w : b != NULL && !tensor_is_const(b) ? b : NULL;
    if (moving != NULL) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "\"%s\" is computed at run time; weights and bias must be constants",
                         moving->name);
    }
    return OK;
}

Status mac_check_bias_wide(const Graph *g, const Node *n, MacInputs in, Diag *d)
{
    const Tensor *b = node_in(g, n, in.b);
    if (b != NULL && node_in(g, n, in.x)->type == TYPE_S16 && b->type != TYPE_S64) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "bias \"%s\" of an int16 layer has 32 bits, which TFLite's kernels "
                         "misread here; convert the model "
                         "with a 64-bit bias",
                         b->name);
    }
    return OK;
}

static Status check_symmetric(const Graph *g, const Node *n, const Tensor *w, Diag *d)
{
    for (int32_t i = 0; i < w->q.count; i++) {
        if (w->q.zero[i] != 0) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "weights \"%s\" have zero point %d; convert the model with symmetric "
                             "weights (zero point 0)",
                             w->name, w->q.zero[i]);
        }
    }
    return OK;
}

Status mac_multiplier(const Graph *g, const Node *n, double real, int64_t bound,
                      int32_t *multiplier, int8_t *shift, Diag *d)
{
    int32_t s = 0;
    scale_to_multiplier(real, multiplier, &s);
    *shift = (int8_t)s;
    if (s >= 0 && bound > ((int64_t)INT32_MAX - 65536) >> s) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "sums can reach %jd and are multiplied by %.6g, which overflows 32 bits; "
                         "check the scales",
                         (intmax_t)bound, real);
    }
    return OK;
}

Status mac_multiplier_wide(const Graph *g, const Node *n, double real, int64_t bound,
                           int32_t *multiplier, int8_t *shift, Diag *d)
{
    int32_t s = 0;
    scale_to_multiplier(real, multiplier, &s);
    *multiplier = *multiplier < 0x7FFF0000 ? (*multiplier + (1 << 15)) >> 16 : 0x7FFF;
    *shift = (int8_t)s;
    if (s > 7 || bound >= INT64_C(1) << 47 || (double)bound * real > 2147418111.0) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "sums can reach %jd and are multiplied by %.6g, which overflows 32 bits; "
                         "check the scales",
                         (intmax_t)bound, real);
    }
    return OK;
}

typedef struct Sums {
    int64_t plain;     /* sum of a channel's weights */
    int64_t magnitude; /* sum of their magnitudes */
} Sums;

static Sums channel_sums(const Tensor *w, const WeightLayout *l, int32_t channel)
{
    Sums s = {0, 0};
    for (int64_t k = 0; k < l->count; k++) {
        int64_t v = mac_int(w, channel * l->channel_step + k * l->step);
        s.plain += v;
        s.magnitude += v < 0 ? -v : v;
    }
    return s;
}

static double real_multiplier(const Tensor *x, const Tensor *w, const Tensor *y, int32_t channel)
{
    float sw = w->q.scale[w->q.count == 1 ? 0 : channel];
    return (double)x->q.scale[0] * (double)sw / (double)y->q.scale[0];
}

/* One scale is enough where all channels have the same one. */
static int32_t distinct_scales(const MacConsts *c)
{
    for (int32_t o = 1; o < c->channels; o++) {
        if (c->multiplier[o] != c->multiplier[0] || c->shift[o] != c->shift[0]) {
            return c->channels;
        }
    }
    return 1;
}

Status mac_consts(Graph *g, const Node *n, MacInputs in, const WeightLayout *l, MacWants wants,
                  MacConsts *out, Diag *d)
{
    const Tensor *x = node_in(g, n, in.x);
    const Tensor *w = node_in(g, n, in.w);
    const Tensor *b = node_in(g, n, in.b);
    const Tensor *y = node_out(g, n, 0);
    TRY(check_symmetric(g, n, w, d));
    bool wide = mac_is_wide(g, n, in);
    *out = (MacConsts){
        .channels = l->channels,
        .bias = wide ? NULL : NEW(&g->arena, int32_t, l->channels),
        .bias64 = wide ? NEW(&g->arena, int64_t, l->channels) : NULL,
        .multiplier = NEW(&g->arena, int32_t, l->channels),
        .shift = NEW(&g->arena, int8_t, l->channels),
    };
    int32_t zero = x->q.zero[0];
    int64_t reach = x->type == TYPE_S16 ? 32768 : wants.fold_zero ? 128 : 128 + llabs(zero);
    for (int32_t o = 0; o < l->channels; o++) {
        Sums s = channel_sums(w, l, o);
        int64_t bias = (b == NULL ? 0 : mac_int(b, o)) - (wants.fold_zero ? zero * s.plain : 0);
        int64_t limit = wide ? INT64_C(1) << 46 : INT32_MAX;
        if (bias > limit || bias < -limit || s.magnitude > (limit - llabs(bias)) / reach) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "channel %d: the sum of its bias (%jd with the zero point folded in) "
                             "and up to %jd * %jd can "
                             "overflow %d bits; check the scales of weights and bias",
                             o, (intmax_t)bias, (intmax_t)reach, (intmax_t)s.magnitude,
                             wide ? 47 : 32);
        }
        int64_t bound = llabs(bias) + reach * s.magnitude;
        double real = real_multiplier(x, w, y, o);
        if (wide) {
            out->bias64[o] = bias;
            TRY(mac_multiplier_wide(g, n, real, bound, &out->multiplier[o], &out->shift[o], d));
        } else {
            out->bias[o] = (int32_t)bias;
            TRY(mac_multiplier(g, n, real, bound, &out->multiplier[o], &out->shift[o], d));
        }
    }
    out->scales = distinct_scales(out);
    return OK;
}

void mac_call_consts(Graph *g, Call *c, const MacConsts *m)
{
    if (m->bias64 == NULL) {
        call_const(g, c, "bias", TYPE_S32, m->bias, m->channels, 0);
        call_const(g, c, "multiplier", TYPE_S32, m->multiplier, m->scales, 0);
    } else {
        int16_t *narrow = NEW(&g->arena, int16_t, m->scales);
        for (int32_t i = 0; i < m->scales; i++) {
            narrow[i] = (int16_t)m->multiplier[i];
        }
        call_const(g, c, "bias", TYPE_S64, m->bias64, m->channels, 0);
        call_const(g, c, "multiplier", TYPE_S16, narrow, m->scales, 0);
    }
    call_const(g, c, "shift", TYPE_S8, m->shift, m->scales, 0);
}

bool mac_is_wide(const Graph *g, const Node *n, MacInputs in)
{
    const Tensor *b = node_in(g, n, in.b);
    return node_in(g, n, in.x)->type == TYPE_S16 && (b == NULL || b->type == TYPE_S64);
}

void mac_call_bias_f32(Graph *g, const Node *n, Call *c, int32_t b_in, int32_t channels)
{
    if (node_in(g, n, b_in) != NULL) {
        call_tensor(c, n->in[b_in]);
        return;
    }
    call_const(g, c, "bias", TYPE_F32, NEW(&g->arena, float, channels), channels, 0);
}

void mac_call_images(Graph *g, Node *n, const char *kernel, const void *params, size_t bytes,
                     MacInputs in, const MacConsts *m)
{
    const Tensor *x = node_in(g, n, in.x);
    const Tensor *y = node_out(g, n, 0);
    int32_t images = x->shape.dim[0];
    for (int32_t b = 0; b < images; b++) {
        Call *c = call_new(g, n, kernel, bytes);
        memcpy(c->params, params, bytes);
        call_tensor_at(c, n->in[in.x], b * tensor_bytes(x) / images);
        call_tensor(c, n->in[in.w]);
        if (m != NULL) {
            mac_call_consts(g, c, m);
        } else {
            mac_call_bias_f32(g, n, c, in.b, y->shape.dim[3]);
        }
        call_tensor_at(c, n->out[0], b * tensor_bytes(y) / images);
    }
}
