/* Why a compilation came out as it did.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/explain.h"
#include "driver/target.h"

/* --- what each mode costs --- */

static int32_t count_segments(const Graph *g)
{
    int32_t count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        count += is_segment_end(g, &g->node[i]);
    }
    return count;
}

static Status compile_mode(const Session *s, const CompileOptions *o, ExplainMode *m, Explain *x)
{
    Session own;
    Compiled c = {0};
    Status status = session_open(&own, s->path);
    if (status == OK) {
        status = compile_session(&own, o, &c);
    }
    if (status == OK) {
        m->ram_bytes = own.g->arena_bytes + own.g->state_bytes;
        m->weights_bytes = c.result.weights_bytes;
        m->segments = count_segments(own.g);
    } else {
        m->note = arena_strdup(&x->arena, own.diag.text);
    }
    emit_free(&c.result);
    session_close(&own);
    return status;
}

static void count_mode(const Session *s, const CompileOptions *o, ExplainMode *m, Explain *x)
{
    VerifyOptions v = {.compile = *o, .targets = x->target, .vectors = 1, .seed = 1,
                       .command = arena_printf(&x->arena, "shrinc verify %s --on %s", s->path, x->target)};
    VerifyResult r = {0};
    Session own;
    Status status = session_open(&own, s->path);
    if (status == OK) {
        status = verify_session(&own, &v, &r, NULL, NULL);
    }
    if (status == OK) {
        const VerifyRow *t = &r.row[0];
        m->instructions = t->instructions;
        m->code_bytes = t->text_bytes < 0 ? -1 : t->text_bytes + t->rodata_bytes + t->data_bytes - r.weights_bytes;
    } else {
        m->note = arena_strdup(&x->arena, own.diag.text);
    }
    verify_free(&r);
    session_close(&own);
}

static void choose_target(const CompileOptions *o, Explain *x)
{
    const char *tool = "", *package = "";
    const TargetInfo *t = target_find(strcmp(o->target, "generic") == 0 ? "cortex-m4" : o->target);
    if (t == NULL || t->kind != TARGET_SEMIHOST) {
        x->not_counted = "instructions are counted on Cortex-M and RISC-V targets alone";
    } else if (target_missing(t, &tool, &package)) {
        x->not_counted = arena_printf(&x->arena, "%s is missing: apt install %s", tool, package);
    } else {
        x->target = t->name;
    }
}

static void cost_modes(const Session *s, const CompileOptions *o, Explain *x)
{
    choose_target(o, x);
    for (int32_t i = 0; i < EXPLAIN_MODES; i++) {
        ExplainMode *m = &x->mode[i];
        CompileOptions other = *o;
        other.optimize = (Optimize)i;
        other.ram = other.flash = 0;
        if (o->optimize == other.optimize) {
            other.ram = o->ram; /* as it was compiled */
        }
        *m = (ExplainMode){.optimize = other.optimize, .is_chosen = other.optimize == o->optimize, .code_bytes = -1,
                           .instructions = -1};
        if (compile_mode(s, &other, m, x) == OK && x->target != NULL && target_stop == 0) {
            count_mode(s, &other, m, x);
        }
    }
}

bool explain_trade(const ExplainMode *a, const ExplainMode *b, double *bytes_each)
{
    if (a->instructions < 0 || b->instructions < 0 || a->code_bytes < 0 || b->code_bytes < 0 ||
        b->instructions >= a->instructions) {
        return false;
    }
    int64_t bytes = b->weights_bytes + b->code_bytes - a->weights_bytes - a->code_bytes;
    *bytes_each = (double)bytes / (double)(a->instructions - b->instructions);
    return true;
}

/* --- what lies where --- */

typedef struct Place {
    int64_t start, end; /* START -1: not in the arena */
} Place;

static Place place_of(const Graph *g, TensorId id)
{
    int64_t inside = 0;
    const Tensor *root = id == 0 ? NULL : tensor(g, tensor_root(g, id, &inside));
    if (root == NULL || root->offset < 0) {
        return (Place){-1, -1};
    }
    return (Place){root->offset + inside, root->offset + inside + tensor_arena_bytes(tensor(g, id))};
}

static int32_t first_of_segment(const Graph *g, int32_t i)
{
    while (g->node[i].segment > 0 && i > 0 && g->node[i - 1].segment == g->node[i].segment) {
        i--;
    }
    return i;
}

/* Bytes of the layer's inputs that its output covers. Those of a segment concern its first input. */
static int64_t shared_bytes(const Graph *g, int32_t node)
{
    const Node *n = &g->node[node];
    if (n->segment > 0 && !is_segment_end(g, n)) {
        return 0;
    }
    const Node *reader = &g->node[first_of_segment(g, node)];
    Place y = n->out_count > 0 ? place_of(g, n->out[0]) : (Place){-1, -1};
    int64_t most = 0;
    for (int32_t k = 0; k < reader->in_count && y.start >= 0 && n->calls != NULL; k++) {
        Place x = place_of(g, reader->in[k]);
        int64_t start = x.start > y.start ? x.start : y.start;
        int64_t end = x.end < y.end ? x.end : y.end;
        most = x.start >= 0 && end - start > most ? end - start : most;
    }
    return most;
}

/* Whether the call's params ask for the last pixel first. */
static bool runs_back(const Node *n)
{
    const Kernel *k = n->calls == NULL ? NULL : kernel_find(n->calls->kernel);
    for (int32_t i = 0; k != NULL && n->calls->params != NULL && i < k->field_count; i++) {
        int32_t value = 0;
        if (strcmp(k->fields[i].name, "backward") == 0 && type_bytes(k->fields[i].type) <= (int32_t)sizeof value) {
            memcpy(&value, (const uint8_t *)n->calls->params + k->fields[i].offset,
                   (size_t)type_bytes(k->fields[i].type));
        }
        if (value != 0) {
            return true;
        }
    }
    return false;
}

static int64_t live_end(const Graph *g, int32_t node)
{
    int64_t end = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        Life life = tensor_life(g, id);
        Place p = tensor_is_activation(tensor(g, id)) ? place_of(g, id) : (Place){-1, -1};
        end = life.first <= node + 1 && life.last >= node + 1 && p.end > end ? p.end : end;
    }
    for (const Call *c = g->node[node].calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            const Arg *a = &c->arg[i];
            int64_t stop = a->offset + (int64_t)a->count * type_bytes(a->type);
            end = a->kind == ARG_SCRATCH && stop > end ? stop : end;
        }
    }
    return end;
}

static void describe_layers(const Graph *g, Explain *x)
{
    x->layer = NEW(&x->arena, ExplainLayer, g->node_count + 1);
    x->layer_count = g->node_count;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        const Tensor *y = n->out_count > 0 ? tensor(g, n->out[0]) : NULL;
        Place p = y == NULL ? (Place){-1, -1} : place_of(g, n->out[0]);
        x->layer[i] = (ExplainLayer){
            .name = text_clean(&x->arena, n->name, strlen(n->name)),
            .op = n->kind->name,
            .kernel = n->calls == NULL ? "" : arena_strdup(&x->arena, n->calls->kernel),
            .offset = p.start,
            .bytes = p.start < 0 ? 0 : p.end - p.start,
            .shared_bytes = shared_bytes(g, i),
            .runs_back = runs_back(n),
            .segment = n->segment,
            .ring = y == NULL ? 0 : y->ring,
            .rows = y != NULL && y->shape.rank == 4 ? y->shape.dim[1] : 0,
            .live_bytes = live_end(g, i),
        };
    }
}

/* The arena that the same mode would need with whole images only. */
static int64_t unfused(const Session *s, const CompileOptions *o)
{
    Session own;
    int64_t bytes = s->g->arena_bytes;
    Status status = session_open(&own, s->path);
    if (status == OK) {
        own.g->prefers_size = o->optimize == OPTIMIZE_SIZE;
        own.g->feed = FEED_WHOLE;
        own.g->plain_kernels = s->g->plain_kernels;
        status = pipeline_run(&own, o->rounding, NULL);
    }
    bytes = status == OK ? own.g->arena_bytes : bytes;
    session_close(&own);
    return bytes;
}

Status explain_session(const Session *s, const CompileOptions *o, Explain *x, Diag *d)
{
    const Graph *g = s->g;
    *x = (Explain){.arena_bytes = g->arena_bytes, .bound_bytes = g->lower_bound_bytes, .greedy_bytes = g->greedy_bytes,
                   .state_bytes = g->state_bytes, .is_optimal = g->plan_is_optimal, .ram_budget = o->ram,
                   .flash_budget = o->flash, .unfused_bytes = g->arena_bytes};
    describe_layers(g, x);
    if (count_segments(g) > 0) {
        x->unfused_bytes = unfused(s, o);
    }
    cost_modes(s, o, x);
    return target_stop != 0 ? fail(d, ERR_TOOL, "interrupted") : OK;
}

void explain_free(Explain *x)
{
    arena_free(&x->arena);
    *x = (Explain){0};
}

/* --- JSON --- */

static void set_known(json_t *o, const char *key, int64_t value)
{
    json_object_set_new(o, key, value < 0 ? json_null() : json_integer(value));
}

static json_t *modes_json(const Explain *x)
{
    json_t *modes = json_array();
    for (int32_t i = 0; i < EXPLAIN_MODES; i++) {
        const ExplainMode *m = &x->mode[i];
        double each = 0.0;
        json_t *o = json_pack("{s:s, s:b, s:I, s:I, s:i}", "optimize", optimize_names[m->optimize], "chosen",
                              m->is_chosen, "ram_bytes", (json_int_t)m->ram_bytes, "weights_bytes",
                              (json_int_t)m->weights_bytes, "segments", m->segments);
        set_known(o, "code_bytes", m->code_bytes);
        set_known(o, "instructions", m->instructions);
        bool known = i > 0 && explain_trade(&x->mode[0], m, &each);
        json_object_set_new(o, "bytes_per_saved_instruction", known ? json_real(each) : json_null());
        if (m->note != NULL) {
            json_object_set_new(o, "note", json_string(m->note));
        }
        json_array_append_new(modes, o);
    }
    return modes;
}

json_t *explain_json(const Explain *x)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < x->layer_count; i++) {
        const ExplainLayer *l = &x->layer[i];
        json_array_append_new(
            layers, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:i, s:i, s:i, s:I}", "name", l->name, "op", l->op,
                              "kernel", l->kernel, "offset_bytes", (json_int_t)l->offset, "arena_bytes",
                              (json_int_t)l->bytes, "shared_bytes", (json_int_t)l->shared_bytes, "backward",
                              l->runs_back, "segment", l->segment, "ring_rows", l->ring, "rows", l->rows, "live_bytes",
                              (json_int_t)l->live_bytes));
    }
    json_t *memory = json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "arena_bytes", (json_int_t)x->arena_bytes,
                               "lower_bound_bytes", (json_int_t)x->bound_bytes, "without_overlap_bytes",
                               (json_int_t)x->greedy_bytes, "whole_tensors_bytes", (json_int_t)x->unfused_bytes,
                               "state_bytes", (json_int_t)x->state_bytes, "plan_is_optimal", x->is_optimal);
    json_t *budget = json_object();
    set_known(budget, "ram_bytes", x->ram_budget > 0 ? x->ram_budget : -1);
    set_known(budget, "flash_bytes", x->flash_budget > 0 ? x->flash_budget : -1);
    json_t *o = json_pack("{s:o, s:o, s:o, s:o}", "modes", modes_json(x), "memory", memory, "budgets", budget, "layers",
                          layers);
    json_object_set_new(o, "counted_on", x->target == NULL ? json_null() : json_string(x->target));
    if (x->not_counted != NULL) {
        json_object_set_new(o, "not_counted", json_string(x->not_counted));
    }
    return o;
}
