/* Packs weights for kernels that compute four output channels at a time (rt/shrinc_packed.h).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_packed.h"

#include "shrinc_conv_2d_packed.h"

#include "op/util_line.h"

#include <stdlib.h>

enum {
    GROUP = 4,
    QUAD = 4,
    CHANNEL_WORDS = 3,
    MOST_RIGHT = 22,
    PAIR_LIMIT = 1 << 23,
    SMALL_MODEL = 4096,
    NIBBLE_MOST = 7, /* rt/shrinc_nibbles.h */
    NIBBLES_LIMIT = 1 << 19,
    NIBBLES_LIMIT_LOW = 1 << 26
};

static int32_t weight(const Packed *p, int32_t o, int64_t k)
{
    const WeightLayout *l = p->layout;
    return o < l->channels ? (int32_t)mac_int(p->weights, o * l->channel_step + k * l->step) : 0;
}

/* What the products of a channel sum up to, for any inputs. */
typedef struct Reach {
    int64_t least, most;
} Reach;

static Reach reach(const Packed *p, int32_t o)
{
    Reach r = {0, 0};
    for (int64_t k = 0; k < p->layout->count; k++) {
        int64_t w = weight(p, o, k);
        r.least += w > 0 ? -128 * w : 127 * w;
        r.most += w > 0 ? 127 * w : -128 * w;
    }
    return r;
}

/* One channel's constants in the form of the reference; false if it does not fit. */
static bool exact_channel(const LineProblem *c, int64_t bias, PackedChannel *out)
{
    int64_t bound = llabs(c->least) > llabs(c->most) ? llabs(c->least) : llabs(c->most);
    bound = bound > llabs(bias) ? bound : llabs(bias);
    if (bound >= INT64_C(1) << 30) {
        return false;
    }
    /* so small beside the shift that the output is the zero point */
    bool nothing =
        c->multiplier == 0 || (c->right > MOST_RIGHT && bound < INT64_C(1) << (c->right - 1));
    if (nothing) {
        *out = (PackedChannel){0, 0, (2 * c->zero + 1) * 32};
        return true;
    }
    *out = (PackedChannel){2 * (int32_t)bias, c->multiplier, (2 * c->zero + 1) * 32 + c->right - 1};
    return c->right >= 1 && c->right <= MOST_RIGHT;
}

/* Packed kernels are longer than plain ones: for the smallest of models that counts more; some cores do not gain. */
static bool is_worth_it(const Graph *g)
{
    int64_t macs = 0;
    for (int32_t i = 0; i < g->node_count && g->prefers_size; i++) {
        const Op *op = op_of(&g->node[i]);
        macs += op->macs == NULL ? 0 : op->macs(g, &g->node[i]);
    }
    return !g->plain_kernels && (!g->prefers_size || macs >= SMALL_MODEL);
}

bool packed_make(Graph *g, const Node *n, MacInputs in, const WeightLayout *l, const MacConsts *m,
                 Packed *out)
{
    if (!is_worth_it(g)) {
        return false;
    }
    *out = (Packed){l, node_in(g, n, in.w), NEW(&g->arena, PackedChannel, l->channels), true, false};
    PackedChannel *line_of = NEW(&g->arena, PackedChannel, l->channels);
    for (int32_t o = 0; o < l->channels; o++) {
        int32_t scale = m->scales > 1 ? o : 0;
        Reach r = reach(out, o);
        LineProblem c = {
            .rounding = g->rounding,
            .multiplier = m->multiplier[scale],
            .right = -m->shift[scale],
            .zero = node_out(g, n, 0)->q.zero[0],
            .least = (int32_t)(m->bias[o] + r.least),
            .most = (int32_t)(m->bias[o] + r.most),
        };
        if (!exact_channel(&c, m->bias[o], &out->channel[o])) {
            return false;
        }
        Line line;
        out->is_line = out->is_line && line_find(&c, &line);
        if (out->is_line) {
            line_of[o] = (PackedChannel){m->bias[o] + line.add, line.slope, line.offset};
        }
    }
    out->channel = out->is_line ? line_of : out->channel;
    return true;
}

static bool nibbles_fit(const Packed *p)
{
    bool fits = p->weights->type == TYPE_S4 || p->weights->type == TYPE_S2;
    for (int32_t o = 0; o < p->layout->channels && fits; o++) {
        Reach r = reach(p, o);
        int64_t limit = o % GROUP < 2 ? NIBBLES_LIMIT_LOW : NIBBLES_LIMIT;
        fits = r.least > -limit && r.most < limit;
        for (int64_t k = 0; k < p->layout->count && fits; k++) {
            fits = weight(p, o, k) >= -NIBBLE_MOST;
        }
    }
    return fits;
}

const char *packed_kernel(Graph *g, const Packed *p, const char *name)
{
    int32_t length = (int32_t)strlen(name) - 1;
    return p->is_nibbles ? arena_printf(&g->arena, "%.*s4", length, name) : name;
}

bool packed_choose_form(Packed *p)
{
    p->is_nibbles = nibbles_fit(p);
    if (p->is_nibbles) {
        return true;
    }
    for (int32_t o = 1; o < p->layout->channels; o += 2) {
        Reach r = reach(p, o);
        if (r.least <= -PAIR_LIMIT || r.most >= PAIR_LIMIT) {
            return false;
        }
        for (int64_t k = 0; k < p->layout->count; k++) {
            if (256 * weight(p, o, k) + weight(p, o - 1, k) < INT16_MIN) {
                return false;
            }
        }
    }
    return true;
}

static int32_t run_quads(Packing p)
{
    return (p.length + QUAD - 1) / QUAD;
}

int32_t packed_quads(Packing p)
{
    return p.runs * run_quads(p);
}

/* Which input of its run input I of quad Q is; -1: none, or one that an earlier quad counted. */
static int32_t quad_input(Packing p, int32_t q, int32_t i)
{
    int32_t k = QUAD * q + i;
    if (p.length > QUAD && k >= QUAD * (run_quads(p) - 1)) {
        k = p.length - QUAD + i;
        return k < QUAD * q ? -1 : k;
    }
    return k < p.length ? k : -1;
}

/* Channels O and O + 1 for input K. */
static uint32_t pair(const Packed *p, int32_t o, int64_t k)
{
    return (uint32_t)(256 * weight(p, o + 1, k) + weight(p, o, k)) & 0xFFFFU;
}

/* Channels O to O + 3 for input K. */
static uint32_t nibbles(const Packed *p, int32_t o, int32_t run, int32_t k)
{
    return k < 0 ? 0
                 : (uint32_t)(4096 * weight(p, o + 3, run + k) + 256 * weight(p, o + 2, run + k) +
                              16 * weight(p, o + 1, run + k) + weight(p, o, run + k)) &
                       0xFFFFU;
}

static int32_t *pack_quad(int32_t *out, const Packed *p, Packing packing, int32_t o, int32_t r,
                          int32_t q)
{
    for (int32_t i = 0; i < 2; i++) {
        int32_t a = quad_input(packing, q, i);
        int32_t b = quad_input(packing, q, i + 2);
        int64_t run = (int64_t)r * packing.length;
        if (p->is_nibbles) {
            *out++ = (int32_t)(nibbles(p, o, (int32_t)run, b) << 16 | nibbles(p, o, (int32_t)run, a));
        }
        for (int32_t c = o; c < o + GROUP && !p->is_nibbles; c += 2) {
            uint32_t low = a < 0 ? 0 : pair(p, c, run + a);
            uint32_t high = b < 0 ? 0 : pair(p, c, run + b);
            *out++ = (int32_t)(high << 16 | low);
        }
    }
    return out;
}

void packed_call(Graph *g, Call *c, const Packed *p, Packing packing)
{
    int32_t channels = p->layout->channels;
    int32_t groups = (channels + GROUP - 1) / GROUP;
    int32_t quad_words = p->is_nibbles ? GROUP / 2 : GROUP;
    int32_t words = groups * (quad_words * packed_quads(packing) + GROUP * CHANNEL_WORDS);
    int32_t *packed = NEW(&g->arena, int32_t, words);
    int32_t *out = packed;
    for (int32_t o = 0; o < groups * GROUP; o += GROUP) {
        for (int32_t r = 0; r < packing.runs; r++) {
            for (int32_t q = 0; q < run_quads(packing); q++) {
                out = pack_quad(out, p, packing, o, r, q);
            }
        }
        for (int32_t k = o; k < o + GROUP; k++) {
            if (k < channels) {
                memcpy(out, &p->channel[k], sizeof p->channel[k]);
            }
            out += CHANNEL_WORDS;
        }
    }
    call_const(g, c, "packed", TYPE_S32, packed, words, 0);
}

static uint32_t halfword(int32_t value)
{
    return (uint32_t)value & 0xFFFFU;
}

void packed_call_depthwise(Graph *g, Call *c, const Packed *p)
{
    int32_t channels = p->layout->channels;
    int32_t taps = (int32_t)p->layout->count;
    int32_t groups = (channels + GROUP - 1) / GROUP;
    int32_t words = groups * (GROUP * CHANNEL_WORDS + 2 * taps);
    int32_t *packed = NEW(&g->arena, int32_t, words);
    int32_t *out = packed;
    for (int32_t group = 0; group < groups; group++) {
        int32_t o = GROUP * group + GROUP > channels ? channels - GROUP : GROUP * group;
        for (int32_t k = o; k < o + GROUP; k++) {
            *out++ = p->is_line ? p->channel[k].add : p->channel[k].add / 2;
        }
        for (int32_t t = 0; t < taps; t++) {
            *out++ = (int32_t)(halfword(weight(p, o + 2, t)) << 16 | halfword(weight(p, o, t)));
            *out++ = (int32_t)(halfword(weight(p, o + 3, t)) << 16 | halfword(weight(p, o + 1, t)));
        }
        for (int32_t k = o; k < o + GROUP; k++) {
            *out++ = p->channel[k].multiplier;
            *out++ = p->channel[k].last;
        }
    }
    call_const(g, c, "packed", TYPE_S32, packed, words, 0);
}

void packed_conv_2d(Graph *g, Node *n, const Packed *p, const Window *rows, const Window *cols,
                    int32_t y_min, int32_t y_max)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    const int32_t run_taps = cols->dilation == 1 ? cols->kernel : 1;
    const Packing packing = {rows->kernel * (cols->kernel / run_taps), run_taps * x->shape.dim[3]};
    const int32_t images = x->shape.dim[0];
    for (int32_t b = 0; b < images; b++) {
        Call *c = call_new(g, n, packed_kernel(g, p, "shrinc_conv_2d_packed_s8"), sizeof(shrinc_conv_2d_packed_params));
        *(shrinc_conv_2d_packed_params *)c->params = (shrinc_conv_2d_packed_params){
            WINDOW_FIELDS(rows, cols),
            WINDOW_DILATION(rows, cols),
            WINDOW_ROWS(rows),
            .quads = packed_quads(packing),
            .in_channels = (int16_t)x->shape.dim[3],
            .out_channels = (int16_t)p->layout->channels,
            .run_taps = (int16_t)run_taps,
            .x_zero = (int16_t)x->q.zero[0],
            .y_min = (int16_t)y_min,
            .y_max = (int16_t)y_max,
            .line = p->is_line,
        };
        call_tensor_at(c, n->in[0], b * tensor_bytes(x) / images);
        packed_call(g, c, p, packing);
        call_scratch(c, TYPE_S32, PATCH_WORDS * packed_quads(packing));
        call_scratch(c, TYPE_S8, packing.length);
        call_tensor_at(c, n->out[0], b * tensor_bytes(y) / images);
    }
}
