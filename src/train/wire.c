/* Addresses: what each node of a lane reads and writes, forward and backward.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/engine.h"

enum { ALIGN_BYTES = 64, SLACK = 64 /* floats: tiles may read a little beyond a gradient */ };

static float *floats(Arena *a, int64_t count)
{
    uintptr_t at = (uintptr_t)NEW(a, float, count + ALIGN_BYTES / (int64_t)sizeof(float));
    return (float *)((at + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES);
}

static void wire_in(Trainer *t, Lane *lane, Shard *s, const float **in, float **d_in)
{
    Engine *e = t->engine;
    const Node *n = s->n;
    for (int32_t k = 0; k < n->in_count; k++) {
        if (n->in[k] == 0 || tensor(t->g, n->in[k])->is_state) {
            continue;
        }
        const Slot *slot = &e->slot[e->slot[n->in[k]].root];
        s->single |= slot->single ? (uint64_t)1 << k : 0;
        bool wants = layout_wants_in(t, n, k);
        d_in[k] = NULL;
        if (slot->param >= 0) {
            in[k] = t->value + t->param[slot->param].offset;
            d_in[k] = wants ? lane->gradient + t->param[slot->param].offset : NULL;
        } else if (tensor_is_const(tensor(t->g, slot->root))) {
            in[k] = slot->fixed;
        } else if (slot->root == t->g->input[0]) {
            lane->x_at[lane->x_count++] = &in[k];
        } else {
            in[k] = lane->block + slot->value;
            d_in[k] = wants ? lane->block + slot->gradient : NULL;
        }
    }
}

static void wire_node(Trainer *t, Lane *lane, int32_t i)
{
    Engine *e = t->engine;
    const Node *n = &t->g->node[i];
    const float **in = NEW(&e->arena, const float *, n->in_count + 1);
    float **d_in = NEW(&e->arena, float *, n->in_count + 1);
    float **out = NEW(&e->arena, float *, n->out_count);
    float **d_out = NEW(&e->arena, float *, n->out_count);
    Shard *s = &lane->shard[i];
    *s = (Shard){.g = t->g,
                 .n = n,
                 .plan = e->step[i].plan,
                 .in = in,
                 .out = out,
                 .d_in = d_in,
                 .d_out = d_out,
                 .keep = lane->block + e->step[i].keep,
                 .work = lane->block + e->work};
    wire_in(t, lane, s, in, d_in);
    for (int32_t k = 0; k < n->out_count; k++) {
        const Slot *slot = &e->slot[e->slot[n->out[k]].root];
        out[k] = lane->block + slot->value;
        d_out[k] = e->step[i].backward && slot->is_given ? lane->block + slot->gradient : NULL;
    }
}

/* Backward, the first node that gives a gradient sets it. */
static void find_first(Trainer *t, Lane *lane)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    Arena own = {0};
    bool *seen = NEW(&own, bool, g->tensor_count);
    seen[e->loss_at] = true;
    for (int32_t i = g->node_count - 1; i >= 0; i--) {
        const Node *n = &g->node[i];
        for (int32_t k = 0; e->step[i].backward && k < n->in_count; k++) {
            TensorId root = e->slot[n->in[k]].root;
            if (lane->shard[i].d_in[k] != NULL && !seen[root]) {
                lane->shard[i].set |= (uint64_t)1 << k;
                seen[root] = true;
            }
        }
    }
    arena_free(&own);
}

void wire_lane(Trainer *t, Lane *lane)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    if (lane->block == NULL) {
        int32_t reads = 0;
        for (int32_t i = 0; i < g->node_count; i++) {
            reads += g->node[i].in_count;
        }
        lane->block = floats(&e->arena, e->block_count + SLACK);
        lane->gradient = floats(&e->arena, t->value_count);
        lane->shard = NEW(&e->arena, Shard, g->node_count);
        lane->x_at = NEW(&e->arena, const float **, reads);
    }
    lane->x_count = 0;
    memset(lane->gradient, 0, (size_t)t->value_count * sizeof(float));
    for (int32_t i = 0; i < g->node_count; i++) {
        if (e->step[i].forward) {
            wire_node(t, lane, i);
        }
    }
    find_first(t, lane);
}
