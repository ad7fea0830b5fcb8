/* NAME.c: the memory map, the parameters of the layers and the run function, one call per line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <math.h>

/* --- memory map --- */

/* What a row says; LAYERS: the first and the last that need the bytes. */
static void map_row(Out *out, const char *name, Type type, const char *shape, const Tensor *scaled, const char *place,
                    const char *layers)
{
    char scale[48] = "-", zero[48] = "-";
    if (scaled != NULL && scaled->q.count == 1) {
        (void)snprintf(scale, sizeof scale, "%.6g", (double)scaled->q.scale[0]);
        (void)snprintf(zero, sizeof zero, "%d", scaled->q.zero[0]);
    }
    out_line(out, " * %-20s %-8s %-4s %-16s %-12s %-5s %s", place, layers, type_name(type), shape, scale, zero, name);
}

static const char *range_text(char place[96], int64_t offset, int64_t bytes)
{
    if (offset < 0) {
        return "state";
    }
    (void)snprintf(place, 96, "arena %lld..%lld", (long long)offset, (long long)(offset + bytes - 1));
    return place;
}

static void map_tensor(Emitter *e, Out *out, TensorId id)
{
    const Tensor *t = tensor(e->g, id);
    char shape[96], place[96], layers[48];
    Life life = tensor_life(e->g, id);
    (void)snprintf(layers, sizeof layers, "%d..%d", life.first, life.last);
    map_row(out, t->cname, t->type, shape_text(&t->shape, shape), t,
            range_text(place, tensor_offset(e->g, id), tensor_arena_bytes(t)), t->is_state ? "all" : layers);
}

static void map_scratch(Emitter *e, Out *out, int32_t node, const Arg *a)
{
    char count[48], place[96], layers[48];
    (void)snprintf(count, sizeof count, "[%d]", a->count);
    (void)snprintf(layers, sizeof layers, "%d", node + 1);
    map_row(out, arena_printf(&e->arena, "scratch of %s", e->g->node[node].cname), a->type, count, NULL,
            range_text(place, a->offset, (int64_t)a->count * type_bytes(a->type)), layers);
}

static void print_map(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    out_text(out, "\n");
    out_line(out,
             "/* Memory map. Tensors whose layers do not meet share bytes; 0 is the caller's "
             "input, %d the output.",
             g->node_count + 1);
    out_line(out, " *");
    out_line(out, " * %-20s %-8s %-4s %-16s %-12s %-5s %s", "bytes", "layers", "type", "shape", "scale", "zero",
             "tensor");
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        if (t->is_state || (tensor_is_activation(t) && tensor_offset(g, id) >= 0)) {
            map_tensor(e, out, id);
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            for (int32_t j = 0; j < c->arg_count; j++) {
                if (c->arg[j].kind == ARG_SCRATCH) {
                    map_scratch(e, out, i, &c->arg[j]);
                }
            }
        }
    }
    out_line(out, " */");
}

/* --- params --- */

/* A pair X_multiplier, X_shift of a params struct: what it means as a real number, for the reader.
 */
static bool real_multiplier(const Kernel *k, const void *params, int32_t field, double *real)
{
    const KernelField *m = &k->fields[field];
    size_t length = strlen(m->name);
    if (length < 10 || strcmp(m->name + length - 10, "multiplier") != 0 || m->type != TYPE_S32 ||
        m->count != 1) {
        return false;
    }
    for (int32_t i = 0; i < k->field_count; i++) {
        const KernelField *s = &k->fields[i];
        if (strlen(s->name) == length - 5 && strncmp(s->name, m->name, length - 10) == 0 &&
            strcmp(s->name + length - 10, "shift") == 0 && s->type == TYPE_S32) {
            int32_t multiplier, shift;
            memcpy(&multiplier, (const uint8_t *)params + m->offset, sizeof multiplier);
            memcpy(&shift, (const uint8_t *)params + s->offset, sizeof shift);
            *real = ldexp((double)multiplier, shift - 31);
            return true;
        }
    }
    return false;
}

static const char *field_text(Emitter *e, const ParamSet *p, int32_t field)
{
    const KernelField *f = &p->kernel->fields[field];
    const uint8_t *data = (const uint8_t *)p->params + f->offset;
    char value[48];
    if (f->count == 1) {
        double real;
        const char *text = value_text(f->type, data, 0, value);
        if (real_multiplier(p->kernel, p->params, field, &real)) {
            return arena_printf(&e->arena, ".%s = %s /* %.6g */,", f->name, text, real);
        }
        return arena_printf(&e->arena, ".%s = %s,", f->name, text);
    }
    Out list = {0};
    for (int32_t i = 0; i < f->count; i++) {
        out_printf(&list, "%s%s", i == 0 ? "" : ", ", value_text(f->type, data, i, value));
    }
    const char *text = arena_printf(&e->arena, ".%s = { %s },", f->name, list.text);
    out_free(&list);
    return text;
}

static void print_params(Emitter *e, Out *out, const ParamSet *p)
{
    out_text(out, "\n");
    out_line(out, "static const %s %s = {", p->kernel->params_type, p->name);
    size_t column = 0;
    for (int32_t i = 0; i < p->kernel->field_count; i++) {
        const char *text = field_text(e, p, i);
        if (column > 0 && column + 1 + strlen(text) > LINE_COLUMNS) {
            out_text(out, "\n");
            column = 0;
        }
        out_printf(out, "%s%s", column == 0 ? "    " : " ", text);
        column += strlen(text) + (column == 0 ? 4 : 1);
    }
    out_text(out, "\n};\n");
}

static bool params_need_math(const Emitter *e)
{
    for (int32_t i = 0; i < e->params_count; i++) {
        const ParamSet *p = &e->params[i];
        for (int32_t j = 0; j < p->kernel->field_count; j++) {
            const KernelField *f = &p->kernel->fields[j];
            if (value_needs_math(f->type, (const uint8_t *)p->params + f->offset, f->count)) {
                return true;
            }
        }
    }
    return false;
}

/* --- calls --- */

static const char *const_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i)
{
    const Array *a = &e->array[use->array[i]];
    Type view = arg_view(use->kernel, i, a->type);
    const char *cast = view == a->type || (view == TYPE_U8 && a->type == TYPE_BOOL)
                           ? ""
                           : arena_printf(&e->arena, "(const %s *)", type_c(view));
    int64_t offset = 0;
    if (arg->kind == ARG_TENSOR) {
        (void)tensor_root(e->g, arg->tensor, &offset);
        offset += arg->offset;
    }
    return offset == 0 ? arena_printf(&e->arena, "%s%s", cast, a->name)
                       : arena_printf(&e->arena, "%s&%s[%lld]", cast, a->name,
                                      (long long)(offset / type_bytes(a->type)));
}

static const char *arg_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i)
{
    if (arg->kind == ARG_NONE) {
        return "NULL";
    }
    if (use->array[i] >= 0) {
        return const_text(e, use, arg, i);
    }
    Type view = arg_view(use->kernel, i,
                         arg->kind == ARG_SCRATCH ? arg->type : tensor(e->g, arg->tensor)->type);
    if (arg->kind == ARG_SCRATCH) {
        return arena_printf(&e->arena, "&m->arena.%s[%lld]", type_name(view),
                            (long long)(arg->offset / type_bytes(view)));
    }
    const Tensor *root = tensor(e->g, tensor_root(e->g, arg->tensor, NULL));
    char place[96];
    place_text(e, arg->tensor, arg->offset, view, place);
    bool mismatch = root->is_state && strcmp(type_c(root->type), type_c(view)) != 0;
    return mismatch ? arena_printf(&e->arena, "(%s *)&m->%s", type_c(view), place)
                    : arena_printf(&e->arena, "&m->%s", place);
}

/* How a call is printed that makes one row of an image. */
typedef struct RowText {
    TensorId slid;       /* a window whose last row alone is written; 0: none */
    const char *params;  /* "p" or "net_conv" */
    const char *address; /* the row, "row2", if the kernel knows none and gets its addresses instead; else NULL */
    int32_t indent;
} RowText;

/* "&m->arena.s8[16]" -> "&m->arena.s8[16 + (row2 * 64)]" */
static const char *add_index(Emitter *e, const char *text, const char *add)
{
    const char *end = strrchr(text, ']');
    return end == NULL ? text : arena_printf(&e->arena, "%.*s + (%s)%s", (int)(end - text), text, add, end);
}

/* Elements from the start of an image's storage to its row ROW; NULL: none. */
static const char *row_offset(Emitter *e, const Tensor *t, const char *row)
{
    if (t->ring == 1) {
        return NULL;
    }
    long long elements = (long long)(shape_count(&t->shape) / t->shape.dim[1]);
    return t->ring > 0 ? arena_printf(&e->arena, "(%s %% %d) * %lld", row, t->ring, elements)
                       : arena_printf(&e->arena, "%s * %lld", row, elements);
}

static const char *row_arg_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i, const RowText *row)
{
    const char *text = arg_text(e, use, arg, i);
    if (row != NULL && arg->kind == ARG_TENSOR && row->slid == arg->tensor) {
        const Tensor *t = tensor(e->g, arg->tensor);
        int32_t before = t->shape.dim[1] - 1;
        long long elements = (long long)(shape_count(&t->shape) / t->shape.dim[1]);
        return before == 0 ? text : add_index(e, text, arena_printf(&e->arena, "%d * %lld", before, elements));
    }
    if (row == NULL || row->address == NULL || arg->kind != ARG_TENSOR || use->array[i] >= 0) {
        return text;
    }
    const char *add = row_offset(e, tensor(e->g, arg->tensor), row->address);
    return add == NULL ? text : add_index(e, text, add);
}

static void print_call(Emitter *e, Out *out, const CallUse *use, const Call *c, const RowText *row)
{
    int32_t indent = row == NULL ? 4 : row->indent;
    out_printf(out, "%*s%s(", indent, "", use->kernel->name);
    size_t column = (size_t)indent + 1 + strlen(use->kernel->name);
    for (int32_t i = -1; i < c->arg_count; i++) {
        if (i < 0 && use->params < 0) {
            continue;
        }
        const char *params = row != NULL ? row->params : use->params >= 0 ? e->params[use->params].name : "";
        const char *text = i < 0 ? arena_printf(&e->arena, "&%s", params)
                                 : row_arg_text(e, use, &c->arg[i], i, row);
        bool is_first = i < 0 || (i == 0 && use->params < 0);
        if (!is_first && column + strlen(text) + 3 > LINE_COLUMNS) {
            out_printf(out, ",\n%*s", indent + 4, "");
            column = (size_t)indent + 4;
        } else if (!is_first) {
            out_text(out, ", ");
            column += 2;
        }
        out_text(out, text);
        column += strlen(text);
    }
    out_text(out, ");\n");
}

/* "25x5x64, 25x5x64 -> 25x5x64" */
static const char *shapes_text(Emitter *e, const Node *n)
{
    Out text = {0};
    const char *separator = "";
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < (pass == 0 ? n->in_count : n->out_count); i++) {
            TensorId id = pass == 0 ? n->in[i] : n->out[i];
            char shape[96];
            if (id != 0 && !tensor_is_const(tensor(e->g, id))) {
                out_printf(&text, "%s%s", separator, shape_short(&tensor(e->g, id)->shape, shape));
                separator = ", ";
            }
        }
        separator = " -> ";
    }
    const char *kept = arena_strdup(&e->arena, text.text == NULL ? "" : text.text);
    out_free(&text);
    return kept;
}

static void print_trace(Emitter *e, Out *out, int32_t node)
{
    const Node *n = &e->g->node[node];
    for (int32_t i = 0; i < n->out_count; i++) {
        const Tensor *t = tensor(e->g, n->out[i]);
        char place[96];
        if (!tensor_is_const(tensor(e->g, tensor_root(e->g, n->out[i], NULL)))) {
            out_line(out, "%s_TRACE(%d, &m->%s, %lld);", e->upper, node + 1,
                     place_text(e, n->out[i], 0, t->type, place), (long long)tensor_bytes(t));
        }
    }
}

/* --- layers that run together --- */

/* The rows that a layer of the walk has made: a local variable, or a member of the struct where the input comes row
 * by row and the count must live until the next one. */
static const char *row_text(Emitter *e, const RowWalk *w, int32_t i)
{
    return w->node[0] < 0 ? arena_printf(&e->arena, "m->row[%d]", i) : arena_printf(&e->arena, "row%d", w->node[i] + 1);
}

/* "rows of conv1, 3 of 24 in memory" */
static const char *kept_text(Emitter *e, const RowWalk *w, int32_t i)
{
    const Tensor *t = tensor(e->g, row_walk_output(e->g, w, i));
    if (w->layer[i].gathers) {
        return arena_printf(&e->arena, "rows that %s has taken in", t->cname);
    }
    return t->ring > 0 ? arena_printf(&e->arena, "rows of %s, %d of %d in memory", t->cname, t->ring, t->shape.dim[1])
                       : arena_printf(&e->arena, "rows of %s", t->cname);
}

static void print_row(Emitter *e, Out *out, const CallUse *use, const RowWalk *w, int32_t i)
{
    const Node *n = &e->g->node[w->node[i]];
    const char *name = e->params[use->params].name;
    const char *row = row_text(e, w, i);
    RowText text = {.params = name, .indent = out->indent + 8};
    if (w->layer[i].by_address) {
        text.address = row;
    } else {
        text.params = "p";
        out_line(out, "        %s p = %s;", use->kernel->params_type, name);
        out_line(out, "        p.%s = %s;", row_member(n->calls), row);
    }
    int32_t indent = out->indent;
    out->indent = 0;
    print_call(e, out, use, n->calls, &text);
    out->indent = indent;
    out_line(out, "        %s++;", row);
}

/* "(row4 * 2) + 2": the rows that layer I of the walk needs for its next one. */
static const char *needed_text(Emitter *e, const RowWalk *w, int32_t i)
{
    const RowLayer *l = &w->layer[i];
    int32_t more = l->reach - l->pad;
    const char *row = row_text(e, w, i);
    const char *text = l->stride == 1 ? row : arena_printf(&e->arena, "(%s * %d)", row, l->stride);
    return more == 0 ? text : arena_printf(&e->arena, "%s %s %d", text, more < 0 ? "-" : "+", more < 0 ? -more : more);
}

/* "((row3 == 24) || (row3 >= (row4 * 2 + 2)))" for each image that it reads: layer I's next row can be made. */
static const char *ready_text(Emitter *e, const RowWalk *w, int32_t i, bool may_end)
{
    const RowLayer *l = &w->layer[i];
    const char *all = may_end ? arena_printf(&e->arena, "(%s < %d)", row_text(e, w, i), l->out_rows) : "";
    int32_t reader = w->reader[i];
    if (reader >= 0) {
        all = arena_printf(&e->arena, "%s%s(%s < (%s))", all, all[0] == '\0' ? "" : " && ", row_text(e, w, i),
                           needed_text(e, w, reader));
    }
    for (int32_t k = 0; k < SEGMENT_INPUTS && w->source[i][k] >= 0; k++) {
        const char *made = row_text(e, w, w->source[i][k]);
        const char *one = arena_printf(&e->arena, "(%s == %d) || (%s >= (%s))", made, l->in_rows, made,
                                       needed_text(e, w, i));
        bool is_alone = all[0] == '\0' && (k + 1 == SEGMENT_INPUTS || w->source[i][k + 1] < 0);
        all = is_alone ? one : arena_printf(&e->arena, "%s%s(%s)", all, all[0] == '\0' ? "" : " && ", one);
    }
    return all;
}

/* The loop body's branches, last layer first; returns the uses behind theirs. */
static const CallUse *print_rows(Emitter *e, Out *out, const CallUse *use, const RowWalk *w)
{
    bool is_pushed = w->node[0] < 0;
    int32_t least = is_pushed ? 1 : 0;
    for (int32_t i = w->count - 1; i >= least; i--) {
        const char *begin = i == w->count - 1 ? "" : "} else ";
        if (i == 0) {
            out_line(out, "    } else {");
        } else {
            /* others are asked for no row beyond their last */
            out_line(out, "    %sif (%s) {", begin, ready_text(e, w, i, is_pushed || i < w->count - 1));
        }
        print_row(e, out, use + (i - least), w, i);
    }
    return use + (w->count - least);
}

/* Layers FIRST .. as one loop; returns the uses behind theirs. */
static const CallUse *print_segment(Emitter *e, Out *out, const CallUse *use, int32_t first)
{
    RowWalk w = row_walk(e->g, first);
    int32_t last = w.node[w.count - 1];
    out_line(out, "/* Layers %d to %d together: the last one whose input rows are there makes its next row. */",
             first + 1, last + 1);
    out_line(out, "{");
    for (int32_t i = 0; i < w.count; i++) {
        out_line(out, "    int32_t %s = 0; /* %s */", row_text(e, &w, i), kept_text(e, &w, i));
    }
    out_line(out, "    while (%s < %d) {", row_text(e, &w, w.count - 1), w.layer[w.count - 1].out_rows);
    out->indent += 4;
    use = print_rows(e, out, use, &w);
    out_line(out, "    }");
    out->indent -= 4;
    out_line(out, "    }");
    out_line(out, "}");
    print_trace(e, out, last);
    return use;
}

static void print_title(Emitter *e, Out *out, int32_t i)
{
    const Node *n = &e->g->node[i];
    out_line(out, "/* %d. %s \"%s\": %s%s */", i + 1, n->kind->name,
                 text_comment_short(&e->arena, n->name, 48), shapes_text(e, n),
                 n->calls == NULL ? " (nothing to do)" : "");
}

/* The layers of a sliding window, in turn, each one row; returns the uses behind theirs. */
static const CallUse *print_step(Emitter *e, Out *out)
{
    RowWalk w = row_walk(e->g, 0);
    StepPlan p = step_plan(&w);
    const Tensor *x = tensor(e->g, e->g->input[0]);
    const CallUse *use = e->use;
    char place[96], macro[96];
    port_text(e, true, true, 0, macro);
    place_text(e, e->g->input[0], 0, x->type, place);
    const char *slot = row_offset(e, x, "m->step");
    out_line(out, "int is_full = (m->step >= %d) ? 1 : 0;", p.window - 1);
    out_line(out, "/* %s */", kept_text(e, &w, 0));
    out_line(out, "(void)memcpy(&m->%s, step, %s_STEP_BYTES);", slot == NULL ? place : add_index(e, place, slot),
             macro);
    for (int32_t i = 1; i < w.count; i++, use++) {
        const Node *n = &e->g->node[w.node[i]];
        const Tensor *y = tensor(e->g, n->out[0]);
        const char *row = p.delay[i] == 0 ? "m->step" : arena_printf(&e->arena, "(m->step - %d)", p.delay[i]);
        const char *name = e->params[use->params].name;
        RowText text = {.params = name, .indent = 8, .slid = i + 1 == w.count ? n->out[0] : 0};
        print_title(e, out, w.node[i]);
        out_line(out, "if (m->step >= %d) { /* %s */", p.delay[i], kept_text(e, &w, i));
        if (text.slid != 0 && y->shape.dim[1] > 1) {
            long long row_bytes = (long long)(tensor_bytes(y) / y->shape.dim[1]);
            const char *start = place_text(e, n->out[0], 0, y->type, place);
            out_line(out, "    (void)memmove(&m->%s, &m->%s, %lld);", start,
                     add_index(e, start, arena_printf(&e->arena, "%lld", row_bytes / type_bytes(y->type))),
                     row_bytes * (y->shape.dim[1] - 1));
        }
        if (w.layer[i].by_address) {
            text.address = row;
        } else {
            text.params = "p";
            out_line(out, "    %s p = %s;", use->kernel->params_type, name);
            out_line(out, "    p.%s = %s;", row_member(n->calls), row);
        }
        print_call(e, out, use, n->calls, &text);
        out_line(out, "}");
    }
    out_line(out, "m->step++;");
    out_line(out, "if (m->step == %d) {", p.window + p.cycle);
    out_line(out, "    m->step = %d; /* the same place in all rings */", p.window);
    out_line(out, "}");
    out_line(out, "if (is_full != 0) {");
    out->indent += 4;
    print_trace(e, out, w.node[w.count - 1]);
    out->indent -= 4;
    out_line(out, "    %s_rest(m);", e->name);
    out_line(out, "}");
    out_line(out, "return is_full;");
    return use;
}

/* The first layers, as far as the rows that were brought let them go; returns the uses behind theirs. */
static const CallUse *print_push(Emitter *e, Out *out)
{
    RowWalk w = row_walk(e->g, 0);
    const Tensor *x = tensor(e->g, e->g->input[0]);
    char place[96], macro[96];
    port_text(e, true, true, 0, macro);
    place_text(e, e->g->input[0], 0, x->type, place);
    const char *slot = row_offset(e, x, row_text(e, &w, 0));
    out_line(out, "int is_last;");
    out_line(out, "int goes_on = 1;");
    for (int32_t i = 0; i < w.count; i++) {
        if (i > 0) {
            print_title(e, out, w.node[i]);
        }
        out_line(out, "/*    %s: %s */", row_text(e, &w, i), kept_text(e, &w, i));
    }
    out_line(out, "(void)memcpy(&m->%s, row, %s_ROW_BYTES);", slot == NULL ? place : add_index(e, place, slot), macro);
    out_line(out, "m->row[0]++;");
    out_line(out, "/* The last one of these layers whose input rows are there makes its next row, until none can. */");
    out_line(out, "while (goes_on != 0) {");
    const CallUse *use = print_rows(e, out, e->use, &w);
    out_line(out, "    } else {");
    out_line(out, "        goes_on = 0;");
    out_line(out, "    }");
    out_line(out, "}");
    out_line(out, "is_last = (m->row[0] == %s_ROWS) ? 1 : 0;", macro);
    out_line(out, "if (is_last != 0) {");
    out_line(out, "    for (int32_t i = 0; i < %d; i++) {", w.count);
    out_line(out, "        m->row[i] = 0;");
    out_line(out, "    }");
    out->indent += 4;
    print_trace(e, out, w.node[w.count - 1]);
    out->indent -= 4;
    out_line(out, "    %s_rest(m);", e->name);
    out_line(out, "}");
    out_line(out, "return is_last;");
    return use;
}

static void print_invoke(Emitter *e, Out *out)
{
    const char *type = e->g->input_count > 0 ? type_c(tensor(e->g, e->g->input[0])->type) : "";
    const CallUse *use = e->use;
    int32_t first = 0;
    Out push = {.indent = 4};
    if (is_fed(e->g)) {
        use = e->g->feed == FEED_STEPS ? print_step(e, &push) : print_push(e, &push);
        first = row_walk(e->g, 0).count - 1;
    }
    out_text(out, "\n");
    if (is_fed(e->g)) {
        out_line(out, "/* The layers behind those that run row by row. */");
        out_line(out, "static %s_CODE_ATTR void %s_rest(%s *m)", e->upper, e->name, e->name);
    } else {
        out_line(out, "%s_CODE_ATTR void %s_invoke(%s *m)", e->upper, e->name, e->name);
    }
    out_line(out, "{");
    out->indent = 4;
    for (int32_t i = first; i < e->g->node_count; i++) {
        const Node *n = &e->g->node[i];
        print_title(e, out, i);
        if (n->segment > 0) {
            use = is_segment_end(e->g, n) ? print_segment(e, out, use, segment_first(e->g, i)) : use;
            continue;
        }
        for (const Call *c = n->calls; c != NULL; c = c->next) {
            print_call(e, out, use, c, NULL);
            use++;
        }
        if (n->calls != NULL) {
            print_trace(e, out, i);
        }
    }
    if (use == e->use + (is_fed(e->g) ? first : 0)) {
        out_line(out, "(void)m;");
    }
    out->indent = 0;
    out_line(out, "}");
    if (is_fed(e->g)) {
        out_text(out, "\n");
        const char *word = feed_word(e->g, false);
        out_line(out, "%s_CODE_ATTR int %s_push_%s(%s *m, const %s *%s)", e->upper, e->name, word, e->name, type, word);
        out_line(out, "{");
        out_text(out, push.text);
        out_line(out, "}");
    }
    out_free(&push);
}

/* --- state --- */

static void print_reset(Emitter *e, Out *out)
{
    if (!emitter_has_state(e->g)) {
        return;
    }
    out_text(out, "\n");
    out_line(out, "void %s_reset(%s *m)", e->name, e->name);
    out_line(out, "{");
    out->indent = 4;
    if (is_fed(e->g) && e->g->feed == FEED_STEPS) {
        out_line(out, "m->step = 0;");
    } else if (is_fed(e->g)) {
        out_line(out, "for (int32_t i = 0; i < %d; i++) {", row_walk(e->g, 0).count);
        out_line(out, "    m->row[i] = 0;");
        out_line(out, "}");
    }
    for (TensorId id = 1; id < e->g->tensor_count; id++) {
        const Tensor *t = tensor(e->g, id);
        if (!t->is_state) {
            continue;
        }
        long long count = (long long)shape_count(&t->shape);
        out_line(out, "for (int32_t i = 0; i < %lld; i++) {", count);
        if (e->state_init[id] < 0 && t->type == TYPE_F32) {
            out_line(out, "    m->%s[i] = 0.0f;", e->state_name[id]);
        } else if (e->state_init[id] < 0) {
            out_line(out, "    m->%s[i] = %d;", e->state_name[id], state_start(t));
        } else {
            out_line(out, "    m->%s[i] = %s_rom_%s(&%s[i]);", e->state_name[id], "shrinc",
                     type_name(t->type), e->array[e->state_init[id]].name);
        }
        out_line(out, "}");
    }
    if (graph_gives_events(e->g)) {
        out_line(out, "m->filled = 0;");
    }
    out->indent = 0;
    out_line(out, "}");
}

/* --- the file --- */

static void print_checks(Emitter *e, Out *out)
{
    if (e->o->ram_budget > 0) {
        out_text(out, "\n");
        out_line(out, "/* Does not compile if the budget of %lld bytes of RAM is exceeded. */",
                 (long long)e->o->ram_budget);
        out_line(out, "typedef char %s_fits_ram[(sizeof(%s) <= %lldu) ? 1 : -1];", e->name, e->name,
                 (long long)e->o->ram_budget);
    }
    if (e->o->flash_budget > 0) {
        out_text(out, "\n");
        out_line(
            out,
            "/* Does not compile if the weights alone exceed the budget of %lld bytes of flash. */",
            (long long)e->o->flash_budget);
        out_line(out, "typedef char %s_fits_flash[(%s_WEIGHTS_BYTES <= %lld) ? 1 : -1];", e->name,
                 e->upper, (long long)e->o->flash_budget);
    }
}

void emit_source(Emitter *e, Out *out)
{
    file_head(e, out, ".c", "the layers, in the order they run");
    out_line(out, " */");
    out_line(out, "#include \"%s.h\"", e->name);
    out_text(out, "\n");
    out_line(out, "#include \"%s_kernels.h\"", e->name);
    out_line(out, "#include \"%s_weights.h\"", e->name);
    if (params_need_math(e)) {
        out_line(out, "#include <math.h>");
    }
    out_text(out, "\n");
    out_line(out, "/* Called after each layer with its output, if you define it as the name of "
                  "such a function. */");
    out_line(out, "#if defined(%s_TRACE)", e->upper);
    out_line(out, "void %s_TRACE(int layer, const void *data, uint32_t bytes);", e->upper);
    out_line(out, "#else");
    out_line(out, "#define %s_TRACE(layer, data, bytes) ((void)0)", e->upper);
    out_line(out, "#endif");
    print_checks(e, out);
    print_map(e, out);
    for (int32_t i = 0; i < e->params_count; i++) {
        print_params(e, out, &e->params[i]);
    }
    print_reset(e, out);
    print_invoke(e, out);
}
