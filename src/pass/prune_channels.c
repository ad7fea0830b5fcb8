/* Structured pruning. Channels of all tensors are joined into groups that go or stay together; a group's worth is the
 * size of the weights that make it; each layer's least groups go, and weights, biases and shapes lose them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"
#include "pass/prune.h"

#include <math.h>
#include <stdlib.h>

typedef struct Prune {
    Graph *g;
    Arena arena;
    int32_t *first;     /* by TensorId: number of its channel 0, -1: no float activation */
    int32_t count;      /* of channels of all tensors */
    int32_t *parent;    /* [count] sets of channels */
    bool *fixed;        /* by root: stays */
    double *worth;      /* by root */
    int32_t *maker;     /* by root: the first layer that makes it, -1: none */
    bool *goes;         /* by root */
    Channels *channels; /* by node */
} Prune;

static int32_t width_of(const Prune *p, TensorId id)
{
    const Shape *s = &tensor(p->g, id)->shape;
    return s->dim[s->rank - 1];
}

static int32_t root_of(const Prune *p, int32_t i)
{
    while (p->parent[i] != i) {
        p->parent[i] = p->parent[p->parent[i]];
        i = p->parent[i];
    }
    return i;
}

static int32_t channel_root(const Prune *p, TensorId id, int32_t channel)
{
    return root_of(p, p->first[id] + channel);
}

static void join(Prune *p, int32_t a, int32_t b)
{
    a = root_of(p, a);
    b = root_of(p, b);
    p->parent[a > b ? a : b] = a > b ? b : a;
}

static void fix(Prune *p, TensorId id)
{
    for (int32_t c = 0; id != 0 && p->first[id] >= 0 && c < width_of(p, id); c++) {
        p->fixed[channel_root(p, id, c)] = true;
    }
}

/* --- groups --- */

static bool *find_data(Prune *p)
{
    const Graph *g = p->g;
    bool *is_data = NEW(&p->arena, bool, g->tensor_count);
    p->first = NEW(&p->arena, int32_t, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        is_data[id] = t->type == TYPE_F32 && tensor_is_activation(t) && t->shape.rank > 0;
        p->first[id] = is_data[id] ? p->count : -1;
        p->count += is_data[id] ? width_of(p, id) : 0;
    }
    p->parent = NEW(&p->arena, int32_t, p->count + 1);
    p->fixed = NEW(&p->arena, bool, p->count + 1);
    p->worth = NEW(&p->arena, double, p->count + 1);
    p->maker = NEW(&p->arena, int32_t, p->count + 1);
    p->goes = NEW(&p->arena, bool, p->count + 1);
    for (int32_t i = 0; i < p->count; i++) {
        p->parent[i] = i;
        p->maker[i] = -1;
    }
    return is_data;
}

/* A view that lays whole pixels behind each other (or takes them apart): channel c of one side is c modulo the smaller
 * width on the other. */
static bool repeats(const Prune *p, const Node *n)
{
    if ((op_of(n)->traits & TRAIT_VIEW) == 0 || n->out_count != 1 || n->in[0] == 0 ||
        p->first[n->in[0]] < 0 || p->first[n->out[0]] < 0 || !can_rewrite_view(n)) {
        return false;
    }
    int32_t in = width_of(p, n->in[0]);
    int32_t out = width_of(p, n->out[0]);
    return in % out == 0 || out % in == 0;
}

static void join_each(Prune *p, const Node *n, const Channels *c)
{
    int32_t out = width_of(p, n->out[0]);
    for (int32_t k = 0; k < (c->weights != 0 ? 1 : n->in_count); k++) {
        TensorId id = n->in[k];
        int32_t in = id != 0 && p->first[id] >= 0 ? width_of(p, id) : 0;
        for (int32_t i = 0; i < (in > out ? in : in > 0 ? out : 0); i++) {
            join(p, p->first[id] + i % in, p->first[n->out[0]] + i % out);
        }
    }
}

static void join_parts(Prune *p, const Node *n)
{
    int32_t at = p->first[n->out[0]];
    for (int32_t k = 0; k < n->in_count; k++) {
        for (int32_t i = 0; i < width_of(p, n->in[k]); i++) {
            join(p, p->first[n->in[k]] + i, at++);
        }
    }
}

/* Weights that several layers read stay as they are. */
static bool is_shared(const Graph *g, const Node *n, const Channels *c)
{
    return c->weights != 0 &&
           (graph_use_count(g, n->in[c->weights]) > 1 ||
            (node_in(g, n, c->bias) != NULL && graph_use_count(g, n->in[c->bias]) > 1));
}

static void find_groups(Prune *p)
{
    Graph *g = p->g;
    bool *is_data = find_data(p);
    p->channels = NEW(&p->arena, Channels, g->node_count + 1);
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        Channels *c = &p->channels[i];
        *c = repeats(p, n)         ? (Channels){.kind = CHANNELS_EACH}
             : can_rewrite_view(n) ? node_channels(g, n, is_data, TYPE_F32)
                                   : (Channels){.kind = CHANNELS_OPAQUE};
        c->kind = is_shared(g, n, c) ? CHANNELS_OPAQUE : c->kind;
        if (c->kind == CHANNELS_EACH) {
            join_each(p, n, c);
        } else if (c->kind == CHANNELS_JOIN) {
            join_parts(p, n);
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        for (int32_t k = 0; k < n->in_count && p->channels[i].kind == CHANNELS_OPAQUE; k++) {
            fix(p, n->in[k]);
        }
        for (int32_t k = 0; k < n->out_count && p->channels[i].kind == CHANNELS_OPAQUE; k++) {
            fix(p, n->out[k]);
        }
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        fix(p, g->input[i]);
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        fix(p, g->output[i]);
    }
}

/* --- what a group is worth --- */

static void weigh_layer(Prune *p, int32_t index)
{
    const Node *n = &p->g->node[index];
    const Channels *c = &p->channels[index];
    const Tensor *w = node_in(p->g, n, c->weights);
    const float *x = (const float *)(const void *)w->data;
    int32_t outs = w->shape.dim[c->out_axis];
    int64_t inner = 1;
    for (int32_t i = c->out_axis + 1; i < w->shape.rank; i++) {
        inner *= w->shape.dim[i];
    }
    double *sum = NEW(&p->arena, double, outs);
    double all = 0;
    for (int64_t i = 0; i < shape_count(&w->shape); i++) {
        sum[i / inner % outs] += (double)x[i] * (double)x[i];
        all += (double)x[i] * (double)x[i];
    }
    for (int32_t o = 0; o < outs; o++) {
        int32_t root = channel_root(p, n->out[0], o);
        p->worth[root] += all > 0 ? sqrt(sum[o] * outs / all) : 0.0;
        bool makes = c->kind == CHANNELS_MIX;
        p->maker[root] = makes && p->maker[root] < 0 ? index : p->maker[root];
    }
}

/* --- which go --- */

typedef struct Group {
    int32_t root;
    double worth;
} Group;

static int by_worth(const void *a, const void *b)
{
    const Group *x = a;
    const Group *y = b;
    return x->worth < y->worth ? 1 : x->worth > y->worth ? -1 : x->root - y->root;
}

static int32_t stay_count(const PruneOptions *o, int32_t count)
{
    int32_t stay = (int32_t)ceil(o->keep * count - 1e-9);
    stay = (stay + o->multiple - 1) / o->multiple * o->multiple;
    return stay < 1 ? 1 : stay < count ? stay : count;
}

/* Of the groups that layer INDEX makes first. */
static void choose(Prune *p, const PruneOptions *o, int32_t index)
{
    TensorId y = p->g->node[index].out[0];
    Group *group = NEW(&p->arena, Group, width_of(p, y));
    int32_t count = 0;
    for (int32_t c = 0; c < width_of(p, y); c++) {
        int32_t root = channel_root(p, y, c);
        bool seen = false;
        for (int32_t i = 0; i < count; i++) {
            seen = seen || group[i].root == root;
        }
        if (p->maker[root] == index && !p->fixed[root] && !seen) {
            group[count++] = (Group){root, p->worth[root]};
        }
    }
    qsort(group, (size_t)count, sizeof *group, by_worth);
    for (int32_t i = count > 0 ? stay_count(o, count) : 0; i < count; i++) {
        p->goes[group[i].root] = true;
    }
}

/* --- the narrower graph --- */

/* Which channels of tensor ID go. */
static bool *goes_of(Prune *p, TensorId id)
{
    bool *goes = NEW(&p->arena, bool, width_of(p, id));
    for (int32_t c = 0; c < width_of(p, id); c++) {
        goes[c] = p->goes[channel_root(p, id, c)];
    }
    return goes;
}

static void slice_input(Prune *p, int32_t index, int32_t input, int32_t axis, TensorId by)
{
    TensorId made = slice_const(p->g, p->g->node[index].in[input], axis, goes_of(p, by));
    p->g->node[index].in[input] = made;
}

static void cut_layer(Prune *p, int32_t index)
{
    const Node n = p->g->node[index];
    const Channels *c = &p->channels[index];
    slice_input(p, index, c->weights, c->out_axis, n.out[0]);
    if (c->kind == CHANNELS_MIX) {
        slice_input(p, index, c->weights, c->in_axis, n.in[0]);
    }
    if (node_in(p->g, &n, c->bias) != NULL) {
        slice_input(p, index, c->bias, 0, n.out[0]);
    }
}

static void cut(Prune *p)
{
    Graph *g = p->g;
    int32_t tensors = g->tensor_count;
    for (int32_t i = 0; i < g->node_count; i++) {
        if (p->channels[i].weights != 0 && p->channels[i].kind != CHANNELS_OPAQUE) {
            cut_layer(p, i);
        }
    }
    int32_t *width = NEW(&p->arena, int32_t, tensors);
    for (TensorId id = 1; id < tensors; id++) { /* all before any changes */
        const bool *goes = p->first[id] >= 0 ? goes_of(p, id) : NULL;
        for (int32_t c = 0; goes != NULL && c < width_of(p, id); c++) {
            width[id] += !goes[c];
        }
    }
    for (TensorId id = 1; id < tensors; id++) {
        Tensor *t = tensor(g, id);
        if (p->first[id] >= 0) {
            t->shape.dim[t->shape.rank - 1] = width[id];
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        if ((op_of(&g->node[i])->traits & TRAIT_VIEW) != 0 &&
            p->channels[i].kind == CHANNELS_EACH) {
            rewrite_view(g, &g->node[i]);
        }
    }
}

static PruneLayer *list_layers(Prune *p, Arena *a, int32_t *count)
{
    const Graph *g = p->g;
    PruneLayer *layer = NEW(a, PruneLayer, g->node_count);
    *count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if (op_of(n)->quant.rule != QUANT_MAC || n->out_count != 1 || p->first[n->out[0]] < 0) {
            continue;
        }
        PruneLayer *l = &layer[(*count)++];
        *l = (PruneLayer){
            .name = arena_strdup(a, n->name), .before = width_of(p, n->out[0]), .is_bound = true};
        for (int32_t c = 0; c < l->before; c++) {
            int32_t root = channel_root(p, n->out[0], c);
            l->after += !p->goes[root];
            l->is_bound = l->is_bound && (p->fixed[root] || p->maker[root] < 0);
        }
    }
    return layer;
}

// needs: float graph with shapes, folded constants, fused activations   gives: fewer channels   breaks: calls, plan
Status prune_channels(Graph *g, const PruneOptions *o, Arena *a, PruneLayer **layer, int32_t *count,
                      Diag *d)
{
    Prune p = {.g = g};
    bool any = false;
    find_groups(&p);
    for (int32_t i = 0; i < g->node_count; i++) {
        if (p.channels[i].weights != 0 && p.channels[i].kind != CHANNELS_OPAQUE) {
            weigh_layer(&p, i);
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        if (p.channels[i].kind == CHANNELS_MIX) {
            choose(&p, o, i);
        }
    }
    *layer = list_layers(&p, a, count);
    for (int32_t i = 0; i < *count; i++) {
        any = any || (*layer)[i].after < (*layer)[i].before;
    }
    if (any) {
        cut(&p);
    }
    arena_free(&p.arena);
    return any ? pass_infer(g, d)
               : fail(d, ERR_INPUT,
                      "no channel can go: what the layers make are the model's outputs, is read by "
                      "operators that need "
                      "all of it, or would not leave a multiple of %d",
                      o->multiple);
}

/* --- magnitude --- */

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

int64_t prune_weights(Graph *g, double share, int64_t *all)
{
    int64_t zeros = 0;
    *all = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const QuantSpec *spec = &op_of(&g->node[i])->quant;
        TensorId id = spec->rule == QUANT_MAC ? g->node[i].in[spec->weights] : 0;
        if (id == 0 || tensor(g, id)->type != TYPE_F32 || !tensor_is_const(tensor(g, id))) {
            continue;
        }
        Tensor *t = tensor(g, id);
        Arena own = {0};
        int64_t count = shape_count(&t->shape);
        float *w = arena_memdup(&g->arena, t->data, sizeof(float) * (size_t)count);
        float *size = NEW(&own, float, count);
        for (int64_t k = 0; k < count; k++) {
            size[k] = fabsf(w[k]);
        }
        qsort(size, (size_t)count, sizeof *size, by_size);
        int64_t go = (int64_t)(share * (double)count);
        for (int64_t k = 0; k < count; k++) {
            w[k] = go > 0 && fabsf(w[k]) <= size[go - 1] ? 0.0f : w[k];
            zeros += !(fabsf(w[k]) > 0.0f);
        }
        t->data = (const uint8_t *)w;
        *all += count;
        arena_free(&own);
    }
    return zeros;
}
