/* Takes out of a trained graph what only training needs: a normalisation that no layer took becomes MUL and ADD,
 * dropout and rounded floats vanish.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant.h"

/* Moves the last node of the list to place AT. */
static Node *place_last(Graph *g, int32_t at)
{
    Node last = g->node[g->node_count - 1];
    memmove(g->node + at + 1, g->node + at, sizeof(Node) * (size_t)(g->node_count - 1 - at));
    g->node[at] = last;
    return &g->node[at];
}

static TensorId add_row(Graph *g, const char *name, const char *what, int32_t channels,
                        const float *x)
{
    const char *full = arena_printf(&g->arena, "%s_%s", name, what);
    return graph_add_const(g, full, TYPE_F32, shape_of(1, &channels), x);
}

/* Node INDEX is gain * x + offset: MUL in front of it, and ADD in its place. */
static void spell_out(Graph *g, int32_t index)
{
    const Node *n = &g->node[index];
    const char *name = n->name;
    int32_t channels = shape_dim_back(&tensor(g, n->out[0])->shape, 0);
    float *gain = NEW(&g->arena, float, channels);
    float *offset = NEW(&g->arena, float, channels);
    TensorId x = n->in[op_of(n)->affine(g, n, gain, offset)];
    TensorId y = n->out[0];
    TensorId product = graph_add_tensor(g, arena_printf(&g->arena, "%s_scaled", name), TYPE_F32,
                                        tensor(g, y)->shape);
    const TensorId operand[] = {x, add_row(g, name, "gain", channels, gain)};
    const TensorId term[] = {product, add_row(g, name, "offset", channels, offset)};
    g->node[index].is_dead = true;
    Node *mul = graph_add_node(g, op_find_kind("mul"), name, 2, 1);
    memcpy(mul->in, operand, sizeof operand);
    mul->out[0] = product;
    (void)place_last(g, index + 1);
    Node *add = graph_add_node(g, op_find_kind("add"), name, 2, 1);
    memcpy(add->in, term, sizeof term);
    add->out[0] = y;
    (void)place_last(g, index + 2);
}

/* All who read Y read X. */
static void pass_by(Graph *g, TensorId x, TensorId y)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t j = 0; j < g->node[i].in_count; j++) {
            g->node[i].in[j] = g->node[i].in[j] == y ? x : g->node[i].in[j];
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        if (g->output[i] == y) {
            g->output[i] = x;
        }
    }
}

// needs: shapes   gives: no operators of training   breaks: calls, plan
Status pass_strip_training(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        if ((op->traits & TRAIT_TRAIN_ONLY) == 0 || g->node[i].is_dead) {
            continue;
        }
        if (op->affine != NULL) {
            spell_out(g, i);
            continue;
        }
        g->node[i].is_dead = true;
        pass_by(g, g->node[i].in[0], g->node[i].out[0]);
    }
    graph_sweep(g);
    return OK;
}
