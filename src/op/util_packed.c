/* Packs weights for kernels that compute four output channels at a time (rt/shrinc_packed.h).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_packed.h"

#include <stdlib.h>

enum { GROUP = 4, QUAD = 4, CHANNEL_WORDS = 3, MOST_RIGHT = 22, PAIR_LIMIT = 1 << 23 };

static int32_t weight(const Tensor *w, const WeightLayout *l, int32_t o, int64_t k)
{
    return o < l->channels ? (int32_t)mac_int(w, o * l->channel_step + k * l->step) : 0;
}

/* How far the products of a channel can reach. */
static int64_t reach(const Tensor *w, const WeightLayout *l, int32_t o)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < l->count; k++) {
        sum += llabs(weight(w, l, o, k));
    }
    return 128 * sum;
}

static int32_t multiplier_of(const MacConsts *m, int32_t o)
{
    return m->multiplier[m->scales > 1 ? o : 0];
}

static int32_t right_of(const MacConsts *m, int32_t o)
{
    return -m->shift[m->scales > 1 ? o : 0];
}

/* The sum is so small beside the shift that the output is the zero point. */
static bool is_nothing(const MacConsts *m, int32_t o, int64_t bound)
{
    return multiplier_of(m, o) == 0 || (right_of(m, o) > MOST_RIGHT && bound < INT64_C(1) << 30 &&
                                        bound < INT64_C(1) << (right_of(m, o) - 1));
}

static bool channel_fits(const Tensor *w, const WeightLayout *l, const MacConsts *m, int32_t o)
{
    int64_t sum = reach(w, l, o);
    int64_t bound = sum + llabs(m->bias[o]);
    if (bound >= INT64_C(1) << 30 || (o % 2 == 1 && sum >= PAIR_LIMIT)) {
        return false;
    }
    return is_nothing(m, o, bound) || (right_of(m, o) >= 1 && right_of(m, o) <= MOST_RIGHT);
}

bool packed_fits(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                 const MacConsts *m)
{
    const Tensor *w = node_in(g, n, in.w);
    for (int32_t o = 0; o < l->channels; o++) {
        if (!channel_fits(w, l, m, o)) {
            return false;
        }
        for (int64_t k = 0; k < l->count && o % 2 == 1; k++) {
            if (256 * weight(w, l, o, k) + weight(w, l, o - 1, k) < INT16_MIN) {
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

/* Weight of channel O for input I of quad Q of run R; 0 for an input that is none or was counted in
 * an earlier quad. */
static int32_t quad_weight(const Tensor *w, const WeightLayout *l, Packing p, int32_t o, int32_t r,
                           int32_t q, int32_t i)
{
    int32_t k = QUAD * q + i;
    if (p.length % QUAD != 0 && p.length > QUAD && q == run_quads(p) - 1) {
        k = p.length - QUAD + i;
        if (k < QUAD * q) {
            return 0;
        }
    }
    return k < p.length ? weight(w, l, o, (int64_t)r * p.length + k) : 0;
}

static uint32_t pair(int32_t first, int32_t second)
{
    return (uint32_t)(256 * second + first) & 0xFFFFU;
}

static int32_t *pack_quad(int32_t *out, const Tensor *w, const WeightLayout *l, Packing p,
                          int32_t o, int32_t r, int32_t q)
{
    for (int32_t i = 0; i < 2; i++) {
        for (int32_t c = o; c < o + GROUP; c += 2) {
            uint32_t low =
                pair(quad_weight(w, l, p, c, r, q, i), quad_weight(w, l, p, c + 1, r, q, i));
            uint32_t high = pair(quad_weight(w, l, p, c, r, q, i + 2),
                                 quad_weight(w, l, p, c + 1, r, q, i + 2));
            *out++ = (int32_t)(high << 16 | low);
        }
    }
    return out;
}

static int32_t *pack_channel(int32_t *out, const Tensor *w, const WeightLayout *l,
                             const MacConsts *m, int32_t zero, int32_t o)
{
    if (o >= l->channels) {
        return out + CHANNEL_WORDS;
    }
    bool nothing = is_nothing(m, o, reach(w, l, o) + llabs(m->bias[o]));
    *out++ = nothing ? 0 : 2 * m->bias[o];
    *out++ = nothing ? 0 : multiplier_of(m, o);
    *out++ = (2 * zero + 1) * 32 + (nothing ? 0 : right_of(m, o) - 1);
    return out;
}

void packed_call(Graph *g, const Node *n, Call *c, MacInputs in, const WeightLayout *l,
                 const MacConsts *m, Packing p)
{
    const Tensor *w = node_in(g, n, in.w);
    int32_t zero = node_out(g, n, 0)->q.zero[0];
    int32_t groups = (l->channels + GROUP - 1) / GROUP;
    int32_t words = groups * GROUP * (packed_quads(p) + CHANNEL_WORDS);
    int32_t *packed = NEW(&g->arena, int32_t, words);
    int32_t *out = packed;
    for (int32_t o = 0; o < groups * GROUP; o += GROUP) {
        for (int32_t r = 0; r < p.runs; r++) {
            for (int32_t q = 0; q < run_quads(p); q++) {
                out = pack_quad(out, w, l, p, o, r, q);
            }
        }
        for (int32_t k = o; k < o + GROUP; k++) {
            out = pack_channel(out, w, l, m, zero, k);
        }
    }
    call_const(g, c, "packed", TYPE_S32, packed, words, 0);
}
