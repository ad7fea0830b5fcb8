/* Emission: collects what the C files refer to (constant arrays, params, names), then has each file written.
 * Equal arrays and equal params are stored once. Nothing here depends on date, path, host or locale.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* --- questions about the graph --- */

bool emitter_has_state(const Graph *g)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->is_state) {
            return true;
        }
    }
    return is_fed(g);
}

const char *feed_word(const Graph *g, bool is_macro)
{
    return g->feed == FEED_STEPS ? (is_macro ? "STEP" : "step") : (is_macro ? "ROW" : "row");
}

int64_t tensor_offset(const Graph *g, TensorId id)
{
    int64_t offset = 0;
    const Tensor *root = tensor(g, tensor_root(g, id, &offset));
    return root->offset < 0 ? -1 : root->offset + offset;
}

Life tensor_life(const Graph *g, TensorId id)
{
    Life life = {graph_is_input(g, id) ? 0 : INT32_MAX, 0};
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        for (int32_t j = 0; j < n->out_count; j++) {
            if (n->out[j] == id) {
                life.first = i + 1 < life.first ? i + 1 : life.first;
                life.last = i + 1 > life.last ? i + 1 : life.last;
            }
        }
        for (int32_t j = 0; j < n->in_count; j++) {
            life.last = n->in[j] == id && i + 1 > life.last ? i + 1 : life.last;
        }
    }
    /* layers that run together need all of theirs at once */
    while (life.first > 1 && life.first <= g->node_count && g->node[life.first - 1].segment > 0 &&
           g->node[life.first - 2].segment == g->node[life.first - 1].segment) {
        life.first--;
    }
    while (life.last > 0 && life.last < g->node_count && g->node[life.last - 1].segment > 0 &&
           g->node[life.last].segment == g->node[life.last - 1].segment) {
        life.last++;
    }
    if (graph_is_output(g, id)) {
        life.last = g->node_count + 1;
    }
    return life;
}

int64_t node_macs(const Graph *g, const Node *n)
{
    const Op *op = op_of(n);
    return op->macs == NULL ? 0 : op->macs(g, n);
}

static int32_t call_count(const Node *n)
{
    int32_t count = 0;
    for (const Call *c = n->calls; c != NULL; c = c->next) {
        count++;
    }
    return count;
}

int64_t node_weights_bytes(const Emitter *e, int32_t node)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < e->array_count; i++) {
        bytes += e->array[i].node == node ? e->array[i].count * type_bytes(e->array[i].type) : 0;
    }
    return bytes;
}

/* --- text for people and for C --- */

const char *shape_short(const Shape *s, char text[96])
{
    int32_t start = s->rank > 1 && s->dim[0] == 1 ? 1 : 0;
    size_t used = 0;
    text[0] = '\0';
    for (int32_t i = start; i < s->rank; i++) {
        int n = snprintf(text + used, 96 - used, i == start ? "%d" : "x%d", s->dim[i]);
        used += (size_t)(n > 0 ? n : 0);
    }
    return used == 0 ? strcpy(text, "1") : text;
}

const char *port_text(const Emitter *e, bool is_input, bool is_macro, int32_t i, char text[96])
{
    int32_t count = is_input ? e->g->input_count : e->g->output_count;
    const char *what = is_macro ? (is_input ? "INPUT" : "OUTPUT") : (is_input ? "input" : "output");
    if (count == 1) {
        (void)snprintf(text, 96, "%s_%s", is_macro ? e->upper : e->name, what);
    } else {
        (void)snprintf(text, 96, "%s_%s_%d", is_macro ? e->upper : e->name, what, i);
    }
    return text;
}

const char *port_variable(const Emitter *e, bool is_input, int32_t i, char text[96])
{
    int32_t count = is_input ? e->g->input_count : e->g->output_count;
    (void)snprintf(text, 96, count == 1 ? "%s" : "%s%d", is_input ? "x" : "y", i);
    return text;
}

/* One union member serves bytes without sign. */
static Type union_member(Type t)
{
    return t == TYPE_BOOL ? TYPE_U8 : t;
}

Type arg_view(const Kernel *k, int32_t i, Type own)
{
    const char *text = k->arg_types[i];
    if (strncmp(text, "const ", 6) == 0) {
        text += 6;
    }
    for (int32_t t = 1; t < TYPE_COUNT; t++) {
        size_t length = strlen(type_c((Type)t));
        if (strncmp(text, type_c((Type)t), length) == 0 && text[length] == ' ') {
            return (Type)t;
        }
    }
    return union_member(own);
}

const char *place_text(const Emitter *e, TensorId id, int64_t offset_bytes, Type view, char text[96])
{
    int64_t offset = 0;
    TensorId root_id = tensor_root(e->g, id, &offset);
    const Tensor *root = tensor(e->g, root_id);
    offset += offset_bytes;
    if (root->is_state) {
        (void)snprintf(text, 96, "%s[%lld]", e->state_name[root_id], (long long)(offset / type_bytes(root->type)));
    } else {
        assert(root->offset >= 0);
        offset += root->offset;
        assert(offset % type_bytes(view) == 0);
        (void)snprintf(text, 96, "arena.%s[%lld]", type_name(union_member(view)),
                       (long long)(offset / type_bytes(view)));
    }
    return text;
}

void file_head(Emitter *e, Out *out, const char *suffix, const char *what)
{
    out_line(out, "/* %s%s -- %s", e->name, suffix, what);
    out_line(out, " * Generated by shrinc " SHRINC_VERSION " from %s: edit the model, not this file.",
             text_comment(&e->arena, e->o->source_name));
    out_line(out, " * Yours to use, change and ship without conditions.");
    out_line(out, " * SPDX-License-Identifier: 0BSD");
}

/* --- collecting --- */

static int32_t add_array(Emitter *e, Array a, const char *cname, const char *suffix)
{
    size_t bytes = (size_t)(a.count * type_bytes(a.type));
    for (int32_t i = 0; i < e->array_count; i++) {
        Array *old = &e->array[i];
        if (old->type == a.type && old->count == a.count && memcmp(old->data, a.data, bytes) == 0) {
            old->is_rom = old->is_rom && a.is_rom;
            return i;
        }
    }
    a.name = name_unique(e, cname, suffix);
    a.node = e->node;
    e->array[e->array_count] = a;
    e->weights_bytes += (int64_t)bytes;
    return e->array_count++;
}

/* Elements of a row when a constant is printed: one slice of its first dimension. */
static int32_t row_of(const Tensor *t)
{
    int64_t count = shape_count(&t->shape);
    return t->shape.rank < 2 || t->shape.dim[0] == 0 ? 0 : (int32_t)(count / t->shape.dim[0]);
}

static int32_t add_tensor_array(Emitter *e, TensorId id, bool is_rom, const char *suffix)
{
    const Tensor *t = tensor(e->g, tensor_root(e->g, id, NULL));
    char shape[96];
    Array a = {
        .comment = arena_printf(&e->arena, "%s, \"%s\"", shape_text(&t->shape, shape), t->name),
        .type = t->type,
        .data = t->data,
        .count = shape_count(&t->shape),
        .per_row = row_of(t),
        .is_rom = is_rom,
    };
    return add_array(e, a, t->cname, suffix);
}

static int32_t add_params(Emitter *e, const Kernel *k, const void *params, const char *cname)
{
    if (k->params_type == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < e->params_count; i++) {
        const ParamSet *old = &e->params[i];
        if (strcmp(old->kernel->params_type, k->params_type) == 0 &&
            memcmp(old->params, params, k->params_bytes) == 0) {
            return i;
        }
    }
    e->params[e->params_count] = (ParamSet){name_unique(e, cname, "params"), k, params};
    return e->params_count++;
}

/* What the numbers of a multiplier array mean, if its shifts are the next argument. */
static const char *real_range(Emitter *e, const Call *c, int32_t i)
{
    const Arg *m = &c->arg[i], *s = &c->arg[i + 1];
    if (strcmp(m->suffix, "multiplier") != 0 || m->type != TYPE_S32 || i + 1 >= c->arg_count ||
        s->kind != ARG_CONST || s->type != TYPE_S8 || s->count != m->count || m->count == 0) {
        return "";
    }
    double least = INFINITY, most = -INFINITY;
    for (int32_t k = 0; k < m->count; k++) {
        double real = ldexp(((const int32_t *)m->data)[k], ((const int8_t *)s->data)[k] - 31);
        least = real < least ? real : least;
        most = real > most ? real : most;
    }
    return m->count == 1 ? arena_printf(&e->arena, ", real %.6g,", least)
                         : arena_printf(&e->arena, ", real %.6g to %.6g,", least, most);
}

static void add_call(Emitter *e, const Node *n, const Call *c)
{
    const Kernel *k = kernel_find(c->kernel);
    assert(k != NULL && k->arg_count == c->arg_count);
    CallUse *use = &e->use[e->use_count++];
    use->kernel = k;
    use->params = add_params(e, k, c->params, n->cname);
    for (int32_t i = 0; i < MAX_ARGS; i++) {
        use->array[i] = -1;
    }
    for (int32_t i = 0; i < c->arg_count; i++) {
        const Arg *arg = &c->arg[i];
        bool is_rom = (k->rom_args & (1u << i)) != 0;
        if (arg->kind == ARG_CONST) {
            Array a = {
                .comment = arena_printf(&e->arena, "%s%s of \"%s\"", arg->suffix,
                                        real_range(e, c, i), n->name),
                .type = arg->type,
                .data = arg->data,
                .count = arg->count,
                .per_row = arg->per_row,
                .is_rom = is_rom,
            };
            use->array[i] = add_array(e, a, n->cname, arg->suffix);
        } else if (arg->kind == ARG_TENSOR && tensor_is_const(tensor(e->g, tensor_root(e->g, arg->tensor, NULL)))) {
            use->array[i] = add_tensor_array(e, arg->tensor, is_rom, "");
        } else if (arg->kind == ARG_SCRATCH) {
            e->view[arg_view(k, i, arg->type)] = true;
        } else if (arg->kind == ARG_TENSOR) {
            e->view[arg_view(k, i, tensor(e->g, arg->tensor)->type)] = true;
        }
    }
}

static void take_api_names(Emitter *e)
{
    static const char *const suffixes[] = {"invoke", "run", "reset", "label", "selftest", "fits_ram", "fits_flash",
                                           "push_row", "push_step"};
    static const char *const port_prefixes[] = {"", "quantize_", "dequantize_", "normalize_", "denormalize_"};
    name_take(e, e->name);
    name_take(e, "m");
    name_take(e, "i");
    name_take(e, "arena");
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        name_take(e, arena_printf(&e->arena, "%s_%s", e->name, suffixes[i]));
    }
    for (int32_t i = 0; i < e->g->input_count + e->g->output_count; i++) {
        bool is_input = i < e->g->input_count;
        char port[96];
        port_text(e, is_input, false, is_input ? i : i - e->g->input_count, port);
        for (size_t j = 0; j < COUNT(port_prefixes); j++) {
            name_take(e, arena_printf(&e->arena, "%s_%s%s", e->name, port_prefixes[j], port + strlen(e->name) + 1));
        }
    }
}

static void collect(Emitter *e)
{
    const Graph *g = e->g;
    int32_t calls = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        calls += call_count(&g->node[i]);
    }
    e->use = NEW(&e->arena, CallUse, calls);
    e->params = NEW(&e->arena, ParamSet, calls);
    e->array = NEW(&e->arena, Array, calls * MAX_ARGS + g->tensor_count);
    e->state_init = NEW(&e->arena, int32_t, g->tensor_count);
    e->state_name = NEW(&e->arena, const char *, g->tensor_count);
    take_api_names(e);
    for (int32_t i = 0; i < g->node_count; i++) {
        e->node = i;
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            add_call(e, &g->node[i], c);
        }
        e->macs += node_macs(g, &g->node[i]);
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        e->view[union_member(tensor(g, g->input[i])->type)] = true;
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        e->view[union_member(tensor(g, g->output[i])->type)] = true;
    }
    e->node = -1;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        e->state_name[id] = t->is_state ? name_unique(e, t->cname, "") : NULL;
        e->state_init[id] = t->is_state && t->data != NULL ? add_tensor_array(e, id, true, "initial") : -1;
    }
}

static void emitter_open(Emitter *e, const Graph *g, const EmitOptions *o)
{
    *e = (Emitter){.g = g, .o = o, .name = o->name};
    e->upper = text_upper(&e->arena, o->name);
    collect(e);
}

/* --- what cannot be emitted --- */

static Status check_ports(const Graph *g, const TensorId *list, int32_t count, const char *role, Diag *d)
{
    for (int32_t i = 0; i < count; i++) {
        const Tensor *root = tensor(g, tensor_root(g, list[i], NULL));
        if (!root->is_state && root->offset < 0) {
            return fail(d, ERR_UNSUPPORTED,
                        "the model's %s \"%s\" does not depend on any layer and has no place in memory; remove it "
                        "from the model's %ss",
                        role, tensor(g, list[i])->name, role);
        }
    }
    return OK;
}

static Status check(const Graph *g, const EmitOptions *o, Diag *d)
{
    if (!emit_name_is_usable(o->name)) {
        char better[EMIT_NAME_BYTES];
        emit_name(o->name, better);
        return fail(d, ERR_USAGE, "\"%s\" cannot be the prefix of C names; use for example --name=%s", o->name, better);
    }
    TRY(check_ports(g, g->input, g->input_count, "input", d));
    return check_ports(g, g->output, g->output_count, "output", d);
}

static Status check_budget(const Emitter *e, Diag *d)
{
    const EmitOptions *o = e->o;
    int64_t ram = e->g->arena_bytes + e->g->state_bytes;
    if (o->ram_budget > 0 && ram > o->ram_budget) {
        return fail(d, ERR_LIMIT, "the model needs %lld bytes of RAM (arena %lld, state %lld), the budget is %lld",
                    (long long)ram, (long long)e->g->arena_bytes, (long long)e->g->state_bytes,
                    (long long)o->ram_budget);
    }
    if (o->flash_budget > 0 && e->weights_bytes > o->flash_budget) {
        return fail(d, ERR_LIMIT, "the model's weights alone take %lld bytes of flash, the budget is %lld",
                    (long long)e->weights_bytes, (long long)o->flash_budget);
    }
    return OK;
}

/* --- the files --- */

static Out *new_file(EmitResult *r, const char *name, const char *suffix)
{
    EmitFile *f = &r->file[r->file_count++];
    f->name = arena_printf(&r->own, "%s%s", name, suffix);
    return &f->text;
}

static void write_files(Emitter *e, EmitResult *r)
{
    Out *header = new_file(r, e->name, ".h");
    emit_source(e, new_file(r, e->name, ".c"));
    emit_weights(e, new_file(r, e->name, "_weights.h"));
    emit_kernels(e, new_file(r, e->name, "_kernels.h"));
    for (int32_t i = 1; i < r->file_count; i++) {
        e->needs_math = e->needs_math || strstr(r->file[i].text.text, "#include <math.h>") != NULL;
    }
    emit_header(e, header); /* says what the others need */
    if (e->o->selftest_runs > 0) {
        emit_selftest(e, new_file(r, e->name, "_selftest.c"));
    }
    emit_report(e, new_file(r, e->name, "_report.txt"));
    Out *json = new_file(r, e->name, "_report.json");
    json_t *document = report_json(e->g, e->o, r);
    char *text = json_dumps(document, JSON_INDENT(2));
    out_printf(json, "%s\n", text);
    free(text);
    json_decref(document);
}

Status emit_model(const Graph *g, const EmitOptions *o, EmitResult *result, Diag *d)
{
    *result = (EmitResult){0};
    TRY(check(g, o, d));
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0); /* decimal points, not commas */
    locale_t before = uselocale(plain);
    Emitter e;
    emitter_open(&e, g, o);
    result->weights_bytes = e.weights_bytes;
    result->macs = e.macs;
    Status s = check_budget(&e, d);
    if (s == OK) {
        write_files(&e, result);
    }
    arena_free(&e.arena);
    (void)uselocale(before);
    freelocale(plain);
    return s;
}

void emit_free(EmitResult *result)
{
    for (int32_t i = 0; i < result->file_count; i++) {
        out_free(&result->file[i].text);
    }
    arena_free(&result->own);
    *result = (EmitResult){0};
}

json_t *report_json(const Graph *g, const EmitOptions *o, const EmitResult *result)
{
    Emitter e;
    emitter_open(&e, g, o);
    json_t *document = report_document(&e, result);
    arena_free(&e.arena);
    return document;
}
