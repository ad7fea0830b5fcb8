/* Takes a gain and an offset per channel (batch normalisation, or the MUL and ADD that converters make of it) into the
 * weights and bias of the layer before: w' = gain * w, b' = gain * b + offset.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant.h"

typedef struct Affine {
    int32_t channels;
    float *gain, *offset;
} Affine;

/* Constant float weights and bias, and no activation of its own that would come between. */
static bool can_take(const Graph *g, const Node *n)
{
    const QuantSpec *s = &op_of(n)->quant;
    if (s->rule != QUANT_MAC || attr_int(n, "act", ACT_NONE) != ACT_NONE) {
        return false;
    }
    const Tensor *w = tensor(g, n->in[s->weights]);
    TensorId bias = s->bias < n->in_count ? n->in[s->bias] : 0;
    return w->type == TYPE_F32 && tensor_is_const(w) &&
           (bias == 0 || tensor_is_const(tensor(g, bias)));
}

/* A copy of the weights with each output channel times its gain: others may read the old ones. */
static TensorId scaled_weights(Graph *g, TensorId id, int32_t axis, const Affine *a)
{
    const Tensor *w = tensor(g, id);
    int64_t count = shape_count(&w->shape);
    int64_t step = 1;
    for (int32_t i = axis + 1; i < w->shape.rank; i++) {
        step *= w->shape.dim[i];
    }
    float *x = arena_memdup(&g->arena, w->data, sizeof(float) * (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        x[i] *= a->gain[i / step % a->channels];
    }
    return graph_add_const(g, w->name, TYPE_F32, w->shape, x);
}

static void take(Graph *g, int32_t index, const Affine *a)
{
    Node *n = &g->node[index];
    const QuantSpec *s = &op_of(n)->quant;
    TensorId old = s->bias < n->in_count ? n->in[s->bias] : 0;
    float *bias = NEW(&g->arena, float, a->channels);
    for (int32_t c = 0; c < a->channels; c++) {
        float before = old == 0 ? 0.0f : ((const float *)(const void *)tensor(g, old)->data)[c];
        bias[c] = a->gain[c] * before + a->offset[c];
    }
    const char *name =
        old != 0 ? tensor(g, old)->name : arena_printf(&g->arena, "%s_bias", n->name);
    if (s->bias >= n->in_count) {
        TensorId *in = NEW(&g->arena, TensorId, s->bias + 1);
        memcpy(in, n->in, sizeof(TensorId) * (size_t)n->in_count);
        n->in = in;
        n->in_count = s->bias + 1;
    }
    TensorId w = scaled_weights(g, n->in[s->weights], s->out_axis, a);
    TensorId b = graph_add_const(g, name, TYPE_F32, shape_of(1, &a->channels), bias);
    n->in[s->weights] = w;
    n->in[s->bias] = b;
}

/* Node INDEX as gain and offset of the layer before it, which becomes *PRODUCER. */
static bool find(Graph *g, int32_t index, Affine *a, int32_t *producer)
{
    const Node *n = &g->node[index];
    if (op_of(n)->affine == NULL || tensor(g, n->out[0])->type != TYPE_F32) {
        return false;
    }
    a->channels = shape_dim_back(&tensor(g, n->out[0])->shape, 0);
    a->gain = NEW(&g->arena, float, a->channels);
    a->offset = NEW(&g->arena, float, a->channels);
    int32_t x = op_of(n)->affine(g, n, a->gain, a->offset);
    *producer = x < 0 ? -1 : graph_producer(g, n->in[x]);
    return *producer >= 0 && graph_use_count(g, n->in[x]) == 1 && can_take(g, &g->node[*producer]);
}

// needs: shapes, folded constants, floats   gives: fewer nodes   breaks: calls, plan
Status pass_fold_batchnorm(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = 0; i < g->node_count; i++) {
        Affine a;
        int32_t producer = -1;
        if (!find(g, i, &a, &producer)) {
            continue;
        }
        take(g, producer, &a);
        Node *n = &g->node[i];
        (void)attr_set_int(&g->node[producer], "act", attr_int(n, "act", ACT_NONE));
        g->node[producer].out[0] = n->out[0];
        n->is_dead = true;
    }
    graph_sweep(g);
    return OK;
}
