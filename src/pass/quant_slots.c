/* Which tensors must have one scale: sets that grow along operators that only move numbers. An input with a fixed
 * scale that meets others (concatenation of a sigmoid with something else) is rescaled for that operator alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant_slots.h"

#include <math.h>

int32_t slots_of(TensorId id, Type type)
{
    return 2 * id + (type == TYPE_S16);
}

int32_t slots_root(const Slots *s, int32_t i)
{
    while (s->slot[i].parent != i) {
        i = s->slot[i].parent;
    }
    return i;
}

static void join(Slots *s, int32_t i, int32_t k)
{
    i = slots_root(s, i);
    k = slots_root(s, k);
    if (i == k) {
        return;
    }
    Slot *a = &s->slot[i];
    Slot *b = &s->slot[k];
    b->parent = i;
    a->range = (Range){fmin(a->range.low, b->range.low), fmax(a->range.high, b->range.high)};
    if (b->is_fixed && !a->is_fixed) {
        a->is_fixed = true;
        a->scale = b->scale;
        a->zero = b->zero;
    }
}

static bool is_float(const Graph *f, TensorId id)
{
    return id != 0 && tensor(f, id)->type == TYPE_F32;
}

static Range constant_range(const Tensor *t)
{
    Range r = {0, 0};
    const float *x = (const float *)(const void *)t->data;
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        r.low = fmin(r.low, (double)x[i]);
        r.high = fmax(r.high, (double)x[i]);
    }
    return r;
}

int32_t slots_input(const Slots *s, const Graph *f, const QuantPlan *plan, int32_t node, int32_t j)
{
    int32_t own = s->own[node][j];
    return own != 0 ? own : slots_of(f->node[node].in[j], plan->node_type[node]);
}

/* All float inputs have one fixed scale, or none has. */
static bool agree(const Slots *s, const Graph *f, const QuantPlan *plan, int32_t node)
{
    const Node *n = &f->node[node];
    const Slot *first = NULL;
    for (int32_t j = 0; j < n->in_count; j++) {
        if (!is_float(f, n->in[j])) {
            continue;
        }
        const Slot *x = &s->slot[slots_root(s, slots_input(s, f, plan, node, j))];
        first = first == NULL ? x : first;
        if (x->is_fixed != first->is_fixed ||
            (x->is_fixed && (x->scale != first->scale || x->zero != first->zero))) {
            return false;
        }
    }
    return true;
}

static void join_node(Slots *s, const Graph *f, const QuantPlan *plan, int32_t node)
{
    const Node *n = &f->node[node];
    bool apart = !agree(s, f, plan, node);
    int32_t first = 0;
    for (int32_t j = 0; j < n->in_count; j++) {
        if (!is_float(f, n->in[j])) {
            continue;
        }
        int32_t x = slots_input(s, f, plan, node, j);
        if (apart && s->slot[slots_root(s, x)].is_fixed) {
            s->slot[s->count] = (Slot){.parent = s->count, .range = s->slot[x].range};
            s->own[node][j] = x = s->count++;
        }
        first = first == 0 ? x : first;
        join(s, first, x);
    }
    for (int32_t j = 0; j < n->out_count && first != 0; j++) {
        if (is_float(f, n->out[j])) {
            join(s, first, slots_of(n->out[j], plan->node_type[node]));
        }
    }
}

static void fix_output(Slots *s, const Graph *f, const QuantPlan *plan, int32_t node)
{
    const QuantSpec *q = &op_of(&f->node[node])->quant;
    bool wide = plan->node_type[node] == TYPE_S16;
    Slot *y = &s->slot[slots_of(f->node[node].out[0], plan->node_type[node])];
    y->is_fixed = true;
    y->scale = (float)(wide ? q->scale_s16 : q->scale_s8);
    y->zero = wide ? 0 : q->zero_s8;
}

/* A constant that is symmetric where others are not, as weights are: without the lowest number. */
static void fix_weights(Slots *s, const Graph *f, const QuantPlan *plan, int32_t node)
{
    const Node *n = &f->node[node];
    int32_t j = op_of(n)->quant.weights;
    if (j <= 0 || j >= n->in_count || !is_float(f, n->in[j]) ||
        !tensor_is_const(tensor(f, n->in[j]))) {
        return;
    }
    bool wide = plan->node_type[node] == TYPE_S16;
    Range r = constant_range(tensor(f, n->in[j]));
    double reach = fmax(-r.low, r.high);
    s->slot[s->count] = (Slot){.parent = s->count, .range = r, .is_fixed = true};
    s->slot[s->count].scale = reach > 1e-30 ? (float)(reach / (wide ? 32767.0 : 127.0)) : 1.0f;
    s->own[node][j] = s->count++;
}

Slots slots_make(Arena *a, const Graph *f, const QuantPlan *plan)
{
    int64_t most = 2 * (int64_t)f->tensor_count;
    for (int32_t i = 0; i < f->node_count; i++) {
        most += f->node[i].in_count;
    }
    Slots s = {.slot = NEW(a, Slot, most),
               .count = 2 * f->tensor_count,
               .own = NEW(a, int32_t *, f->node_count)};
    for (int32_t i = 0; i < s.count; i++) {
        TensorId id = i / 2;
        bool is_const = is_float(f, id) && tensor_is_const(tensor(f, id));
        s.slot[i] = (Slot){.parent = i,
                           .range = is_const ? constant_range(tensor(f, id)) : plan->range[id]};
    }
    for (int32_t i = 0; i < f->node_count; i++) {
        s.own[i] = NEW(a, int32_t, f->node[i].in_count);
        if (plan->node_type[i] == TYPE_F32) {
            continue;
        }
        QuantRule rule = op_quant_rule(op_of(&f->node[i]));
        if (rule == QUANT_SAME) {
            join_node(&s, f, plan, i);
        } else if (rule == QUANT_FREE) {
            fix_weights(&s, f, plan, i);
        } else if (rule == QUANT_FIXED) {
            fix_output(&s, f, plan, i);
        }
    }
    return s;
}

void slots_scale(const Slots *s, int32_t slot, Type type, float *scale, int32_t *zero)
{
    const Slot *r = &s->slot[slots_root(s, slot)];
    if (r->is_fixed) {
        *scale = r->scale;
        *zero = r->zero;
    } else {
        quant_activation(r->range, type, scale, zero);
    }
}
