/* DROPOUT: while training, y = x / (1 - rate) where a random number is at least rate, else 0; in use, y = x.
 * Exists for training alone (Srivastava et al. 2014): dropped afterwards.
 * SPDX-License-Identifier: Apache-2.0 */
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

/* The factor of element I, the same forward and backward. Two elements share a random number. */
static float factor(const Shard *s, int64_t i, uint64_t *random)
{
    const float rate = ((const Attr *)s->n->attr)->rate;
    if (i % 2 == 0) {
        *random = train_random(s->seed, (uint64_t)i / 2);
    } else {
        *random >>= 32;
    }
    double uniform = (double)(*random & UINT32_MAX) / 4294967296.0;
    return uniform < (double)rate ? 0.0f : 1.0f / (1.0f - rate);
}

static void train_forward(const Shard *s)
{
    int64_t count = s->batch * shard_out_count(s, 0);
    uint64_t random = 0;
    if (!s->training) {
        train_add(s->out[0], s->in[0], count, true);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        s->out[0][i] = s->in[0][i] * factor(s, i, &random);
    }
}

static void train_backward(const Shard *s)
{
    uint64_t random = 0;
    for (int64_t i = 0; s->d_in[0] != NULL && i < s->batch * shard_out_count(s, 0); i++) {
        s->d_in[0][i] += s->d_out[0][i] * factor(s, i, &random);
    }
}

const Op op_dropout = {
    .kind = {"dropout", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_code = -1,
    .traits = TRAIT_TRAIN_ONLY | TRAIT_ELEMENTWISE,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_forward,
    .backward = train_backward,
};
