/* Runs a lowered graph on the host with the device's own kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <assert.h>

enum { CANARY_BYTES = 64, CANARY = 0xA5, ALIGN = 16 };

static uint8_t *buffer(Eval *e, int64_t bytes)
{
    return NEW(&e->own, uint8_t, bytes + ALIGN);
}

static uint8_t *place(Eval *e, const Graph *g, TensorId id, bool planned)
{
    const Tensor *t = tensor(g, id);
    if (tensor_is_const(t)) {
        return arena_memdup(&e->own, t->data, (size_t)t->data_bytes);
    }
    if (t->is_state) {
        return buffer(e, tensor_bytes(t));
    }
    if (planned) {
        return t->offset < 0 ? NULL : e->arena + t->offset;
    }
    return buffer(e, tensor_bytes(t));
}

Eval *eval_new(const Graph *g, bool planned)
{
    Arena own = {0};
    Eval *e = NEW(&own, Eval, 1);
    e->g = g;
    e->own = own;
    e->mem = NEW(&e->own, uint8_t *, g->tensor_count);
    if (planned) {
        uint8_t *block = buffer(e, g->arena_bytes + 2 * CANARY_BYTES);
        memset(block, CANARY, (size_t)(g->arena_bytes + 2 * CANARY_BYTES));
        e->arena = block + CANARY_BYTES;
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->alias_of == 0) {
            e->mem[id] = place(e, g, id, planned);
        }
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        int64_t offset = 0;
        TensorId root = tensor_root(g, id, &offset);
        e->mem[id] = e->mem[root] == NULL ? NULL : e->mem[root] + offset;
    }
    e->kept = NEW(&e->own, uint8_t *, g->node_count + 1);
    for (int32_t i = 0; i < g->node_count && !planned; i++) {
        for (int32_t k = 0; g->node[i].segment > 0 && k < g->node[i].calls->arg_count; k++) {
            const Arg *a = &g->node[i].calls->arg[k];
            e->kept[i] = a->is_kept ? buffer(e, (int64_t)a->count * type_bytes(a->type)) : e->kept[i];
        }
    }
    if (is_fed(g)) {
        e->fed = buffer(e, tensor_bytes(tensor(g, g->input[0])));
    }
    eval_reset(e);
    return e;
}

void eval_free(Eval *e)
{
    if (e != NULL) {
        Arena own = e->own; /* E itself lies in it */
        arena_free(&own);
    }
}

void eval_reset(Eval *e)
{
    e->step = 0;
    for (TensorId id = 1; id < e->g->tensor_count; id++) {
        const Tensor *t = tensor(e->g, id);
        if (!t->is_state) {
            continue;
        }
        if (t->data == NULL) {
            memset(e->mem[id], state_start(t), (size_t)tensor_bytes(t)); /* not 0 for single bytes alone */
        } else {
            memcpy(e->mem[id], t->data, (size_t)t->data_bytes);
        }
    }
}

/* NODE: whose call it is, if that runs row by row; else -1. */
static void *arg_pointer(Eval *e, const Arg *a, int32_t node)
{
    if (a->is_kept && e->arena == NULL && node >= 0) {
        return e->kept[node];
    }
    switch (a->kind) {
    case ARG_TENSOR:
        return e->mem[a->tensor] + a->offset;
    case ARG_CONST:
        return (void *)(uintptr_t)a->data; /* kernels take it as const */
    case ARG_SCRATCH:
        return e->arena != NULL ? e->arena + a->offset : buffer(e, (int64_t)a->count * type_bytes(a->type));
    default:
        return NULL;
    }
}

static uint8_t *row_address(const Eval *e, TensorId id, int32_t row)
{
    const Tensor *t = tensor(e->g, id);
    return e->mem[id] + (t->ring > 0 ? row % t->ring : row) * (tensor_bytes(t) / t->shape.dim[1]);
}

/* ID is the window of rows that the sliding segment ends with, and NODE makes it. */
static bool is_slid(const Graph *g, int32_t node, TensorId id)
{
    return segment_first(g, node) == 0 && is_segment_end(g, &g->node[node]) && g->node[node].out[0] == id;
}

/* One call; LAYER not NULL: of node NODE, for row ROW of its output alone. */
static void eval_call(Eval *e, const Call *c, const RowLayer *layer, int32_t node, int32_t row)
{
    const Kernel *k = kernel_find(c->kernel);
    assert(k != NULL && k->arg_count == c->arg_count);
    Arena kept = e->own;
    e->own = (Arena){0}; /* constants and scratch of this call */
    void *arg[MAX_ARGS];
    for (int32_t i = 0; i < c->arg_count; i++) {
        const Arg *a = &c->arg[i];
        arg[i] = arg_pointer(e, a, node);
        if (layer != NULL && layer->by_address && a->kind == ARG_TENSOR && !tensor_is_const(tensor(e->g, a->tensor))) {
            arg[i] = row_address(e, a->tensor, row);
        }
        if (layer != NULL && e->g->feed == FEED_STEPS && a->kind == ARG_TENSOR && is_slid(e->g, node, a->tensor)) {
            const Tensor *t = tensor(e->g, a->tensor); /* the newest row is the window's last one */
            arg[i] = e->mem[a->tensor] + tensor_bytes(t) / t->shape.dim[1] * (t->shape.dim[1] - 1);
        }
    }
    kernel_run(k, e->g->rounding, layer != NULL ? row_params(&e->own, c, row) : c->params, arg);
    arena_free(&e->own);
    e->own = kept;
}

/* One more row of a window that slides. */
static void eval_step(Eval *e, const RowWalk *w, const StepPlan *p, const uint8_t *row)
{
    int32_t last = w->count - 1, rows = w->layer[last].out_rows;
    size_t bytes = (size_t)w->layer[last].out_row_bytes;
    memcpy(row_address(e, e->g->input[0], e->step), row, (size_t)w->layer[0].out_row_bytes);
    for (int32_t i = 1; i < w->count; i++) {
        if (e->step < p->delay[i]) {
            continue;
        }
        if (i == last && rows > 1) {
            uint8_t *y = e->mem[row_walk_output(e->g, w, i)];
            memmove(y, y + bytes, (size_t)(rows - 1) * bytes);
        }
        eval_call(e, e->g->node[w->node[i]].calls, &w->layer[i], w->node[i], e->step - p->delay[i]);
    }
    e->step++;
    e->step -= e->step == p->window + p->cycle ? p->cycle : 0;
}

static void eval_segment(Eval *e, int32_t first)
{
    RowWalk w = row_walk(e->g, first);
    if (e->g->feed == FEED_STEPS && w.node[0] < 0) {
        StepPlan p = step_plan(&w);
        for (int32_t i = 0; i < p.window; i++) {
            eval_step(e, &w, &p, e->fed + i * w.layer[0].out_row_bytes);
        }
        return;
    }
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        const RowLayer *l = &w.layer[i];
        if (w.node[i] < 0) { /* the caller brings a row */
            memcpy(row_address(e, e->g->input[0], w.done[i]), e->fed + w.done[i] * l->out_row_bytes,
                   (size_t)l->out_row_bytes);
        } else {
            eval_call(e, e->g->node[w.node[i]].calls, l, w.node[i], w.done[i]);
        }
        w.done[i]++;
    }
}

/* A segment runs as a whole when its last node's turn comes. */
void eval_node(Eval *e, const Node *n)
{
    if (n->segment > 0) {
        if (is_segment_end(e->g, n)) {
            eval_segment(e, segment_first(e->g, (int32_t)(n - e->g->node)));
        }
        return;
    }
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        eval_call(e, c, NULL, -1, 0);
    }
}

static bool canaries_alive(const Eval *e)
{
    for (int32_t i = 0; i < CANARY_BYTES; i++) {
        if (e->arena[-1 - i] != CANARY || e->arena[e->g->arena_bytes + i] != CANARY) {
            return false;
        }
    }
    return true;
}

void eval_run(Eval *e)
{
    for (int32_t i = 0; i < e->g->node_count; i++) {
        eval_node(e, &e->g->node[i]);
        assert(e->arena == NULL || canaries_alive(e));
    }
}

uint8_t *eval_tensor(Eval *e, TensorId id)
{
    return e->fed != NULL && id == e->g->input[0] ? e->fed : e->mem[id];
}

void eval_fold(Graph *g, Node *n)
{
    Arena own = {0};
    Eval *e = NEW(&own, Eval, 1);
    e->g = g;
    e->own = own;
    e->mem = NEW(&e->own, uint8_t *, g->tensor_count);
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            TensorId id = c->arg[i].tensor;
            if (c->arg[i].kind == ARG_TENSOR && e->mem[id] == NULL) {
                e->mem[id] = place(e, g, id, false);
            }
        }
    }
    eval_node(e, n);
    for (int32_t i = 0; i < n->out_count; i++) {
        Tensor *t = tensor(g, n->out[i]);
        size_t bytes = (size_t)tensor_bytes(t);
        t->data_bytes = (int64_t)bytes;
        t->data = e->mem[n->out[i]] == NULL ? arena_alloc(&g->arena, bytes, 1)
                                            : arena_memdup(&g->arena, e->mem[n->out[i]], bytes);
    }
    eval_free(e);
}
