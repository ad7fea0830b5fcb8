/* Quantisation-aware training (Jacob et al., arXiv 1712.05877): puts a rounding of floats where integers will
 * be rounded, and reads the ranges back when training has moved them. The places are those of quantize_graph: outputs
 * with a scale of their own or a fixed one, weights per channel; tensors that must share a scale share a range.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant_slots.h"

typedef struct Pair {
    TensorId min, max; /* constants of one element, 0: none yet */
} Pair;

typedef struct Insert {
    Graph *g;
    const Kind *kind;
    int32_t bits;
    Slots slots;
    Pair *pair; /* by root slot */
} Insert;

static void set_float(Node *n, const char *name, float value)
{
    memcpy((char *)n->attr + attr_find(n->kind, name)->offset, &value, sizeof value);
}

static void set_flag(Node *n, const char *name)
{
    const bool yes = true;
    memcpy((char *)n->attr + attr_find(n->kind, name)->offset, &yes, sizeof yes);
}

static TensorId add_end(Graph *g, TensorId of, const char *what, double value)
{
    float x = (float)value;
    const char *name = arena_printf(&g->arena, "%s_%s", tensor(g, of)->name, what);
    const int32_t one = 1;
    return graph_add_const(g, name, TYPE_F32, shape_of(1, &one), &x);
}

/* A node that rounds X, at place AT; all nodes behind it read its output instead. */
static Node *add_rounding(Insert *s, TensorId x, int32_t at, int32_t in_count)
{
    Graph *g = s->g;
    const char *name = arena_printf(&g->arena, "%s_rounded", tensor(g, x)->name);
    TensorId y = graph_add_tensor(g, name, TYPE_F32, tensor(g, x)->shape);
    Node *n = graph_add_node(g, s->kind, name, in_count, 1);
    n->in[0] = x;
    n->out[0] = y;
    (void)attr_set_int(n, "num_bits", s->bits);
    Node last = *n;
    memmove(g->node + at + 1, g->node + at, sizeof(Node) * (size_t)(g->node_count - 1 - at));
    g->node[at] = last;
    for (int32_t i = at + 1; i < g->node_count; i++) {
        for (int32_t j = 0; j < g->node[i].in_count; j++) {
            g->node[i].in[j] = g->node[i].in[j] == x ? y : g->node[i].in[j];
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        g->output[i] = g->output[i] == x ? y : g->output[i];
    }
    return &g->node[at];
}

/* Rounds activation X at place AT by the range of its set of slots. */
static void round_activation(Insert *s, TensorId x, int32_t at)
{
    Type type = s->bits == 8 ? TYPE_S8 : TYPE_S16;
    int32_t root = slots_root(&s->slots, slots_of(x, type));
    const Slot *slot = &s->slots.slot[root];
    if (slot->is_fixed) {
        int32_t low = type == TYPE_S8 ? -128 : -32768;
        int32_t high = type == TYPE_S8 ? 127 : 32767;
        float scale = slot->scale;
        int32_t zero = slot->zero;
        Node *n = add_rounding(s, x, at, 1);
        set_float(n, "min", (float)(low - zero) * scale);
        set_float(n, "max", (float)(high - zero) * scale);
        return;
    }
    Pair *pair = &s->pair[root];
    if (pair->min == 0) {
        pair->min = add_end(s->g, x, "min", slot->range.low < 0 ? slot->range.low : 0.0);
        pair->max = add_end(s->g, x, "max", slot->range.high > 0 ? slot->range.high : 0.0);
    }
    Node *n = add_rounding(s, x, at, 3);
    n->in[1] = pair->min;
    n->in[2] = pair->max;
    if (type == TYPE_S16) {
        set_flag(n, "symmetric");
    }
}

/* Weights of node INDEX are rounded to so many bits in front of it; their range is their own. */
static bool round_weights(Insert *s, int32_t index, int32_t weight_bits)
{
    const QuantSpec *spec = &op_of(&s->g->node[index])->quant;
    TensorId w = s->g->node[index].in[spec->weights];
    if (!tensor_is_const(tensor(s->g, w))) {
        return false; /* another layer's too: rounded already */
    }
    int32_t bits = s->bits;
    s->bits = weight_bits;
    Node *n = add_rounding(s, w, index, 1);
    s->bits = bits;
    set_flag(n, "symmetric");
    set_flag(n, "narrow_range");
    (void)attr_set_int(n, "axis", spec->out_axis);
    return true;
}

/* A node writes numbers of its own, or moves ones that are on a grid already. */
static bool rounds(const Node *n)
{
    const Op *op = op_of(n);
    return op_quant_rule(op) != QUANT_SAME || (op->traits & (TRAIT_MOVES_DATA | TRAIT_VIEW)) == 0;
}

void insert_fake_quant(Graph *g, const Range *range, Type type, const Type *weights)
{
    Arena scratch = {0};
    QuantPlan plan = {.node_type = NEW(&scratch, Type, g->node_count),
                      .range = NEW(&scratch, Range, g->tensor_count)};
    memcpy(plan.range, range, sizeof(Range) * (size_t)g->tensor_count);
    for (int32_t i = 0; i < g->node_count; i++) {
        plan.node_type[i] = type;
    }
    keep_floats(g, &plan);
    Insert s = {.g = g, .kind = op_find_kind("fake_quant"), .bits = type_bits(type)};
    s.slots = slots_make(&scratch, g, &plan);
    s.pair = NEW(&scratch, Pair, s.slots.count);
    int32_t known = g->tensor_count; /* tensors from here on are made below */
    int32_t nodes = g->node_count;
    for (int32_t i = 0, k = 0; k < nodes; i++, k++) {
        bool integer = plan.node_type[k] != TYPE_F32;
        if (integer && op_of(&g->node[i])->quant.rule == QUANT_MAC) {
            i += round_weights(&s, i, type_bits(weights[k]));
        }
        for (int32_t j = 0; j < g->node[i].out_count && integer && rounds(&g->node[i]); j++) {
            TensorId y = g->node[i].out[j];
            if (y < known && tensor(g, y)->type == TYPE_F32) {
                round_activation(&s, y, i + 1);
                i++;
                break; /* N moved with the list; operators that round have one output */
            }
        }
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        if (tensor(g, g->input[i])->type == TYPE_F32) {
            round_activation(&s, g->input[i], 0);
        }
    }
    arena_free(&scratch);
}

/* --- and back --- */

static float constant_float(const Graph *g, TensorId id)
{
    float x = 0;
    memcpy(&x, tensor(g, id)->data, sizeof x);
    return x;
}

static float get_float(const Node *n, const char *name)
{
    float x = 0;
    memcpy(&x, (const char *)n->attr + attr_find(n->kind, name)->offset, sizeof x);
    return x;
}

int32_t fake_quant_ranges(const Graph *g, Range *range, bool *known)
{
    int32_t found = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if (attr_find(n->kind, "num_bits") == NULL || tensor_is_const(tensor(g, n->in[0]))) {
            continue; /* weights keep the range that they have */
        }
        bool has_inputs = n->in_count == 3;
        double low = has_inputs ? constant_float(g, n->in[1]) : get_float(n, "min");
        double high = has_inputs ? constant_float(g, n->in[2]) : get_float(n, "max");
        range[n->in[0]] = (Range){low, high};
        known[n->in[0]] = high > low;
        found += high > low;
    }
    return found;
}
