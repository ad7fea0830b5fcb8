/* Prints a graph as text (text.h has the form).
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/text.h"

#include <math.h>

typedef struct Printer {
    const Graph *g;
    Out *out;
    Out *weights;     /* may be NULL: then only offsets are counted */
    size_t block;     /* bytes that lie in the block so far */
    int32_t *ordinal; /* by TensorId: 0 not printed, k: the k-th of its name */
} Printer;

static bool is_bare_char(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && ((c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || c == ';'));
}

bool text_is_bare(const char *name)
{
    static const char *const taken[] = {"graph",   "rounding", "description", "label",
                                        "meta",    "scaling",  "input",       "const",
                                        "state",   "output",   "plan",        "_"};
    for (size_t i = 0; i < COUNT(taken); i++) {
        if (strcmp(taken[i], name) == 0) {
            return false;
        }
    }
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (!is_bare_char(name[i], i == 0)) {
            return false;
        }
    }
    return name[0] != '\0';
}

static void put_quoted(Out *out, const char *text)
{
    out_text(out, "\"");
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            out_printf(out, "\\%c", c);
        } else if (c == '\n') {
            out_text(out, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            out_printf(out, "\\x%02x", c);
        } else {
            out_bytes(out, p, 1);
        }
    }
    out_text(out, "\"");
}

static void put_name(const Printer *p, TensorId id)
{
    if (id == 0) {
        out_text(p->out, "_");
        return;
    }
    const char *name = tensor(p->g, id)->name;
    if (text_is_bare(name)) {
        out_text(p->out, name);
    } else {
        put_quoted(p->out, name);
    }
    if (p->ordinal[id] != 1) {
        out_printf(p->out, "#%d", p->ordinal[id]);
    }
}

static size_t put_block(Printer *p, const void *data, size_t bytes)
{
    size_t at = p->block;
    if (p->weights != NULL) {
        out_bytes(p->weights, data, bytes);
    }
    p->block += bytes;
    return at;
}

static void put_float(Out *out, float v)
{
    if (isfinite(v)) {
        out_printf(out, "%.9g", (double)v);
        return;
    }
    uint32_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    out_printf(out, "0x%08x", bits);
}

static void put_value(Out *out, Type type, const uint8_t *p)
{
    int8_t s8; int16_t s16; uint16_t u16; int32_t s32; int64_t s64; float f32;
    switch (type) {
    case TYPE_S8: case TYPE_S4: case TYPE_S2: memcpy(&s8, p, sizeof s8); out_printf(out, "%d", s8); break;
    case TYPE_S16: memcpy(&s16, p, sizeof s16); out_printf(out, "%d", s16); break;
    case TYPE_S32: memcpy(&s32, p, sizeof s32); out_printf(out, "%d", s32); break;
    case TYPE_S64: memcpy(&s64, p, sizeof s64); out_printf(out, "%jd", (intmax_t)s64); break;
    case TYPE_F32: memcpy(&f32, p, sizeof f32); put_float(out, f32); break;
    case TYPE_F16: memcpy(&u16, p, sizeof u16); put_float(out, half_to_float(u16)); break;
    default: out_printf(out, "%u", *p); break;
    }
}

static void put_quant(Printer *p, const Quant *q)
{
    if (q->count == 0) {
        return;
    }
    if (q->count == 1) {
        out_printf(p->out, " q(%.9g, %d)", (double)q->scale[0], q->zero[0]);
        return;
    }
    if (q->count > TEXT_SCALES) {
        size_t at = put_block(p, q->scale, (size_t)q->count * sizeof(float));
        (void)put_block(p, q->zero, (size_t)q->count * sizeof(int32_t));
        out_printf(p->out, " q(axis %d, %d scales @weights+%zu)", q->axis, q->count, at);
        return;
    }
    out_printf(p->out, " q(axis %d, [", q->axis);
    for (int32_t i = 0; i < q->count; i++) {
        out_printf(p->out, i == 0 ? "%.9g" : ",%.9g", (double)q->scale[i]);
    }
    out_text(p->out, "], [");
    for (int32_t i = 0; i < q->count; i++) {
        out_printf(p->out, i == 0 ? "%d" : ",%d", q->zero[i]);
    }
    out_text(p->out, "])");
}

/* " s8[1,2] q(..)", the data if there is any, and the place. */
static void put_tensor(Printer *p, const Tensor *t)
{
    char text[96];
    out_printf(p->out, " %s%s", type_name(t->type), shape_text(&t->shape, text));
    put_quant(p, &t->q);
    if (t->data != NULL && shape_count(&t->shape) <= TEXT_VALUES) {
        out_text(p->out, " {");
        for (int64_t i = 0; i < shape_count(&t->shape); i++) {
            out_text(p->out, i == 0 ? "" : ", ");
            put_value(p->out, t->type, t->data + i * type_bytes(t->type));
        }
        out_text(p->out, "}");
    } else if (t->data != NULL) {
        out_printf(p->out, " @weights+%zu", put_block(p, t->data, (size_t)t->data_bytes));
    }
    if (t->offset >= 0) {
        out_printf(p->out, " at %jd", (intmax_t)t->offset);
    }
    if (t->alias_of != 0) {
        out_text(p->out, " in ");
        put_name(p, t->alias_of);
        out_printf(p->out, "+%jd", (intmax_t)t->alias_offset);
    }
}

static void put_attributes(const Printer *p, const Node *n)
{
    Arena scratch = {0};
    void *plain = arena_alloc(&scratch, 1, n->kind->attr_bytes);
    attr_defaults(n->kind, plain);
    for (int32_t i = 0; i < n->kind->attr_count; i++) {
        Out mine = {0};
        Out usual = {0};
        attr_print(&n->kind->attrs[i], n->attr, &mine);
        attr_print(&n->kind->attrs[i], plain, &usual);
        if (strcmp(mine.text, usual.text) != 0) {
            out_printf(p->out, " %s=%s", n->kind->attrs[i].name, mine.text);
        }
        out_free(&mine);
        out_free(&usual);
    }
    arena_free(&scratch);
}

static void put_node(Printer *p, const Node *n, int32_t place)
{
    for (int32_t i = 0; i < n->out_count; i++) {
        put_name(p, n->out[i]);
        out_text(p->out, i + 1 < n->out_count ? ", " : " = ");
    }
    out_printf(p->out, "%s(", n->kind->name);
    for (int32_t i = 0; i < n->in_count; i++) {
        out_text(p->out, i == 0 ? "" : ", ");
        put_name(p, n->in[i]);
    }
    out_text(p->out, ")");
    put_attributes(p, n);
    for (int32_t i = 0; i < n->out_count; i++) {
        out_text(p->out, i == 0 ? " :" : ",");
        put_tensor(p, tensor(p->g, n->out[i]));
    }
    if (strcmp(n->name, n->out_count > 0 ? tensor(p->g, n->out[0])->name : "") != 0) {
        out_text(p->out, " layer ");
        put_quoted(p->out, n->name);
    }
    if (n->index != place) {
        out_printf(p->out, " index %d", n->index);
    }
    out_text(p->out, "\n");
}

/* Gives ID its number among the tensors of the same name that are printed before it. */
static void give_ordinal(Printer *p, TensorId id, TensorId *order, int32_t *count)
{
    if (id == 0 || p->ordinal[id] != 0) {
        return;
    }
    int32_t same = 1;
    for (int32_t i = 0; i < *count; i++) {
        same += strcmp(tensor(p->g, order[i])->name, tensor(p->g, id)->name) == 0;
    }
    p->ordinal[id] = same;
    order[(*count)++] = id;
}

/* The order of printing: inputs, states, constants, outputs of operators. Tensors that nobody names are left out. */
static int32_t print_order(Printer *p, TensorId *order, const bool *is_named)
{
    const Graph *g = p->g;
    int32_t count = 0;
    for (int32_t i = 0; i < g->input_count; i++) {
        give_ordinal(p, g->input[i], order, &count);
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->is_state && is_named[id]) {
            give_ordinal(p, id, order, &count);
        }
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor_is_const(tensor(g, id)) && is_named[id]) {
            give_ordinal(p, id, order, &count);
        }
    }
    int32_t loose = count;
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].out_count && !g->node[i].is_dead; k++) {
            give_ordinal(p, g->node[i].out[k], order, &count);
        }
    }
    return loose;
}

static void find_named(const Graph *g, bool *is_named)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count && !g->node[i].is_dead; k++) {
            is_named[g->node[i].in[k]] = true;
        }
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        is_named[g->output[i]] = true;
    }
}

static void put_head(const Printer *p)
{
    const Graph *g = p->g;
    out_text(p->out, "graph ");
    if (text_is_bare(g->name)) {
        out_text(p->out, g->name);
    } else {
        put_quoted(p->out, g->name);
    }
    out_text(p->out, g->rounding == ROUNDING_SINGLE ? "\nrounding single\n" : "\n");
    if (g->description != NULL) {
        out_text(p->out, "description ");
        put_quoted(p->out, g->description);
        out_text(p->out, "\n");
    }
    for (int32_t i = 0; i < g->label_count; i++) {
        out_text(p->out, "label ");
        put_quoted(p->out, g->label[i]);
        out_text(p->out, "\n");
    }
}

static void put_floats(Out *out, const float *v, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        out_text(out, i == 0 ? " [" : ", ");
        put_float(out, v[i]);
    }
    out_text(out, "]");
}

/* scaling input 0 offset [..] gain [..] units "g" */
static void put_scaling(const Printer *p, bool is_input)
{
    const Scaling *list = is_input ? p->g->input_scaling : p->g->output_scaling;
    int32_t count = is_input ? p->g->input_count : p->g->output_count;
    for (int32_t i = 0; i < count && list != NULL; i++) {
        const Scaling *a = &list[i];
        if (a->count == 0 && a->units == NULL) {
            continue;
        }
        out_printf(p->out, "scaling %s %d", is_input ? "input" : "output", i);
        if (a->count > 0) {
            out_text(p->out, " offset");
            put_floats(p->out, a->offset, a->count);
            out_text(p->out, " gain");
            put_floats(p->out, a->gain, a->count);
        }
        if (a->units != NULL) {
            out_text(p->out, " units ");
            put_quoted(p->out, a->units);
        }
        out_text(p->out, "\n");
    }
}

static void put_meta(const Printer *p)
{
    for (int32_t i = 0; i < p->g->meta_count; i++) {
        out_text(p->out, "meta ");
        put_quoted(p->out, p->g->meta[i].key);
        out_text(p->out, " ");
        put_quoted(p->out, p->g->meta[i].text);
        out_text(p->out, "\n");
    }
    put_scaling(p, true);
    put_scaling(p, false);
}

static void put_outputs(const Printer *p)
{
    const Graph *g = p->g;
    for (int32_t i = 0; i < g->output_count; i++) {
        out_text(p->out, "output ");
        put_name(p, g->output[i]);
        out_text(p->out, "\n");
    }
    if (g->arena_bytes != 0 || g->state_bytes != 0) {
        out_line(p->out, "plan arena=%jd bound=%jd greedy=%jd state=%jd optimal=%s", (intmax_t)g->arena_bytes,
                 (intmax_t)g->lower_bound_bytes, (intmax_t)g->greedy_bytes, (intmax_t)g->state_bytes,
                 g->plan_is_optimal ? "true" : "false");
    }
}

void graph_print(const Graph *g, Out *out, Out *weights)
{
    Arena scratch = {0};
    Printer p = {.g = g, .out = out, .weights = weights, .block = weights == NULL ? 0 : weights->bytes};
    p.ordinal = NEW(&scratch, int32_t, g->tensor_count);
    TensorId *order = NEW(&scratch, TensorId, g->tensor_count);
    bool *is_named = NEW(&scratch, bool, g->tensor_count);
    find_named(g, is_named);
    int32_t loose = print_order(&p, order, is_named);
    put_head(&p);
    for (int32_t i = 0; i < loose; i++) {
        const Tensor *t = tensor(g, order[i]);
        out_text(out, i < g->input_count ? "input " : t->is_state ? "state " : "const ");
        put_name(&p, order[i]);
        put_tensor(&p, t);
        out_text(out, "\n");
    }
    int32_t place = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        if (!g->node[i].is_dead) {
            put_node(&p, &g->node[i], place++);
        }
    }
    put_outputs(&p);
    put_meta(&p);
    arena_free(&scratch);
}
