/* DROPOUT: while training, y = x / (1 - rate) where a random number is at least rate, else 0; in use, y = x.
 * Exists for training alone (Srivastava et al. 2014): dropped afterwards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_fast.h"
#include "op/util_train.h"

typedef struct Attr {
    float rate;
} Attr;
static const AttrDesc attrs[] = {
    {"rate", ATTR_FLOAT, offsetof(Attr, rate), WIRE_NONE, 0, 0.5, 0.0, 0.999, NULL, "ratio"},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32), "input", d));
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(TYPE_F32), "output", d));
    node_out(g, n, 0)->shape = x->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return fail_node(g, n, d, ERR_UNSUPPORTED, "dropout exists for training alone; drop it first");
}

/* MurmurHash3's finaliser (Appleby): every bit of V moves every bit of the result. */
ALWAYS uint32_t mix(uint32_t v)
{
    v = (v ^ (v >> 16)) * 0x85EBCA6Bu;
    v = (v ^ (v >> 13)) * 0xC2B2AE35u;
    return v ^ (v >> 16);
}

/* The factors of COUNT elements from FIRST on, which SEED gives: the same forward and backward. */
FAST static void factors(uint64_t seed, float rate, uint32_t first, float *restrict factor,
                         int32_t count)
{
    const uint32_t limit = (uint32_t)((double)rate * 4294967296.0) >> 1;
    const uint32_t low = (uint32_t)(seed & UINT32_MAX) + first * 0x9E3779B9u;
    const uint32_t high = (uint32_t)(seed >> 32);
    const float gain = 1.0f / (1.0f - rate);
    for (int32_t i = 0; i < count; i++) {
        uint32_t random =
            mix(mix((uint32_t)i * 0x9E3779B9u + low) ^ high) >> 1; /* compares signed */
        factor[i] = (int32_t)random < (int32_t)limit ? 0.0f : gain;
    }
}

FAST static void multiply(const float *restrict x, const float *restrict factor, float *restrict y,
                          int32_t count, bool add)
{
    for (int32_t i = 0; i < count; i++) {
        y[i] = add ? y[i] + x[i] * factor[i] : x[i] * factor[i];
    }
}

enum { BLOCK = 256 };

/* y = or += x times the factor of each element. */
static void apply(const Shard *s, const float *x, float *y, bool add)
{
    const float rate = ((const Attr *)s->n->attr)->rate;
    const int64_t count = s->batch * shard_out_count(s, 0);
    for (int64_t i = 0; i < count; i += BLOCK) {
        float factor[BLOCK];
        int32_t some = count - i < BLOCK ? (int32_t)(count - i) : BLOCK;
        factors(s->seed, rate, (uint32_t)i, factor, some);
        multiply(x + i, factor, y + i, some, add);
    }
}

static void train_forward(const Shard *s)
{
    if (s->training) {
        apply(s, s->in[0], s->out[0], false);
    } else {
        train_add(s->out[0], s->in[0], s->batch * shard_out_count(s, 0), true);
    }
}

static void train_backward(const Shard *s)
{
    if (s->d_in[0] != NULL) {
        apply(s, s->d_out[0], s->d_in[0], !shard_sets(s, 0));
    }
}

const Op op_dropout = {
    .kind = {"dropout", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_code = -1,
    .traits = TRAIT_TRAIN_ONLY | TRAIT_ELEMENTWISE | TRAIT_SETS_GRADIENT,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_forward,
    .backward = train_backward,
};
