/* Structure of a graph: what every pass may rely on, and must leave so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

#include <math.h>

typedef enum Written { NOT_YET, BY_FILE, BY_NODE } Written;

static bool in_range(const Graph *g, TensorId id)
{
    return id >= 1 && id < g->tensor_count;
}

static bool is_known(const Shape *s)
{
    for (int32_t i = 0; i < s->rank; i++) {
        if (s->dim[i] < 1) {
            return false;
        }
    }
    return true;
}

static Status check_quant(const Tensor *t, Diag *d)
{
    const Quant *q = &t->q;
    if (q->count > 1 &&
        (q->axis < 0 || q->axis >= t->shape.rank || t->shape.dim[q->axis] != q->count)) {
        char text[96];
        return fail(d, ERR_INPUT,
                    "tensor \"%s\" has %d scales along axis %d, which its shape %s does not have",
                    t->name, q->count, q->axis, shape_text(&t->shape, text));
    }
    for (int32_t i = 0; i < q->count; i++) {
        if (!(q->scale[i] > 0.0f) || !isfinite(q->scale[i])) {
            return fail(d, ERR_INPUT,
                        "tensor \"%s\": scale %d is %.9g; scales are positive and finite", t->name,
                        i, (double)q->scale[i]);
        }
    }
    return OK;
}

static Status check_alias(const Graph *g, TensorId id, Diag *d)
{
    const Tensor *t = tensor(g, id);
    int32_t steps = 0;
    for (TensorId at = id; tensor(g, at)->alias_of != 0; at = tensor(g, at)->alias_of) {
        if (!in_range(g, tensor(g, at)->alias_of) || ++steps >= g->tensor_count) {
            return fail(d, ERR_INPUT, "tensor \"%s\" shares storage with no tensor, or in a circle",
                        t->name);
        }
    }
    int64_t offset = 0;
    TensorId root = tensor_root(g, id, &offset);
    if (root != id && (offset < 0 || offset + tensor_bytes(t) > tensor_bytes(tensor(g, root)))) {
        return fail(d, ERR_INPUT, "tensor \"%s\" reaches outside \"%s\", whose storage it shares",
                    t->name, tensor(g, root)->name);
    }
    return OK;
}

static Status check_tensor(const Graph *g, TensorId id, Diag *d)
{
    const Tensor *t = tensor(g, id);
    char text[96];
    if (t->name == NULL || t->shape.rank < 0 || t->shape.rank > MAX_RANK) {
        return fail(d, ERR_INPUT, "tensor %d has no name or more than %d dimensions", id, MAX_RANK);
    }
    bool is_empty_list =
        t->shape.rank == 1 && t->shape.dim[0] == 0; /* no axes, the shape of a scalar */
    if (t->data != NULL &&
        ((!is_known(&t->shape) && !is_empty_list) || t->data_bytes != tensor_bytes(t))) {
        return fail(d, ERR_INPUT,
                    "tensor \"%s\" of shape %s and type %s has %jd bytes of data; it needs %jd",
                    t->name, shape_text(&t->shape, text), type_name(t->type),
                    (intmax_t)t->data_bytes, (intmax_t)tensor_bytes(t));
    }
    TRY(check_quant(t, d));
    return check_alias(g, id, d);
}

static Status check_node(const Graph *g, const Node *n, Written *written, Diag *d)
{
    if (n->kind == NULL || n->name == NULL || (n->kind->attr_bytes > 0 && n->attr == NULL)) {
        return fail(d, ERR_INPUT, "operator %d has no kind, name or attributes", n->index);
    }
    for (int32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] != 0 && !in_range(g, n->in[i])) {
            return fail_node(g, n, d, ERR_INPUT, "input %d is tensor %d, which does not exist", i,
                             n->in[i]);
        }
        if (n->in[i] != 0 && written[n->in[i]] == NOT_YET) {
            return fail_node(g, n, d, ERR_INPUT, "reads \"%s\" before anything has written it",
                             tensor(g, n->in[i])->name);
        }
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        if (!in_range(g, n->out[i])) {
            return fail_node(g, n, d, ERR_INPUT, "output %d is tensor %d, which does not exist", i,
                             n->out[i]);
        }
        const Tensor *t = tensor(g, n->out[i]);
        for (int32_t k = 0; k < n->in_count; k++) {
            if (n->in[k] == n->out[i]) {
                return fail_node(g, n, d, ERR_INPUT, "\"%s\" is both its input and its output",
                                 t->name);
            }
        }
        if (written[n->out[i]] != NOT_YET) {
            return fail_node(g, n, d, ERR_INPUT, "writes \"%s\", which is %s", t->name,
                             written[n->out[i]] == BY_NODE ? "another operator's output"
                                                           : "a constant, a state or an input");
        }
        written[n->out[i]] = BY_NODE;
    }
    return OK;
}

static Status check_graph(const Graph *g, Written *written, Diag *d)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        TRY(check_tensor(g, id, d));
        written[id] = tensor_is_activation(tensor(g, id)) ? NOT_YET : BY_FILE;
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        TensorId id = g->input[i];
        if (!in_range(g, id) || written[id] != NOT_YET) {
            return fail(
                d, ERR_INPUT,
                "input %d of the graph (tensor %d) does not exist, is a constant or is named twice",
                i, id);
        }
        written[id] = BY_FILE;
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        if (!g->node[i].is_dead) {
            TRY(check_node(g, &g->node[i], written, d));
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        TensorId id = g->output[i];
        if (!in_range(g, id)) {
            return fail(d, ERR_INPUT, "output %d of the graph is tensor %d, which does not exist",
                        i, id);
        }
        if (written[id] == NOT_YET) {
            return fail(d, ERR_INPUT, "nothing writes the graph's output \"%s\"",
                        tensor(g, id)->name);
        }
    }
    return OK;
}

Status graph_verify(const Graph *g, Diag *d)
{
    Arena scratch = {0};
    Status s = check_graph(g, NEW(&scratch, Written, g->tensor_count), d);
    arena_free(&scratch);
    return s;
}
