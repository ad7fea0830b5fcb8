/* The graph's arrays: adding, replacing, sweeping.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

#include <assert.h>
#include <stdlib.h>

Graph *graph_new(const char *name)
{
    Graph *g = calloc(1, sizeof *g);
    if (g == NULL) {
        abort();
    }
    g->name = arena_strdup(&g->arena, name);
    g->tensor_count = 1;
    g->tensor_capacity = 64;
    g->tensor = NEW(&g->arena, Tensor, g->tensor_capacity);
    g->node_capacity = 64;
    g->node = NEW(&g->arena, Node, g->node_capacity);
    return g;
}

void graph_free(Graph *g)
{
    if (g != NULL) {
        arena_free(&g->arena);
        free(g);
    }
}

static void copy_tensor(Graph *to, const Tensor *from)
{
    TensorId id = graph_add_tensor(to, from->name, from->type, from->shape);
    Tensor *t = tensor(to, id);
    t->is_state = from->is_state;
    t->q = from->q;
    if (from->q.count > 0) {
        t->q.scale = arena_memdup(&to->arena, from->q.scale, sizeof(float) * (size_t)from->q.count);
        t->q.zero = arena_memdup(&to->arena, from->q.zero, sizeof(int32_t) * (size_t)from->q.count);
    }
    if (from->data != NULL) {
        t->data = arena_memdup(&to->arena, from->data, (size_t)from->data_bytes);
        t->data_bytes = from->data_bytes;
    }
}

static void copy_node(Graph *to, const Node *from)
{
    Node *n = graph_add_node(to, from->kind, from->name, from->in_count, from->out_count);
    n->index = from->index;
    memcpy(n->in, from->in, sizeof(TensorId) * (size_t)from->in_count);
    memcpy(n->out, from->out, sizeof(TensorId) * (size_t)from->out_count);
    if (from->kind->attr_bytes > 0) {
        memcpy(n->attr, from->attr, from->kind->attr_bytes);
    }
}

/* What is said of a graph beside its tensors and nodes; their numbers must be the same in both. */
static void copy_ends(Graph *to, const Graph *g)
{
    to->input_count = g->input_count;
    to->output_count = g->output_count;
    to->input = arena_memdup(&to->arena, g->input, sizeof(TensorId) * (size_t)g->input_count);
    to->output = arena_memdup(&to->arena, g->output, sizeof(TensorId) * (size_t)g->output_count);
    to->rounding = g->rounding;
    graph_copy_meta(to, g);
}

Graph *graph_copy(const Graph *g)
{
    Graph *to = graph_new(g->name);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        copy_tensor(to, tensor(g, id));
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        copy_node(to, &g->node[i]);
    }
    copy_ends(to, g);
    return to;
}

TensorId graph_add_tensor(Graph *g, const char *name, Type type, Shape shape)
{
    if (g->tensor_count == g->tensor_capacity) {
        Tensor *more = NEW(&g->arena, Tensor, g->tensor_capacity * 2);
        memcpy(more, g->tensor, sizeof(Tensor) * (size_t)g->tensor_count);
        g->tensor = more;
        g->tensor_capacity *= 2;
    }
    TensorId id = g->tensor_count++;
    g->tensor[id] = (Tensor){.name = arena_strdup(&g->arena, name), .type = type, .shape = shape, .offset = -1};
    return id;
}

TensorId graph_add_const(Graph *g, const char *name, Type type, Shape shape, const void *data)
{
    TensorId id = graph_add_tensor(g, name, type, shape);
    Tensor *t = tensor(g, id);
    t->data_bytes = tensor_bytes(t);
    t->data = arena_memdup(&g->arena, data, (size_t)t->data_bytes);
    return id;
}

Node *graph_add_node(Graph *g, const Kind *kind, const char *name, int32_t in_count, int32_t out_count)
{
    if (g->node_count == g->node_capacity) {
        Node *more = NEW(&g->arena, Node, g->node_capacity * 2);
        memcpy(more, g->node, sizeof(Node) * (size_t)g->node_count);
        g->node = more;
        g->node_capacity *= 2;
    }
    Node *n = &g->node[g->node_count++];
    *n = (Node){
        .kind = kind,
        .name = arena_strdup(&g->arena, name),
        .index = -1,
        .in = NEW(&g->arena, TensorId, in_count),
        .in_count = in_count,
        .out = NEW(&g->arena, TensorId, out_count),
        .out_count = out_count,
    };
    if (kind->attr_bytes > 0) {
        n->attr = arena_alloc(&g->arena, 1, kind->attr_bytes);
        attr_defaults(kind, n->attr);
    }
    return n;
}

Tensor *tensor(const Graph *g, TensorId id)
{
    assert(id >= 1 && id < g->tensor_count);
    return &g->tensor[id];
}

void graph_set_quant(Graph *g, TensorId id, float scale, int32_t zero)
{
    Tensor *t = tensor(g, id);
    t->q = (Quant){.count = 1, .scale = NEW(&g->arena, float, 1), .zero = NEW(&g->arena, int32_t, 1)};
    t->q.scale[0] = scale;
    t->q.zero[0] = zero;
}

int32_t graph_use_count(const Graph *g, TensorId id)
{
    int32_t uses = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        for (int32_t j = 0; j < n->in_count && !n->is_dead; j++) {
            uses += n->in[j] == id;
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        uses += g->output[i] == id;
    }
    return uses;
}

int32_t graph_producer(const Graph *g, TensorId id)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t j = 0; j < g->node[i].out_count && !g->node[i].is_dead; j++) {
            if (g->node[i].out[j] == id) {
                return i;
            }
        }
    }
    return -1;
}

static bool contains(const TensorId *list, int32_t count, TensorId id)
{
    for (int32_t i = 0; i < count; i++) {
        if (list[i] == id) {
            return true;
        }
    }
    return false;
}

bool graph_is_input(const Graph *g, TensorId id)
{
    return contains(g->input, g->input_count, id);
}

bool graph_is_output(const Graph *g, TensorId id)
{
    return contains(g->output, g->output_count, id);
}

void graph_sweep(Graph *g)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        if (!g->node[i].is_dead) {
            g->node[kept++] = g->node[i];
        }
    }
    g->node_count = kept;
}

bool tensor_is_const(const Tensor *t)
{
    return t->data != NULL && !t->is_state;
}

int32_t state_start(const Tensor *t)
{
    return t->type == TYPE_S8 && t->q.count == 1 ? t->q.zero[0] : 0;
}

bool tensor_is_activation(const Tensor *t)
{
    return t->data == NULL && !t->is_state;
}

TensorId tensor_root(const Graph *g, TensorId id, int64_t *offset_bytes)
{
    int64_t offset = 0;
    while (tensor(g, id)->alias_of != 0) {
        offset += tensor(g, id)->alias_offset;
        id = tensor(g, id)->alias_of;
    }
    if (offset_bytes != NULL) {
        *offset_bytes = offset;
    }
    return id;
}

Status fail_node(const Graph *g, const Node *n, Diag *d, Status code, const char *format, ...)
{
    (void)g;
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n->index < 0) {
        return fail(d, code, "node \"%s\" (%s): %s", n->name, n->kind->name, text);
    }
    char file_kind[64]; /* from a model file: as TFLite writes it */
    size_t i = 0;
    for (; n->kind->name[i] != '\0' && i < sizeof file_kind - 1; i++) {
        char c = n->kind->name[i];
        file_kind[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    file_kind[i] = '\0';
    return fail(d, code, "node %d \"%s\" (%s): %s", n->index, n->name, file_kind, text);
}
