/* Takes out what only training needs: dropout is nothing, and a batch norm that no layer could take in
 * becomes a product and a sum.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

/* y is x: readers of y read x. */
static void bypass(Graph *g, Node *n)
{
    TensorId x = n->in[0];
    TensorId y = n->out[0];
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            TensorId *in = &g->node[i].in[k];
            *in = *in == y ? x : *in;
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        g->output[i] = g->output[i] == y ? x : g->output[i];
    }
    n->is_dead = true;
}

static void set_node(Graph *g, Node *n, const char *op, TensorId a, TensorId b, TensorId out)
{
    const Op *kind = op_find(op);
    n->kind = &kind->kind;
    n->in = NEW(&g->arena, TensorId, 2);
    n->in[0] = a;
    n->in[1] = b;
    n->in_count = 2;
    n->out = NEW(&g->arena, TensorId, 1);
    n->out[0] = out;
    n->out_count = 1;
    n->attr = arena_alloc(&g->arena, 1, kind->kind.attr_bytes);
    attr_defaults(&kind->kind, n->attr);
}

/* Node I becomes mul and add; the second is put behind it. */
static void spread(Graph *g, int32_t i)
{
    const Node *n = &g->node[i];
    Shape shape = tensor(g, n->out[0])->shape;
    int32_t channels = shape_dim_back(&shape, 0);
    float *gain = NEW(&g->arena, float, channels);
    float *offset = NEW(&g->arena, float, channels);
    TensorId x = n->in[op_of(n)->affine(g, n, gain, offset)];
    TensorId y = n->out[0];
    const char *name = n->name;
    TensorId by = graph_add_const(g, arena_printf(&g->arena, "%s/gain", name), TYPE_F32, shape_of(1, &channels), gain);
    TensorId plus =
        graph_add_const(g, arena_printf(&g->arena, "%s/offset", name), TYPE_F32, shape_of(1, &channels), offset);
    TensorId scaled = graph_add_tensor(g, arena_printf(&g->arena, "%s/scaled", name), TYPE_F32, shape);
    (void)graph_add_node(g, &op_find("add")->kind, name, 2, 1); /* room for one more */
    memmove(&g->node[i + 2], &g->node[i + 1], sizeof(Node) * (size_t)(g->node_count - i - 2));
    g->node[i + 1] = (Node){.name = name, .cname = NULL, .index = -1};
    set_node(g, &g->node[i], "mul", x, by, scaled);
    set_node(g, &g->node[i + 1], "add", scaled, plus, y);
}

// needs: shapes, folded batch norms   gives: built-in operators   breaks: calls, plan
Status pass_drop_training(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        if ((op_of(n)->traits & TRAIT_TRAIN_ONLY) == 0) {
            continue;
        }
        if (op_of(n)->affine != NULL) {
            spread(g, i);
        } else if ((op_of(n)->traits & TRAIT_ELEMENTWISE) != 0 && n->in_count == 1) {
            bypass(g, n);
        }
    }
    graph_sweep(g);
    return OK;
}
