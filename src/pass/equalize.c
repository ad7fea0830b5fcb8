/* Cross-layer equalisation (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * arXiv 1906.04721): between two layers with at most a ReLU between them, channel i may be divided by s_i in the first
 * and multiplied by s_i in the second. s_i = r1_i / sqrt(r1_i r2_i) makes the ranges of both layers' weights equal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant.h"

#include <math.h>

enum { ROUNDS = 20 };

typedef struct Layer {
    float *w, *bias; /* own copies in the graph's arena; BIAS NULL: none */
    int64_t count;   /* weights */
    int32_t out_channels, in_channels;
    int64_t out_step, in_step; /* channel of element e: e / step % channels */
} Layer;

static bool can_scale(const Graph *g, const Node *n)
{
    const QuantSpec *s = &op_of(n)->quant;
    if (s->rule != QUANT_MAC) {
        return false;
    }
    const Tensor *w = tensor(g, n->in[s->weights]);
    TensorId bias = s->bias < n->in_count ? n->in[s->bias] : 0;
    return w->type == TYPE_F32 && tensor_is_const(w) &&
           (bias == 0 || tensor_is_const(tensor(g, bias)));
}

static int64_t step_of(const Shape *s, int32_t axis)
{
    int64_t step = 1;
    for (int32_t i = axis + 1; i < s->rank; i++) {
        step *= s->dim[i];
    }
    return step;
}

static float *own_floats(Graph *g, TensorId *id)
{
    const Tensor *t = tensor(g, *id);
    *id = graph_add_const(g, t->name, TYPE_F32, t->shape, t->data);
    float *x = arena_memdup(&g->arena, tensor(g, *id)->data, (size_t)tensor(g, *id)->data_bytes);
    tensor(g, *id)->data = (const uint8_t *)x;
    return x;
}

static Layer open_layer(Graph *g, Node *n)
{
    const QuantSpec *s = &op_of(n)->quant;
    const Shape shape = tensor(g, n->in[s->weights])->shape;
    Layer l = {.count = shape_count(&shape),
               .out_channels = shape.dim[s->out_axis],
               .in_channels = shape.dim[s->in_axis],
               .out_step = step_of(&shape, s->out_axis),
               .in_step = step_of(&shape, s->in_axis)};
    l.w = own_floats(g, &n->in[s->weights]);
    l.bias = s->bias < n->in_count && n->in[s->bias] != 0 ? own_floats(g, &n->in[s->bias]) : NULL;
    return l;
}

static void reach(const Layer *l, int64_t step, int32_t channels, double *most)
{
    memset(most, 0, sizeof(double) * (size_t)channels);
    for (int64_t e = 0; e < l->count; e++) {
        int64_t c = e / step % channels;
        most[c] = fmax(most[c], fabs((double)l->w[e]));
    }
}

/* The layer that alone reads N's output, channel by channel as N writes it; -1: there is none. */
static int32_t successor(const Graph *g, int32_t index)
{
    const Node *n = &g->node[index];
    int32_t act = attr_int(n, "act", ACT_NONE);
    if (!can_scale(g, n) || (act != ACT_NONE && act != ACT_RELU) ||
        graph_use_count(g, n->out[0]) != 1) {
        return -1;
    }
    int32_t channels = shape_dim_back(&tensor(g, n->out[0])->shape, 0);
    for (int32_t k = index + 1; k < g->node_count; k++) {
        const Node *next = &g->node[k];
        const QuantSpec *s = &op_of(next)->quant;
        if (can_scale(g, next) && next->in[s->x] == n->out[0]) {
            const Shape *w = &tensor(g, next->in[s->weights])->shape;
            return w->dim[s->in_axis] == channels ? k : -1; /* groups and channel multipliers: no */
        }
    }
    return -1;
}

/* Returns the largest change, as a logarithm. */
static double equalize_pair(const Layer *a, const Layer *b, double *r1, double *r2)
{
    double change = 0;
    reach(a, a->out_step, a->out_channels, r1);
    reach(b, b->in_step, b->in_channels, r2);
    for (int32_t c = 0; c < a->out_channels; c++) {
        bool is_dead = r1[c] < 1e-12 || r2[c] < 1e-12;
        r1[c] = is_dead ? 1.0 : sqrt(r1[c] / r2[c]); /* r1 / sqrt(r1 r2) */
        change = fmax(change, fabs(log(r1[c])));
    }
    for (int64_t e = 0; e < a->count; e++) {
        a->w[e] = (float)((double)a->w[e] / r1[e / a->out_step % a->out_channels]);
    }
    for (int32_t c = 0; c < a->out_channels && a->bias != NULL; c++) {
        a->bias[c] = (float)((double)a->bias[c] / r1[c]);
    }
    for (int64_t e = 0; e < b->count; e++) {
        b->w[e] = (float)((double)b->w[e] * r1[e / b->in_step % b->in_channels]);
    }
    return change;
}

// needs: shapes, folded constants, fused activations, floats   gives: weights of like ranges   breaks: calls, plan
Status pass_equalize(Graph *g, Diag *d)
{
    (void)d;
    Arena scratch = {0};
    Layer *layer = NEW(&scratch, Layer, g->node_count);
    int32_t *next = NEW(&scratch, int32_t, g->node_count);
    int32_t widest = 1;
    for (int32_t i = 0; i < g->node_count; i++) {
        next[i] = successor(g, i);
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        if (next[i] < 0) {
            continue;
        }
        const int32_t pair[] = {i, next[i]};
        for (int32_t k = 0; k < 2; k++) {
            if (layer[pair[k]].w == NULL) {
                layer[pair[k]] = open_layer(g, &g->node[pair[k]]);
            }
        }
        widest = layer[i].out_channels > widest ? layer[i].out_channels : widest;
    }
    double *r1 = NEW(&scratch, double, widest);
    double *r2 = NEW(&scratch, double, widest);
    double change = 1.0;
    for (int32_t round = 0; round < ROUNDS && change > 1e-3; round++) {
        change = 0;
        for (int32_t i = 0; i < g->node_count; i++) {
            change = next[i] < 0 ? change
                                 : fmax(change, equalize_pair(&layer[i], &layer[next[i]], r1, r2));
        }
    }
    arena_free(&scratch);
    return OK;
}
