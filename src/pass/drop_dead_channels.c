/* Removes channels that never change an output: constant ones and those that nobody reads.
 *
 * Forward: a channel is constant if no weight that is not zero leads to a channel that is not. Its
 * value is what the device's kernels compute for it: the graph is run once, and a channel that
 * differs between pixels (at a border) does not count as constant. Backward: a channel is needed if
 * a needed channel that is not constant reads it with a weight that is not zero. A channel goes if
 * its writer can leave it out and each reader can do without: a layer that mixes channels moves a
 * constant into its bias, one that keeps them apart loses the same channel itself, one that joins
 * tensors the one that it became. Repeated until nothing changes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

typedef struct Marks {
    int32_t count; /* channels: the last dimension */
    bool *is_constant;
    bool *is_needed;
    bool *goes;
    int8_t *value; /* of constant channels */
} Marks;

typedef struct Drop {
    Graph *g;
    Arena arena;
    Marks *marks;       /* by TensorId; COUNT 0: not an int8 activation */
    Channels *channels; /* by node */
} Drop;

/* --- what hangs together --- */

static int32_t last_dim(const Tensor *t)
{
    return t->shape.rank > 0 ? t->shape.dim[t->shape.rank - 1] : 0;
}

static bool is_data(const Drop *p, TensorId id)
{
    return id != 0 && p->marks[id].count > 0;
}

/* Inputs of data that an EACH node reads: all but weights, bias and constants. */
static bool is_data_input(const Drop *p, const Node *n, const Channels *c, int32_t i)
{
    return (c->weights == 0 || i == 0) && is_data(p, n->in[i]);
}

/* Calls of VISIT for weight (channel O, channel I) are the innermost loops everywhere: this is
 * where it lies. */
typedef struct Layout {
    const int8_t *data;
    int32_t outs, ins, taps;
    int64_t out_step, in_step, tap_step;
} Layout;

static Layout layout_of(const Drop *p, const Node *n, const Channels *c)
{
    const Tensor *w = node_in(p->g, n, c->weights);
    int64_t step[MAX_RANK + 1];
    step[w->shape.rank] = 1;
    for (int32_t i = w->shape.rank; i-- > 0;) {
        step[i] = step[i + 1] * w->shape.dim[i];
    }
    Layout l = {.data = (const int8_t *)w->data,
                .outs = w->shape.dim[c->out_axis],
                .out_step = step[c->out_axis + 1],
                .ins = 1};
    if (c->kind == CHANNELS_MIX) { /* [out, taps..., in] */
        l.ins = w->shape.dim[c->in_axis];
        l.in_step = step[c->in_axis + 1];
    }
    l.taps = (int32_t)(shape_count(&w->shape) / l.outs / l.ins);
    l.tap_step =
        c->kind == CHANNELS_MIX ? l.ins : l.outs; /* both axes are outermost or innermost */
    return l;
}

static bool reads(const Layout *l, int32_t out, int32_t in)
{
    const int8_t *w = l->data + out * l->out_step + in * l->in_step;
    for (int32_t t = 0; t < l->taps; t++) {
        if (w[t * l->tap_step] != 0) {
            return true;
        }
    }
    return false;
}

static int64_t weight_sum(const Layout *l, int32_t out, int32_t in)
{
    const int8_t *w = l->data + out * l->out_step + in * l->in_step;
    int64_t sum = 0;
    for (int32_t t = 0; t < l->taps; t++) {
        sum += w[t * l->tap_step];
    }
    return sum;
}

/* What channel O of a JOIN's output is in its inputs. */
typedef struct Part {
    Marks *marks;
    int32_t channel;
} Part;

static Part part_of(const Drop *p, const Node *n, int32_t o)
{
    int32_t k = 0;
    while (o >= p->marks[n->in[k]].count) {
        o -= p->marks[n->in[k++]].count;
    }
    return (Part){&p->marks[n->in[k]], o};
}

/* --- forward: constants --- */

static void mark_constant(Drop *p, int32_t index)
{
    const Node *n = &p->g->node[index];
    const Channels *c = &p->channels[index];
    if (c->kind == CHANNELS_OPAQUE) {
        return;
    }
    Marks *out = &p->marks[n->out[0]];
    const Marks *in = &p->marks[n->in[0]];
    Layout l = {0};
    if (c->weights != 0) {
        l = layout_of(p, n, c);
    }
    for (int32_t o = 0; o < out->count; o++) {
        bool constant = true;
        if (c->kind == CHANNELS_MIX) {
            for (int32_t i = 0; i < in->count && constant; i++) {
                constant = in->is_constant[i] || !reads(&l, o, i);
            }
        } else if (c->kind == CHANNELS_JOIN) {
            Part part = part_of(p, n, o);
            constant = part.marks->is_constant[part.channel];
        } else if (c->weights != 0) {
            constant = in->is_constant[o] || !reads(&l, o, 0);
        } else {
            for (int32_t k = 0; k < n->in_count; k++) {
                constant =
                    constant && (!is_data_input(p, n, c, k) || p->marks[n->in[k]].is_constant[o]);
            }
        }
        out->is_constant[o] = constant;
    }
}

/* Keeps the mark where all pixels agree, and notes the value. */
static void read_value(Marks *m, const Tensor *t, const int8_t *data)
{
    int64_t pixels = shape_count(&t->shape) / m->count;
    for (int32_t c = 0; c < m->count; c++) {
        m->value[c] = data[c];
        for (int64_t i = 1; i < pixels && m->is_constant[c]; i++) {
            m->is_constant[c] = data[i * m->count + c] == data[c];
        }
    }
}

static Status find_constants(Drop *p, Diag *d)
{
    Graph *g = p->g;
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(lower_node(g, &g->node[i], d));
    }
    Eval *e = eval_new(g, false);
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        eval_node(e, n);
        mark_constant(p, i);
        if (p->channels[i].kind != CHANNELS_OPAQUE) {
            read_value(&p->marks[n->out[0]], tensor(g, n->out[0]),
                       (const int8_t *)eval_tensor(e, n->out[0]));
        }
    }
    eval_free(e);
    for (int32_t i = 0; i < g->node_count; i++) {
        g->node[i].calls = NULL;
    }
    return OK;
}

/* --- backward: needed channels --- */

static void mark_needed(Drop *p, int32_t index)
{
    const Node *n = &p->g->node[index];
    const Channels *c = &p->channels[index];
    if (c->kind == CHANNELS_JOIN) {
        const Marks *out = &p->marks[n->out[0]];
        for (int32_t o = 0; o < out->count; o++) {
            Part part = part_of(p, n, o);
            bool *needed = &part.marks->is_needed[part.channel];
            *needed = *needed || (out->is_needed[o] && !out->is_constant[o]);
        }
        return;
    }
    for (int32_t k = 0; k < n->in_count; k++) {
        if (!is_data(p, n->in[k])) {
            continue;
        }
        Marks *in = &p->marks[n->in[k]];
        const Marks *out = c->kind == CHANNELS_OPAQUE ? NULL : &p->marks[n->out[0]];
        Layout l = {0};
        if (c->kind == CHANNELS_MIX) {
            l = layout_of(p, n, c);
        }
        for (int32_t i = 0; i < in->count; i++) {
            bool needed = out == NULL;
            for (int32_t o = 0; c->kind == CHANNELS_MIX && o < out->count && !needed; o++) {
                needed = out->is_needed[o] && !out->is_constant[o] && reads(&l, o, i);
            }
            if (c->kind == CHANNELS_EACH) {
                needed = out->is_needed[i] && !out->is_constant[i];
            }
            in->is_needed[i] = in->is_needed[i] || needed;
        }
    }
}

/* --- which channels go
 * -----------------------------------------------------------------------------------------------------
 */

static bool absorbs(const Drop *p, const Node *n, const Channels *c, const Marks *in, int32_t i)
{
    int32_t zero = node_in(p->g, n, 0)->q.zero[0];
    return !in->is_needed[i] || (in->is_constant[i] && (!c->pads || in->value[i] == zero));
}

static bool keep(Marks *m, int32_t i)
{
    bool changes = m->goes[i];
    m->goes[i] = false;
    return changes;
}

/* A channel of a JOIN goes on both sides or on none. */
static bool settle_join(Drop *p, const Node *n)
{
    Marks *out = &p->marks[n->out[0]];
    bool changed = false;
    for (int32_t o = 0; o < out->count; o++) {
        Part part = part_of(p, n, o);
        if (out->goes[o] != part.marks->goes[part.channel]) {
            (void)keep(out, o);
            (void)keep(part.marks, part.channel);
            changed = true;
        }
    }
    return changed;
}

/* True if a channel had to be kept after all. */
static bool settle_node(Drop *p, int32_t index)
{
    const Node *n = &p->g->node[index];
    const Channels *c = &p->channels[index];
    bool changed = false;
    if (c->kind == CHANNELS_JOIN) {
        return settle_join(p, n);
    }
    for (int32_t k = 0; k < n->in_count; k++) {
        Marks *in = is_data(p, n->in[k]) ? &p->marks[n->in[k]] : NULL;
        for (int32_t i = 0; in != NULL && i < in->count; i++) {
            bool fine = (c->kind == CHANNELS_MIX && k == 0 && absorbs(p, n, c, in, i)) ||
                        (c->kind == CHANNELS_EACH && p->marks[n->out[0]].goes[i]);
            changed = (!fine && keep(in, i)) || changed;
        }
    }
    for (int32_t k = 0; k < n->out_count; k++) {
        Marks *out = is_data(p, n->out[k]) ? &p->marks[n->out[k]] : NULL;
        for (int32_t o = 0; out != NULL && o < out->count; o++) {
            bool fine = c->kind == CHANNELS_MIX;
            if (c->kind == CHANNELS_EACH) {
                fine = true;
                for (int32_t i = 0; i < n->in_count; i++) {
                    fine = fine && (!is_data_input(p, n, c, i) || p->marks[n->in[i]].goes[o]);
                }
            }
            changed = (!fine && keep(out, o)) || changed;
        }
    }
    return changed;
}

static void settle(Drop *p)
{
    Graph *g = p->g;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        Marks *m = &p->marks[id];
        bool fixed = graph_is_input(g, id) || graph_is_output(g, id);
        bool any_stays = false;
        for (int32_t i = 0; i < m->count; i++) {
            m->goes[i] = !fixed && (m->is_constant[i] || !m->is_needed[i]);
            any_stays = any_stays || !m->goes[i];
        }
        if (m->count > 0 && !any_stays) {
            m->goes[0] = false; /* a tensor keeps one channel */
        }
    }
    bool changed = true;
    while (changed) {
        changed = false;
        for (int32_t i = 0; i < g->node_count; i++) {
            changed = settle_node(p, i) || changed;
        }
    }
}

/* --- the smaller graph
 * ------------------------------------------------------------------------------------------------------
 */

static int32_t stay_count(const Marks *m)
{
    int32_t count = 0;
    for (int32_t i = 0; i < m->count; i++) {
        count += !m->goes[i];
    }
    return count;
}

/* The bias with the constants of the channels that go moved into it, for the output channels that
 * stay; false if one would leave 32 bits. */
static bool absorb_bias(Drop *p, Node *n, const Channels *c, const Marks *in, const Marks *out,
                        int32_t *bias)
{
    Layout l = layout_of(p, n, c);
    const Tensor *b = node_in(p->g, n, c->bias);
    int32_t zero = node_in(p->g, n, 0)->q.zero[0];
    for (int32_t o = 0; o < l.outs; o++) {
        int64_t sum = b == NULL ? 0 : (int64_t)const_value(b, o);
        for (int32_t i = 0; i < l.ins && !out->goes[o]; i++) {
            if (in->goes[i] && in->is_constant[i]) {
                sum += (in->value[i] - zero) * weight_sum(&l, o, i);
            }
        }
        if (sum > INT32_MAX || sum < INT32_MIN) {
            return false;
        }
        bias[o] = (int32_t)sum;
    }
    return true;
}

/* A new bias tensor, scales like the old one's or the product's. */
static TensorId make_bias(Drop *p, const Node *n, const Channels *c, const int32_t *bias,
                          int32_t count)
{
    Graph *g = p->g;
    bool had = node_in(g, n, c->bias) != NULL;
    const Quant w = node_in(g, n, c->weights)->q;
    float x_scale = node_in(g, n, 0)->q.scale[0];
    TensorId id = graph_add_const(g, had ? tensor(g, n->in[c->bias])->name : n->name, TYPE_S32,
                                  shape_of(1, &count), bias);
    Tensor *t = tensor(g, id);
    t->q = (Quant){.count = w.count,
                   .scale = NEW(&g->arena, float, w.count),
                   .zero = NEW(&g->arena, int32_t, w.count)};
    for (int32_t i = 0; i < w.count; i++) {
        t->q.scale[i] = x_scale * w.scale[i];
    }
    if (had && tensor(g, n->in[c->bias])->q.count > 0) {
        t->q = tensor(g, n->in[c->bias])->q;
    }
    return id;
}

static void set_input(Graph *g, Node *n, int32_t i, TensorId id)
{
    if (i >= n->in_count) {
        TensorId *in = NEW(&g->arena, TensorId, i + 1);
        memcpy(in, n->in, sizeof(TensorId) * (size_t)n->in_count);
        n->in = in;
        n->in_count = i + 1;
    }
    n->in[i] = id;
}

static bool rewrite_layer(Drop *p, Node *n, const Channels *c)
{
    Graph *g = p->g;
    const Marks *in = &p->marks[n->in[0]];
    const Marks *out = &p->marks[n->out[0]];
    if (stay_count(in) == in->count && stay_count(out) == out->count) {
        return true;
    }
    if (c->kind == CHANNELS_MIX) {
        int32_t *bias = NEW(&p->arena, int32_t, out->count);
        if (!absorb_bias(p, n, c, in, out, bias)) {
            return false;
        }
        set_input(g, n, c->bias, make_bias(p, n, c, bias, out->count));
        set_input(g, n, c->weights, slice_const(g, n->in[c->weights], c->in_axis, in->goes));
    }
    set_input(g, n, c->weights, slice_const(g, n->in[c->weights], c->out_axis, out->goes));
    if (node_in(g, n, c->bias) != NULL) {
        set_input(g, n, c->bias, slice_const(g, n->in[c->bias], 0, out->goes));
    }
    return true;
}

static bool any_goes(const Drop *p)
{
    for (TensorId id = 1; id < p->g->tensor_count; id++) {
        if (p->marks[id].count > 0 && stay_count(&p->marks[id]) < p->marks[id].count) {
            return true;
        }
    }
    return false;
}

static bool biases_fit(Drop *p)
{
    for (int32_t i = 0; i < p->g->node_count; i++) {
        Node *n = &p->g->node[i];
        const Channels *c = &p->channels[i];
        if (c->kind == CHANNELS_MIX) {
            int32_t *bias = NEW(&p->arena, int32_t, p->marks[n->out[0]].count);
            if (!absorb_bias(p, n, c, &p->marks[n->in[0]], &p->marks[n->out[0]], bias)) {
                return false;
            }
        }
    }
    return true;
}

static void rewrite(Drop *p)
{
    Graph *g = p->g;
    int32_t tensors = g->tensor_count;
    for (int32_t i = 0; i < g->node_count; i++) {
        if (p->channels[i].kind != CHANNELS_OPAQUE && p->channels[i].weights != 0) {
            (void)rewrite_layer(p, &g->node[i], &p->channels[i]);
        }
    }
    for (TensorId id = 1; id < tensors; id++) {
        Tensor *t = tensor(g, id);
        if (p->marks[id].count > 0) {
            t->shape.dim[t->shape.rank - 1] = stay_count(&p->marks[id]);
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        if ((op_of(&g->node[i])->traits & TRAIT_VIEW) != 0 &&
            p->channels[i].kind == CHANNELS_EACH) {
            rewrite_view(g, &g->node[i]);
        }
    }
}

/* --- the pass
 * ----------------------------------------------------------------------------------------------------------------
 */

/* A layer with weights has a channel without any: only then is there something to find. */
static bool is_worth_it(const Drop *p)
{
    for (int32_t k = 0; k < p->g->node_count; k++) {
        const Node *n = &p->g->node[k];
        const Channels *c = &p->channels[k];
        if (c->kind == CHANNELS_OPAQUE || c->weights == 0) {
            continue;
        }
        Layout l = layout_of(p, n, c);
        for (int32_t o = 0; o < l.outs; o++) {
            bool read = false;
            for (int32_t i = 0; i < l.ins && !read; i++) {
                read = reads(&l, o, i);
            }
            if (!read) {
                return true;
            }
        }
        for (int32_t i = 0; i < l.ins && l.ins > 1; i++) {
            bool read = false;
            for (int32_t o = 0; o < l.outs && !read; o++) {
                read = reads(&l, o, i);
            }
            if (!read) {
                return true;
            }
        }
    }
    return false;
}

static void prepare(Drop *p)
{
    Graph *g = p->g;
    p->marks = NEW(&p->arena, Marks, g->tensor_count);
    bool *is_data = NEW(&p->arena, bool, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        if (t->type != TYPE_S8 || !tensor_is_activation(t) || t->q.count != 1 || last_dim(t) < 1) {
            continue;
        }
        int32_t count = last_dim(t);
        is_data[id] = true;
        p->marks[id] = (Marks){
            .count = count,
            .is_constant = NEW(&p->arena, bool, count),
            .is_needed = NEW(&p->arena, bool, count),
            .goes = NEW(&p->arena, bool, count),
            .value = NEW(&p->arena, int8_t, count),
        };
        memset(p->marks[id].is_needed, graph_is_output(g, id), (size_t)count);
    }
    p->channels = NEW(&p->arena, Channels, g->node_count + 1);
    for (int32_t i = 0; i < g->node_count; i++) {
        p->channels[i] = can_rewrite_view(&g->node[i]) ? node_channels(g, &g->node[i], is_data, TYPE_S8)
                                                       : (Channels){.kind = CHANNELS_OPAQUE};
    }
}

/* One round; *CHANGED tells whether a channel went. */
static Status drop_round(Graph *g, bool *changed, Diag *d)
{
    Drop p = {.g = g};
    Status status = OK;
    *changed = false;
    prepare(&p);
    if (is_worth_it(&p)) {
        status = find_constants(&p, d);
        for (int32_t i = g->node_count; i-- > 0 && status == OK;) {
            mark_needed(&p, i);
        }
        if (status == OK) {
            settle(&p);
            *changed = any_goes(&p) && biases_fit(&p);
        }
        if (*changed) {
            rewrite(&p);
            status = pass_infer(g, d);
        }
    }
    arena_free(&p.arena);
    return status;
}

// needs: shapes, constants, fused activations   gives: fewer channels, same output bytes   breaks:
// calls, plan
Status pass_drop_dead_channels(Graph *g, Diag *d)
{
    bool changed = true;
    for (int32_t round = 0; changed && round < 16; round++) {
        TRY(drop_round(g, &changed, d));
    }
    return OK;
}
