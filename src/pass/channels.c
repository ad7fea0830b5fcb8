/* What passes that make layers narrower share: which channels hang together, and constants and views without some.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

static int32_t last_dim(const Tensor *t)
{
    return t->shape.rank > 0 ? t->shape.dim[t->shape.rank - 1] : 0;
}

/* Weights and bias are constants of the types that go with TYPE, and no input is left out of account. */
static bool is_known(const Graph *g, const Node *n, const Channels *c, const bool *is_data, Type type)
{
    const Tensor *w = c->weights == 0 ? NULL : node_in(g, n, c->weights);
    const Tensor *b = c->bias == 0 ? NULL : node_in(g, n, c->bias);
    bool known =
        w == NULL || (tensor_is_const(w) && (type == TYPE_F32 ? w->type == TYPE_F32 : type_is_weights(w->type)));
    known = known && (b == NULL || (tensor_is_const(b) && b->type == (type == TYPE_F32 ? TYPE_F32 : TYPE_S32)));
    for (int32_t i = 0; i < n->in_count && c->weights == 0; i++) {
        const Tensor *x = node_in(g, n, i);
        known = known && (x == NULL || tensor_is_const(x) || is_data[n->in[i]]);
    }
    return known;
}

Channels node_channels(const Graph *g, const Node *n, const bool *is_data, Type type)
{
    const Op *op = op_of(n);
    const Channels opaque = {.kind = CHANNELS_OPAQUE};
    if (n->out_count != 1 || n->in_count < 1 || !is_data[n->out[0]] || n->in[0] == 0 || !is_data[n->in[0]]) {
        return opaque;
    }
    if (op->channels != NULL) {
        Channels c = op->channels(g, n);
        return is_known(g, n, &c, is_data, type) ? c : opaque;
    }
    const Tensor *y = node_out(g, n, 0);
    if ((op->traits & TRAIT_VIEW) != 0) {
        return last_dim(node_in(g, n, 0)) == last_dim(y) ? (Channels){.kind = CHANNELS_EACH} : opaque;
    }
    if ((op->traits & TRAIT_ELEMENTWISE) == 0) {
        return opaque;
    }
    for (int32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] == 0 || !is_data[n->in[i]] || !shape_equal(&node_in(g, n, i)->shape, &y->shape)) {
            return opaque;
        }
    }
    return (Channels){.kind = CHANNELS_EACH};
}

TensorId slice_const(Graph *g, TensorId id, int32_t axis, const bool *goes)
{
    const Tensor t = *tensor(g, id);
    Shape s = t.shape;
    int64_t inner = type_bytes(t.type);
    s.dim[axis] = 0;
    for (int32_t i = 0; i < t.shape.dim[axis]; i++) {
        s.dim[axis] += !goes[i];
    }
    for (int32_t i = axis + 1; i < s.rank; i++) {
        inner *= s.dim[i];
    }
    uint8_t *data = NEW(&g->arena, uint8_t, shape_count(&s) * type_bytes(t.type) + 1);
    uint8_t *at = data;
    int64_t slices = t.data_bytes / inner;
    for (int64_t i = 0; i < slices; i++) {
        if (!goes[i % t.shape.dim[axis]]) {
            memcpy(at, t.data + i * inner, (size_t)inner);
            at += inner;
        }
    }
    TensorId made = graph_add_const(g, t.name, t.type, s, data);
    Tensor *out = tensor(g, made);
    out->q = t.q;
    if (t.q.count == t.shape.dim[axis] && t.q.count > 1 && t.q.axis == axis) {
        out->q = (Quant){.axis = axis,
                         .scale = NEW(&g->arena, float, s.dim[axis]),
                         .zero = NEW(&g->arena, int32_t, s.dim[axis])};
        for (int32_t i = 0; i < t.q.count; i++) {
            if (!goes[i]) {
                out->q.scale[out->q.count] = t.q.scale[i];
                out->q.zero[out->q.count++] = t.q.zero[i];
            }
        }
    }
    return made;
}

void rewrite_view(Graph *g, Node *n)
{
    const Tensor *y = node_out(g, n, 0);
    /* An axis (EXPAND_DIMS) has one value, and then the output has at least two dimensions. */
    if (n->in_count > 1 && n->in[1] != 0 && shape_count(&node_in(g, n, 1)->shape) == y->shape.rank) {
        int32_t rank = y->shape.rank;
        int32_t dims[MAX_RANK];
        memcpy(dims, y->shape.dim, sizeof dims);
        n->in[1] = graph_add_const(g, tensor(g, n->in[1])->name, TYPE_S32, shape_of(1, &rank), dims);
    }
}

bool can_rewrite_view(const Node *n)
{
    bool by_attribute = false;
    for (int32_t i = 0; i < n->kind->attr_count; i++) {
        by_attribute = by_attribute || (n->kind->attrs[i].type == ATTR_INTS && n->in_count < 2);
    }
    return (op_of(n)->traits & TRAIT_VIEW) == 0 || !by_attribute;
}
