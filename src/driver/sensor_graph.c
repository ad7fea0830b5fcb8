/* sensor: nodes by name, and one graph behind another.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/sensor.h"

/* "name=value ..." into the node's attributes. */
static Status set_attrs(Graph *g, Node *n, const char *text, Diag *d)
{
    for (const char *p = text; *p != '\0';) {
        size_t bytes = strcspn(p, " ");
        size_t name = strcspn(p, "=");
        const AttrDesc *a = attr_find(n->kind, arena_strndup(&g->arena, p, name));
        if (a == NULL || name >= bytes) {
            return fail_node(g, n, d, ERR_INPUT, "has no attribute '%.*s'", (int)bytes, p);
        }
        TRY(attr_parse(a, arena_strndup(&g->arena, p + name + 1, bytes - name - 1), n->attr, d));
        p += bytes + (p[bytes] == ' ');
    }
    return attr_check(g, n, d);
}

Status sensor_node(Graph *g, const char *kind, const char *name, const char *attrs, const TensorId *in,
                   int32_t count, Type type, double scale, TensorId *out, Diag *d)
{
    TensorId y =
        graph_add_tensor(g, arena_printf(&g->arena, "%s_%d", name, g->node_count), type, shape_of(0, NULL));
    if (scale > 0.0) {
        graph_set_quant(g, y, (float)scale, 0);
    }
    Node *n = graph_add_node(g, op_find_kind(kind), tensor(g, y)->name, count, 1);
    memcpy(n->in, in, sizeof *in * (size_t)count);
    n->out[0] = *out = y; /* OUT may be where IN is */
    TRY(set_attrs(g, n, attrs, d));
    return op_of(n)->infer(g, n, d);
}

TensorId sensor_state(Graph *g, const char *name, Type type, int32_t count, double scale)
{
    TensorId id = graph_add_tensor(g, name, type, shape_of(1, &count));
    tensor(g, id)->is_state = true;
    if (scale > 0.0) {
        graph_set_quant(g, id, (float)scale, 0);
    }
    return id;
}

static TensorId copy_tensor(Graph *to, const Tensor *t)
{
    TensorId id = graph_add_tensor(to, arena_printf(&to->arena, "net/%s", t->name), t->type, t->shape);
    Tensor *copy = tensor(to, id);
    copy->is_state = t->is_state;
    copy->q = t->q;
    if (t->q.count > 0) {
        copy->q.scale = arena_memdup(&to->arena, t->q.scale, sizeof(float) * (size_t)t->q.count);
        copy->q.zero = arena_memdup(&to->arena, t->q.zero, sizeof(int32_t) * (size_t)t->q.count);
    }
    if (t->data != NULL) {
        copy->data = arena_memdup(&to->arena, t->data, (size_t)t->data_bytes);
        copy->data_bytes = t->data_bytes;
    }
    return id;
}

Status sensor_splice(Graph *to, const Graph *from, TensorId in, TensorId *out, Diag *d)
{
    if (from->input_count != 1 || from->output_count != 1) {
        return fail(d, ERR_INPUT,
                    "the net has %d inputs and %d outputs; behind features stands one with one of each",
                    from->input_count, from->output_count);
    }
    TensorId *id = NEW(&to->arena, TensorId, from->tensor_count);
    for (TensorId t = 1; t < from->tensor_count; t++) {
        id[t] = t == from->input[0] ? in : copy_tensor(to, &from->tensor[t]);
    }
    for (int32_t i = 0; i < from->node_count; i++) {
        const Node *n = &from->node[i];
        Node *copy = graph_add_node(to, n->kind, arena_strdup(&to->arena, n->name), n->in_count, n->out_count);
        for (int32_t k = 0; k < n->in_count; k++) {
            copy->in[k] = id[n->in[k]];
        }
        for (int32_t k = 0; k < n->out_count; k++) {
            copy->out[k] = id[n->out[k]];
        }
        if (n->attr != NULL) {
            memcpy(copy->attr, n->attr, n->kind->attr_bytes);
        }
    }
    *out = id[from->output[0]];
    return OK;
}
