/* Layers that run row by row: which can, and the order in which a segment of them runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <assert.h>

static bool is_image(const Tensor *t)
{
    return tensor_is_activation(t) && t->shape.rank == 4 && t->shape.dim[0] == 1 && t->alias_of == 0;
}

static bool is_input(const Node *n, TensorId id)
{
    for (int32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] == id) {
            return true;
        }
    }
    return false;
}

/* One call, which reads the node's images and constants that are no images, and writes output 0, all from their
 * start. */
static bool has_plain_call(const Graph *g, const Node *n)
{
    const Call *c = n->calls;
    if (c == NULL || c->next != NULL || c->params == NULL || n->out_count != 1) {
        return false;
    }
    int32_t images = 0;
    for (int32_t i = 0; i < c->arg_count; i++) {
        const Arg *a = &c->arg[i];
        const Tensor *t = a->kind == ARG_TENSOR ? tensor(g, a->tensor) : NULL;
        bool at_start = a->offset == 0 && (is_input(n, a->tensor) || a->tensor == n->out[0]);
        if (t != NULL && !tensor_is_const(t) && (!at_start || !is_image(t))) {
            return false;
        }
        images += t != NULL && !tensor_is_const(t) && a->tensor != n->out[0];
        if (t != NULL && tensor_is_const(t) && (op_of(n)->traits & TRAIT_ELEMENTWISE) != 0) {
            return false;
        }
    }
    return images >= 1 && images <= SEGMENT_INPUTS && is_image(tensor(g, n->in[0])) && is_image(tensor(g, n->out[0]));
}

/* The member that counts what a kernel without rows computes, in pixels or elements. */
static const char *count_member(const Call *c)
{
    static const char *const names[] = {"batches", "count", "inner"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const KernelField *f = call_field(c, names[i]);
        if (f != NULL && f->type == TYPE_S32) {
            return names[i];
        }
    }
    return NULL;
}

static bool either(const Call *c, const char *name, const char *other, int32_t *value)
{
    return call_get(c, name, value) || call_get(c, other, value);
}

/* A kernel that takes each pixel or element apart. */
static bool apart_layer(const Graph *g, const Node *n, RowLayer *l)
{
    const Call *c = n->calls;
    const Shape *x = &tensor(g, n->in[0])->shape, *y = &tensor(g, n->out[0])->shape;
    const char *member = count_member(c);
    int32_t value = 0, rows = 1;
    l->by_address = true;
    if (member == NULL || !call_get(c, member, &value) || x->dim[1] != y->dim[1] || x->dim[2] != y->dim[2]) {
        return false;
    }
    if (strcmp(member, "batches") == 0) {
        return (op_of(n)->traits & TRAIT_WINDOW) != 0 && value == y->dim[1] * y->dim[2];
    }
    (void)call_get(c, "rows", &rows);
    bool is_equal = (op_of(n)->traits & TRAIT_ELEMENTWISE) != 0 && rows == 1 && value == shape_count(y);
    for (int32_t i = 0; i < c->arg_count && is_equal; i++) {
        is_equal = c->arg[i].kind != ARG_TENSOR || shape_equal(&tensor(g, c->arg[i].tensor)->shape, y);
    }
    return is_equal;
}

/* A kernel that knows rows says so by its params. */
static bool window_layer(const Node *n, RowLayer *l)
{
    const Call *c = n->calls;
    int32_t kernel = 0, dilation = 1, value = 0;
    static const char *const wide[] = {"first_row", "row_count", "in_ring", "out_ring"};
    for (size_t i = 0; i < COUNT(wide); i++) {
        const KernelField *f = call_field(c, wide[i]);
        if (f == NULL || f->type != TYPE_S32) {
            return false;
        }
    }
    (void)call_get(c, "dilation_h", &dilation);
    bool known = either(c, "kernel_h", "filter_height", &kernel) &&
                 either(c, "stride_h", "stride_height", &l->stride) && call_get(c, "pad_top", &l->pad) &&
                 call_get(c, "in_height", &value) && value == l->in_rows;
    l->reach = (kernel - 1) * dilation + 1;
    return known && l->stride > 0 && (op_of(n)->traits & (TRAIT_WINDOW | TRAIT_ROWS)) != 0;
}

bool row_layer(const Graph *g, const Node *n, RowLayer *layer)
{
    if (!has_plain_call(g, n)) {
        return false;
    }
    const Tensor *x = tensor(g, n->in[0]), *y = tensor(g, n->out[0]);
    *layer = (RowLayer){.in_rows = x->shape.dim[1],
                        .out_rows = y->shape.dim[1],
                        .stride = 1,
                        .reach = 1,
                        .in_row_bytes = tensor_bytes(x) / x->shape.dim[1],
                        .out_row_bytes = tensor_bytes(y) / y->shape.dim[1]};
    if (call_field(n->calls, "row") != NULL) {
        layer->gathers = true;
        layer->out_rows = layer->in_rows;
        layer->out_row_bytes = tensor_bytes(y);
        return true;
    }
    return call_field(n->calls, "first_row") != NULL ? window_layer(n, layer) : apart_layer(g, n, layer);
}

int32_t row_first(const RowLayer *l, int32_t row)
{
    int32_t first = row * l->stride - l->pad;
    return first < 0 ? 0 : first > l->in_rows ? l->in_rows : first;
}

int32_t row_needed(const RowLayer *l, int32_t row)
{
    int32_t end = row * l->stride - l->pad + l->reach;
    return end < 0 ? 0 : end > l->in_rows ? l->in_rows : end;
}

void row_prepare(Node *n, const RowLayer *l, int32_t in_ring, int32_t out_ring)
{
    const Call *c = n->calls;
    if (l->by_address) {
        int32_t count = 0;
        (void)call_get(c, count_member(c), &count);
        call_set(c, c->params, count_member(c), count / l->out_rows);
        return;
    }
    call_set(c, c->params, "in_ring", in_ring);
    if (!l->gathers) {
        call_set(c, c->params, "row_count", 1);
        call_set(c, c->params, "out_ring", out_ring);
    }
}

const char *row_member(const Call *c)
{
    return call_field(c, "row") != NULL ? "row" : call_field(c, "first_row") != NULL ? "first_row" : NULL;
}

void *row_params(Arena *a, const Call *c, int32_t row)
{
    if (row_member(c) == NULL) {
        return c->params;
    }
    void *params = arena_memdup(a, c->params, kernel_find(c->kernel)->params_bytes);
    call_set(c, params, row_member(c), row);
    return params;
}

/* --- the walk --- */

int32_t segment_first(const Graph *g, int32_t node)
{
    while (node > 0 && node < g->node_count && g->node[node].segment > 0 &&
           g->node[node - 1].segment == g->node[node].segment) {
        node--;
    }
    return node;
}

bool is_fed(const Graph *g)
{
    return g->feed != FEED_WHOLE && g->node_count > 0 && g->node[0].segment > 0;
}

TensorId row_walk_output(const Graph *g, const RowWalk *w, int32_t i)
{
    return w->node[i] < 0 ? g->input[0] : g->node[w->node[i]].out[0];
}

/* Finds whose rows layer I reads. */
static void find_sources(const Graph *g, RowWalk *w, int32_t i)
{
    const Node *n = &g->node[w->node[i]];
    int32_t count = 0;
    for (int32_t k = 0; k < n->in_count; k++) {
        for (int32_t j = 0; j < i && count < SEGMENT_INPUTS; j++) {
            if (n->in[k] != 0 && row_walk_output(g, w, j) == n->in[k]) {
                w->source[i][count++] = j;
            }
        }
    }
}

RowWalk row_walk(const Graph *g, int32_t first)
{
    RowWalk w = {0};
    int32_t segment = g->node[first].segment;
    memset(w.source, -1, sizeof w.source);
    memset(w.reader, -1, sizeof w.reader);
    if (first == 0 && is_fed(g)) {
        const Tensor *x = tensor(g, g->input[0]);
        w.node[0] = -1;
        w.layer[0] = (RowLayer){.out_rows = x->shape.dim[1], .out_row_bytes = tensor_bytes(x) / x->shape.dim[1]};
        w.count = 1;
    }
    for (int32_t i = first; i < g->node_count && g->node[i].segment == segment; i++) {
        assert(w.count <= SEGMENT_LAYERS);
        w.node[w.count] = i;
        (void)row_layer(g, &g->node[i], &w.layer[w.count]); /* it can, or would not be here */
        find_sources(g, &w, w.count++);
    }
    for (int32_t i = w.count - 1; i > 0; i--) {
        for (int32_t k = 0; k < SEGMENT_INPUTS; k++) {
            int32_t j = w.source[i][k];
            if (j > 0 && w.source[j][0] < 0) {
                w.reader[j] = i;
            }
        }
    }
    return w;
}

/* The rows that layer I reads for its next one are there, and somebody wants that one. */
static bool can_go(const RowWalk *w, int32_t i)
{
    const RowLayer *l = &w->layer[i];
    int32_t reader = w->reader[i];
    if (w->done[i] == l->out_rows ||
        (reader >= 0 && w->done[i] >= row_needed(&w->layer[reader], w->done[reader]))) {
        return false;
    }
    for (int32_t k = 0; k < SEGMENT_INPUTS; k++) {
        int32_t j = w->source[i][k];
        if (j >= 0 && w->done[j] < row_needed(l, w->done[i])) {
            return false;
        }
    }
    return true;
}

int32_t row_walk_next(const RowWalk *w)
{
    int32_t last = w->count - 1;
    if (w->done[last] == w->layer[last].out_rows) {
        return -1;
    }
    for (int32_t i = last; i > 0; i--) {
        if (can_go(w, i)) {
            return i;
        }
    }
    return 0;
}

int32_t row_walk_first(const RowWalk *w, int32_t i)
{
    int32_t first = w->done[i];
    for (int32_t j = i + 1; j < w->count; j++) {
        for (int32_t k = 0; k < SEGMENT_INPUTS; k++) {
            if (w->source[j][k] == i && w->done[j] < w->layer[j].out_rows &&
                row_first(&w->layer[j], w->done[j]) < first) {
                first = row_first(&w->layer[j], w->done[j]);
            }
        }
    }
    return first;
}

bool is_segment_end(const Graph *g, const Node *n)
{
    int32_t i = (int32_t)(n - g->node);
    return n->segment > 0 && (i + 1 == g->node_count || g->node[i + 1].segment != n->segment);
}

/* --- windows that slide --- */

bool row_slides(const RowLayer *l)
{
    return !l->gathers && l->stride == 1 && l->pad == 0 && l->out_rows == l->in_rows - l->reach + 1;
}

static int32_t common_multiple(int32_t a, int32_t b)
{
    int32_t x = a, y = b;
    while (y != 0) {
        int32_t rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

/* Rings of 2, 4, 8 .. rows, where others have no small common multiple. */
static void round_rings(StepPlan *p, int32_t count)
{
    p->cycle = 1;
    for (int32_t i = 0; i < count; i++) {
        int32_t rows = 1;
        while (rows < p->ring[i]) {
            rows *= 2;
        }
        p->ring[i] = rows;
        p->cycle = rows > p->cycle ? rows : p->cycle;
    }
}

StepPlan step_plan(const RowWalk *w)
{
    enum { MOST_CYCLE = 1 << 14 };
    StepPlan p = {.window = w->layer[0].out_rows, .cycle = 1};
    for (int32_t i = 0; i < w->count; i++) {
        p.ring[i] = 1;
        for (int32_t k = 0; k < SEGMENT_INPUTS && w->source[i][k] >= 0; k++) {
            int32_t delay = p.delay[w->source[i][k]] + w->layer[i].reach - 1;
            p.delay[i] = delay > p.delay[i] ? delay : p.delay[i];
        }
        for (int32_t k = 0; k < SEGMENT_INPUTS && w->source[i][k] >= 0; k++) {
            int32_t rows = p.delay[i] - p.delay[w->source[i][k]] + 1;
            int32_t *ring = &p.ring[w->source[i][k]];
            *ring = rows > *ring ? rows : *ring;
        }
    }
    for (int32_t i = 0; i < w->count && p.cycle <= MOST_CYCLE; i++) {
        p.cycle = common_multiple(p.cycle, p.ring[i]);
    }
    if (p.cycle > MOST_CYCLE) {
        round_rings(&p, w->count);
    }
    return p;
}

void step_prepare(const Graph *g, const RowWalk *w, const StepPlan *p)
{
    for (int32_t i = 1; i < w->count; i++) {
        Node *n = &g->node[w->node[i]];
        const RowLayer *l = &w->layer[i];
        row_prepare(n, l, p->ring[w->source[i][0]], p->ring[i]);
        if (!l->by_address) {
            call_set(n->calls, n->calls->params, "in_height", p->window + p->cycle + l->reach); /* none is beyond */
        }
    }
}
