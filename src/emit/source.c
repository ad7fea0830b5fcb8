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

static void print_invoke(Emitter *e, Out *out)
{
    const char *type = e->g->input_count > 0 ? type_c(tensor(e->g, e->g->input[0])->type) : "";
    const CallUse *use = e->use;
    int32_t first = 0;
    Out push = {.indent = 4};
    if (is_fed(e->g)) {
        use = e->g->feed == FEED_STEPS ? emit_step(e, &push) : emit_pushed_rows(e, &push);
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
        emit_title(e, out, i);
        if (n->segment > 0) {
            use = is_segment_end(e->g, n) ? emit_segment(e, out, use, segment_first(e->g, i)) : use;
            continue;
        }
        for (const Call *c = n->calls; c != NULL; c = c->next) {
            emit_call(e, out, use, c, NULL);
            use++;
        }
        if (n->calls != NULL) {
            emit_trace(e, out, i);
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
