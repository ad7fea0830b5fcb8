/* Smaller weights, float activations: weights as float16 behind a DEQUANTIZE, or as int8 that the layer itself reads
 * ("dynamic range"), both as TFLite's converter writes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"
#include "pass/quant.h"

#include <math.h>

static const float HALF_MOST = 65504.0f; /* the largest finite float16 */

/* Constants that nobody reads any more shall not lie in the file. */
static void forget_unused(Graph *g)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor_is_const(tensor(g, id)) && graph_use_count(g, id) == 0) {
            tensor(g, id)->data = NULL;
            tensor(g, id)->data_bytes = 0;
        }
    }
}

/* --- float16 --- */

static TensorId add_half(Graph *g, TensorId id)
{
    const Tensor *t = tensor(g, id);
    int64_t count = shape_count(&t->shape);
    const float *x = (const float *)(const void *)t->data;
    uint16_t *half = NEW(&g->arena, uint16_t, count);
    for (int64_t i = 0; i < count; i++) {
        half[i] = half_from_float(fminf(fmaxf(x[i], -HALF_MOST), HALF_MOST));
    }
    const char *name = arena_printf(&g->arena, "%s_float16", t->name);
    return graph_add_const(g, name, TYPE_F16, t->shape, half);
}

static bool is_float_constant(const Graph *g, TensorId id)
{
    return id != 0 && tensor(g, id)->type == TYPE_F32 && tensor_is_const(tensor(g, id)) &&
           !graph_is_output(g, id);
}

/* The last COUNT nodes go before all others. */
static void move_to_front(Graph *g, int32_t count)
{
    Node *last = NEW(&g->arena, Node, count);
    memcpy(last, g->node + g->node_count - count, sizeof(Node) * (size_t)count);
    memmove(g->node + count, g->node, sizeof(Node) * (size_t)(g->node_count - count));
    memcpy(g->node, last, sizeof(Node) * (size_t)count);
}

// needs: a float graph   gives: float constants as float16, each behind a DEQUANTIZE   breaks: calls, plan
Status pass_weights_float16(Graph *g, Diag *d)
{
    (void)d;
    int32_t made = 0;
    int32_t tensors = g->tensor_count;
    for (TensorId id = 1; id < tensors; id++) {
        if (!is_float_constant(g, id) || graph_use_count(g, id) == 0) {
            continue;
        }
        TensorId half = add_half(g, id);
        Node *n = graph_add_node(g, op_find_kind("dequantize"), tensor(g, id)->name, 1, 1);
        n->in[0] = half;
        n->out[0] = id;
        tensor(g, id)->data = NULL; /* now an activation that the new node writes */
        tensor(g, id)->data_bytes = 0;
        made++;
    }
    move_to_front(g, made);
    forget_unused(g);
    return OK;
}

/* --- dynamic range --- */

static TensorId add_numbers(Graph *g, TensorId weights, int32_t axis)
{
    WeightScales s = weight_scales(&g->arena, tensor(g, weights), axis, TYPE_S8, false);
    int8_t *numbers = weight_numbers(&g->arena, tensor(g, weights), &s);
    const Tensor *t = tensor(g, weights);
    TensorId id = graph_add_const(g, t->name, TYPE_S8, t->shape, numbers);
    tensor(g, id)->q = (Quant){.count = s.channels, .axis = axis, .scale = s.scale};
    tensor(g, id)->q.zero = NEW(&g->arena, int32_t, s.channels);
    return id;
}

/* True if the layer has a kernel with the weights as they now are. */
static bool takes(Graph *g, Node *n)
{
    Diag ignored = {0};
    Status s = op_of(n)->infer(g, n, &ignored);
    s = s != OK ? s : lower_node(g, n, &ignored);
    n->calls = NULL;
    diag_clear(&ignored);
    return s == OK;
}

// needs: a float graph   gives: int8 weights with a scale per output channel where the layer can read them   breaks:
// calls, plan
Status pass_weights_int8(Graph *g, Diag *d)
{
    int32_t changed = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        const QuantSpec *spec = &op_of(n)->quant;
        if (spec->rule != QUANT_MAC || !is_float_constant(g, n->in[spec->weights])) {
            continue;
        }
        TensorId old = n->in[spec->weights];
        TensorId id = add_numbers(g, old, spec->out_axis);
        n->in[spec->weights] = id;
        if (takes(g, n)) {
            changed++;
        } else {
            n->in[spec->weights] = old;
        }
    }
    forget_unused(g);
    if (changed == 0) {
        return fail(d, ERR_INPUT,
                    "no layer of this model takes int8 weights with float activations");
    }
    return OK;
}
