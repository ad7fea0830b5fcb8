/* Layers that run row by row: which can, and the order in which a segment of them runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <assert.h>

/* One call, which reads input 0 and constants alone and writes output 0, both from their start. */
static bool has_plain_call(const Graph *g, const Node *n)
{
    const Call *c = n->calls;
    if (c == NULL || c->next != NULL || c->params == NULL || n->out_count != 1) {
        return false;
    }
    for (int32_t i = 0; i < c->arg_count; i++) {
        const Arg *a = &c->arg[i];
        bool is_image = a->kind == ARG_TENSOR && a->offset == 0 &&
                        (a->tensor == n->in[0] || a->tensor == n->out[0]);
        if (a->kind == ARG_TENSOR && !is_image && !tensor_is_const(tensor(g, a->tensor))) {
            return false;
        }
    }
    return true;
}

static bool is_image(const Tensor *t)
{
    return tensor_is_activation(t) && t->shape.rank == 4 && t->shape.dim[0] == 1 &&
           t->alias_of == 0;
}

/* A kernel that knows rows says so by its params; one that takes each pixel apart has as many
 * batches as the image has pixels. */
bool row_layer(const Graph *g, const Node *n, RowLayer *layer)
{
    if ((op_of(n)->traits & TRAIT_WINDOW) == 0 || !has_plain_call(g, n)) {
        return false;
    }
    const Call *c = n->calls;
    const Tensor *x = tensor(g, n->in[0]), *y = tensor(g, n->out[0]);
    if (!is_image(x) || !is_image(y)) {
        return false;
    }
    RowLayer l = {.in_rows = x->shape.dim[1],
                  .out_rows = y->shape.dim[1],
                  .stride = 1,
                  .reach = 1,
                  .in_row_bytes = tensor_bytes(x) / x->shape.dim[1],
                  .out_row_bytes = tensor_bytes(y) / y->shape.dim[1]};
    int32_t kernel = 0, dilation = 1, value = 0;
    if (call_get(c, "batches", &value)) {
        l.by_address = true;
        *layer = l;
        return call_field(c, "batches")->type == TYPE_S32 && l.in_rows == l.out_rows &&
               x->shape.dim[2] == y->shape.dim[2] && value == y->shape.dim[1] * y->shape.dim[2];
    }
    static const char *const wide[] = {"first_row", "row_count", "in_ring", "out_ring"};
    for (size_t i = 0; i < COUNT(wide); i++) {
        const KernelField *f = call_field(c, wide[i]);
        if (f == NULL || f->type != TYPE_S32) {
            return false;
        }
    }
    (void)call_get(c, "dilation_h", &dilation);
    bool known = call_get(c, "kernel_h", &kernel) && call_get(c, "stride_h", &l.stride) &&
                 call_get(c, "pad_top", &l.pad) && call_get(c, "in_height", &value) &&
                 value == l.in_rows;
    l.reach = (kernel - 1) * dilation + 1;
    *layer = l;
    return known && l.stride > 0;
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
    int32_t batches = 0;
    if (l->by_address) {
        (void)call_get(c, "batches", &batches);
        call_set(c, c->params, "batches", batches / l->out_rows);
        return;
    }
    call_set(c, c->params, "row_count", 1);
    call_set(c, c->params, "in_ring", in_ring);
    call_set(c, c->params, "out_ring", out_ring);
}

void *row_params(Arena *a, const Call *c, int32_t row)
{
    if (call_field(c, "first_row") == NULL) {
        return c->params;
    }
    void *params = arena_memdup(a, c->params, kernel_find(c->kernel)->params_bytes);
    call_set(c, params, "first_row", row);
    return params;
}

RowWalk row_walk(const Graph *g, int32_t first)
{
    RowWalk w = {0};
    int32_t segment = g->node[first].segment;
    for (int32_t i = first; i < g->node_count && g->node[i].segment == segment; i++) {
        assert(w.count < SEGMENT_LAYERS);
        (void)row_layer(g, &g->node[i], &w.layer[w.count++]); /* it can, or would not be here */
    }
    return w;
}

int32_t row_walk_next(const RowWalk *w)
{
    int32_t last = w->count - 1;
    if (w->done[last] == w->layer[last].out_rows) {
        return -1;
    }
    for (int32_t i = last; i > 0; i--) {
        if (w->done[i] < w->layer[i].out_rows &&
            w->done[i - 1] >= row_needed(&w->layer[i], w->done[i])) {
            return i;
        }
    }
    return 0;
}

bool is_segment_end(const Graph *g, const Node *n)
{
    int32_t i = (int32_t)(n - g->node);
    return n->segment > 0 && (i + 1 == g->node_count || g->node[i + 1].segment != n->segment);
}
