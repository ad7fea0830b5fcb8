/* verify: the emitted C on the host and on emulated chips against what the plain model computes, or
 * golden files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"
#include "driver/stack.h"
#include "driver/target.h"

#include <ctype.h>

typedef struct Work {
    Session *s;
    const VerifyOptions *o;
    VerifyResult *r;
    const char *name; /* the model's C name */
    const char *dir;  /* temporary folder with the emitted files and input.bin */
    Graph *plain;
    int64_t vectors;
    uint8_t *inputs, *expected;
    int64_t in_bytes, out_bytes; /* of one run */
} Work;

/* --- the model behind the harness's names --- */

static void glue_copies(Out *o, const Graph *g, const char *name, bool input)
{
    int32_t count = input ? g->input_count : g->output_count;
    const TensorId *list = input ? g->input : g->output;
    int64_t at = 0;
    for (int32_t i = 0; i < count; i++) {
        int64_t bytes = tensor_bytes(tensor(g, list[i]));
        char suffix[16] = "";
        if (count > 1) {
            (void)snprintf(suffix, sizeof suffix, "_%d", i);
        }
        if (input) {
            out_line(o, "    harness_copy(%s_input%s(&harness_model), data + %jd, %jd);", name, suffix,
                     (intmax_t)at, (intmax_t)bytes);
        } else {
            out_line(o, "    harness_copy(data + %jd, %s_output%s(&harness_model), %jd);", (intmax_t)at,
                     name, suffix, (intmax_t)bytes);
        }
        at += bytes;
    }
}

static Status write_glue(const Work *w)
{
    Out o = {0};
    const Graph *g = w->s->g;
    out_line(&o, "/* Binds the model to the verification harness. */");
    out_line(&o, "#include \"%s.h\"", w->name);
    out_line(&o, "#define HARNESS_INPUT_BYTES %jd", (intmax_t)w->in_bytes);
    out_line(&o, "#define HARNESS_OUTPUT_BYTES %jd", (intmax_t)w->out_bytes);
    out_line(&o, "static %s harness_model;", w->name);
    if (is_fed(g)) {
        out_line(&o, "static const uint8_t *harness_rows;");
    }
    out_line(&o, "static inline void harness_reset(void)\n{");
    if (emitter_has_state(g)) {
        out_line(&o, "    %s_reset(&harness_model);", w->name);
    }
    out_line(&o,
             "}\nstatic inline void harness_set_input(const uint8_t *data)\n{\n    (void)data;");
    if (is_fed(g)) {
        const Tensor *x = tensor(g, g->input[0]);
        bool slides = g->feed == FEED_STEPS; /* then the last step alone is measured */
        const char *what = slides ? "step" : "row";
        const char *invoke = "}\nstatic inline void harness_invoke(void)\n{";
        out_line(&o, "    harness_rows = data;%s", slides ? "" : invoke);
        out_line(&o, "    for (int i = 0; i < %d; i++) {", x->shape.dim[1] - slides);
        out_line(&o, "        (void)%s_push_%s(&harness_model, (const %s *)(const void *)harness_rows);", w->name, what,
                 type_c(x->type));
        out_line(&o, "        harness_rows += %jd;", (intmax_t)(tensor_bytes(x) / x->shape.dim[1]));
        out_line(&o, "    }%s", slides ? invoke : "");
        if (slides) {
            out_line(&o, "    (void)%s_push_%s(&harness_model, (const %s *)(const void *)harness_rows);", w->name, what,
                     type_c(x->type));
        }
    } else {
        glue_copies(&o, g, w->name, true);
        out_line(&o, "}\nstatic inline void harness_invoke(void)\n{\n    %s_invoke(&harness_model);", w->name);
    }
    out_line(&o, "}\nstatic inline void harness_get_output(uint8_t *data)\n{\n    (void)data;");
    glue_copies(&o, g, w->name, false);
    out_line(&o, "}");
    Arena scratch = {0};
    Status s = file_write(path_join(&scratch, w->dir, "model_io.h"), o.text, o.bytes, &w->s->diag);
    arena_free(&scratch);
    out_free(&o);
    return s;
}

/* --- vectors
 * --------------------------------------------------------------------------------------------------
 */

static Status load_vectors(Work *w)
{
    const VerifyOptions *o = w->o;
    Arena *a = &w->r->arena;
    w->vectors = o->vectors;
    if (o->inputs_path != NULL) {
        TRY(samples_read(a, w->plain, o->inputs_path, o->real, &w->inputs, &w->vectors, &w->s->diag));
    } else {
        w->inputs = NEW(a, uint8_t, w->vectors * w->in_bytes + 1);
        make_vectors(w->plain, o->seed, w->vectors, w->inputs);
    }
    if (o->expect_path != NULL) {
        Span file;
        TRY(file_read(a, o->expect_path, (size_t)1 << 30, &file, &w->s->diag));
        if ((int64_t)file.bytes != w->vectors * w->out_bytes) {
            /* Golden files may hold the first output alone. */
            int64_t first = tensor_bytes(tensor(w->plain, w->plain->output[0]));
            return fail(&w->s->diag, ERR_INPUT,
                        "'%s' has %zu bytes; %jd runs of this model give %jd (%jd each%s)",
                        o->expect_path, file.bytes, (intmax_t)w->vectors,
                        (intmax_t)(w->vectors * w->out_bytes), (intmax_t)w->out_bytes,
                        first != w->out_bytes ? ", all outputs in order" : "");
        }
        w->expected = arena_memdup(a, file.data, file.bytes);
    } else {
        w->expected = NEW(a, uint8_t, w->vectors * w->out_bytes + 1);
        rehearse(w->plain, false, w->inputs, w->vectors, w->expected);
    }
    Arena scratch = {0};
    Status s = file_write(path_join(&scratch, w->dir, "input.bin"), w->inputs,
                          (size_t)(w->vectors * w->in_bytes), &w->s->diag);
    arena_free(&scratch);
    return s;
}

/* --- where a difference begins --- */

/* Walks the trace of the target beside the host's evaluation of the same optimised graph. */
static bool compare_trace(const Work *w, Span trace, int64_t vector, Out *text)
{
    const Graph *g = w->s->g;
    Eval *e = eval_new(g, true);
    size_t at = 0;
    bool found = false;
    for (int64_t r = 0; r <= vector && !found; r++) {
        const uint8_t *in = w->inputs + r * w->in_bytes;
        for (int32_t i = 0; i < g->input_count; i++) {
            size_t bytes = (size_t)tensor_bytes(tensor(g, g->input[i]));
            memcpy(eval_tensor(e, g->input[i]), in, bytes);
            in += bytes;
        }
        int32_t node = 0;
        while (!found && at + 8 <= trace.bytes) {
            int32_t layer = 0;
            uint32_t bytes = 0;
            memcpy(&layer, trace.data + at, 4);
            memcpy(&bytes, trace.data + at + 4, 4);
            at += 8;
            if (bytes > trace.bytes - at) {
                break;
            }
            const uint8_t *got = trace.data + at;
            at += bytes;
            if (layer < 0) {
                break; /* the end of the run */
            }
            for (; node < layer && node < g->node_count; node++) {
                eval_node(e, &g->node[node]);
            }
            const Node *n = node > 0 ? &g->node[node - 1] : NULL;
            int64_t k = 0;
            if (n != NULL && n->out_count > 0 &&
                tensor_bytes(tensor(g, n->out[0])) == (int64_t)bytes &&
                !tensor_bytes_equal(tensor(g, n->out[0]), eval_tensor(e, n->out[0]), got, &k)) {
                const Tensor *t = tensor(g, n->out[0]);
                int32_t channels = shape_dim_back(&t->shape, 0);
                out_printf(text,
                           "vector %jd, layer %d \"%s\" (%s), element %jd (channel %jd): expected "
                           "%.9g, got %.9g",
                           (intmax_t)r, layer, n->name, n->kind->name, (intmax_t)k,
                           (intmax_t)(k % channels),
                           element_value(t->type, eval_tensor(e, n->out[0]), k),
                           element_value(t->type, got, k));
                found = true;
            }
        }
        for (; node < g->node_count && !found; node++) {
            eval_node(e, &g->node[node]);
        }
    }
    eval_free(e);
    return found;
}

/* The optimisation flag, and the model's trace hook bound to HOOK. */
static const char *trace_flags(const Work *w, Arena *a, const char *hook)
{
    char *upper = arena_strdup(a, w->name);
    for (char *p = upper; *p != '\0'; p++) {
        *p = (char)toupper((unsigned char)*p);
    }
    return arena_printf(a, "%s -D%s_TRACE%s", optimize_flag(w->o->compile.optimize), upper, hook);
}

static void explain(Work *w, const TargetJob *job, VerifyRow *row, int64_t vector,
                    const Difference *first)
{
    Out text = {0};
    Arena scratch = {0};
    TargetJob again = *job;
    again.trace = true;
    again.opt = trace_flags(w, &scratch, "=harness_trace");
    again.profile_path = again.image_path = NULL;
    again.output_path = path_join(&scratch, w->dir, "trace.bin");
    TargetResult ignored;
    Diag quiet = {0};
    Span trace;
    bool found = target_run(&again, &ignored, &quiet) == OK &&
                 file_read(&scratch, again.output_path, (size_t)1 << 31, &trace, &quiet) == OK &&
                 compare_trace(w, trace, vector, &text);
    if (!found) {
        out_printf(&text, "vector %jd, output %d, element %jd: expected %.9g, got %.9g",
                   (intmax_t)vector, first->output, (intmax_t)first->element, first->expected,
                   first->got);
        out_text(&text, "; every layer agrees with the host's kernels, so the expected values "
                        "differ from both");
    }
    out_printf(&text, "; to see it again: %s", w->o->command);
    (void)snprintf(row->difference, sizeof row->difference, "%s", text.text);
    out_free(&text);
    diag_clear(&quiet);
    arena_free(&scratch);
}

/* --- one target
 * ------------------------------------------------------------------------------------------------
 */

static Status compare(Work *w, const TargetJob *job, VerifyRow *row)
{
    Arena scratch = {0};
    Span got;
    Status s = file_read(&scratch, job->output_path, (size_t)1 << 31, &got, &w->s->diag);
    if (s == OK && (int64_t)got.bytes != w->vectors * w->out_bytes) {
        s = fail(&w->s->diag, ERR_TOOL, "target %s wrote %zu bytes instead of %jd", row->target,
                 got.bytes, (intmax_t)(w->vectors * w->out_bytes));
    }
    if (s == OK && w->o->output_path != NULL) {
        s = samples_write(w->plain, w->o->output_path, w->o->real, got.data, w->vectors, &w->s->diag);
    }
    int64_t bad = -1;
    Difference first = {0};
    for (int64_t v = 0; s == OK && v < w->vectors; v++) {
        Difference here;
        bool equal = outputs_equal(w->plain, w->expected + v * w->out_bytes,
                                   got.data + v * w->out_bytes, &here);
        row->equal += equal;
        if (!equal && bad < 0) {
            bad = v;
            first = here;
        }
    }
    if (bad >= 0) {
        explain(w, job, row, bad, &first);
    }
    arena_free(&scratch);
    return s;
}

/* What a run really took must keep below what was proven. */
static Status bound_row(Work *w, const char *target, VerifyRow *row)
{
    StackJob job = {target, w->name, w->dir, optimize_flag(w->o->compile.optimize), w->s->g};
    StackBound bound;
    TRY(stack_bound(&w->r->arena, &job, &bound, &w->s->diag));
    row->stack_bound_bytes = bound.bytes > 0 ? bound.bytes : -1;
    if (bound.bytes > 0 && row->stack_bytes > bound.bytes) {
        return fail(&w->s->diag, ERR_TOOL,
                    "target %s: a run took %jd bytes of stack, more than the proven %jd (%s); please report it",
                    target, (intmax_t)row->stack_bytes, (intmax_t)bound.bytes, bound.path);
    }
    return OK;
}

static Status one_target(Work *w, const char *target, VerifyRow *row)
{
    const TargetInfo *info = target_find(target);
    Arena *a = &w->r->arena;
    const char *source = arena_printf(a, "%s/%s.c", w->dir, w->name);
    TargetJob job = {
        .target = target,
        .sources = &source,
        .source_count = 1,
        .include_dir = w->dir,
        .opt = optimize_flag(w->o->compile.optimize),
        .sanitize = info->kind == TARGET_NATIVE,
        .input_path = path_join(a, w->dir, "input.bin"),
        .output_path = path_join(a, w->dir, "output.bin"),
        .timeout_seconds = 600,
    };
    if (w->o->parts_dir != NULL) {
        /* Without arguments: the macro turns the declaration into `void harness_mark();`. */
        job.opt = trace_flags(w, a, "(layer,data,bytes)=harness_mark()");
        job.profile_path = path_join(a, w->o->parts_dir, "profile.txt");
        job.image_path = path_join(a, w->o->parts_dir, "image.elf");
    }
    *row = (VerifyRow){.target = target, .vectors = w->vectors, .flags = "", .stack_bound_bytes = -1};
    TargetResult t;
    Status s = target_run(&job, &t, &w->s->diag);
    if (s == ERR_DIFFERS) { /* a fault or a sanitizer's stop is a difference too */
        (void)snprintf(row->difference, sizeof row->difference, "%s", w->s->diag.text);
        row->instructions = row->cycles = row->stack_bytes = -1;
        diag_clear(&w->s->diag);
        return OK;
    }
    TRY(s);
    row->instructions = t.instructions;
    row->cycles = t.cycles;
    row->flags = arena_strdup(a, t.flags);
    row->stack_bytes = t.stack_bytes;
    row->text_bytes = t.text_bytes;
    row->rodata_bytes = t.rodata_bytes;
    row->data_bytes = t.data_bytes;
    row->bss_bytes = t.bss_bytes;
    if (w->o->parts_dir == NULL) {
        TRY(bound_row(w, target, row));
    }
    return compare(w, &job, row);
}

/* The cost report that compile writes. */
static Status keep_report(const Work *w, const EmitResult *result)
{
    for (int32_t i = 0; i < result->file_count; i++) {
        const EmitFile *f = &result->file[i];
        if (strstr(f->name, "_report.json") != NULL) {
            return file_write(path_join(&w->r->arena, w->o->parts_dir, "report.json"), f->text.text,
                              f->text.bytes, &w->s->diag);
        }
    }
    return fail(&w->s->diag, ERR_TOOL, "the emitted files hold no report");
}

/* --- all targets
 * --------------------------------------------------------------------------------------------------
 */

static Status split_targets(Session *s, VerifyResult *r, const char *list)
{
    int32_t capacity = 1;
    for (const char *p = list; *p != '\0'; p++) {
        capacity += *p == ',';
    }
    r->row = NEW(&r->arena, VerifyRow, capacity);
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        char *name = arena_strndup(&r->arena, p, n);
        p += n + (p[n] == ',');
        if (n == 0) {
            continue;
        }
        const TargetInfo *t = target_find(name);
        if (t == NULL) {
            return fail(&s->diag, ERR_USAGE, "there is no target '%s'; `shrinc targets` lists them",
                        name);
        }
        TRY(target_require(t, &s->diag));
        r->row[r->row_count++].target = name;
    }
    return r->row_count > 0
               ? OK
               : fail(&s->diag, ERR_USAGE, "--on names no target; `shrinc targets` lists them");
}

static Status run_targets(Work *w, VerifyProgress progress, void *context)
{
    bool equal = true;
    for (int32_t i = 0; i < w->r->row_count; i++) {
        VerifyRow *row = &w->r->row[i];
        const char *target = row->target;
        if (progress != NULL) {
            progress(context, target, i, w->r->row_count);
        }
        TRY(one_target(w, target, row));
        equal = equal && row->equal == row->vectors;
    }
    if (!equal) {
        return fail(&w->s->diag, ERR_DIFFERS, "not all vectors are equal");
    }
    return OK;
}

Status verify_session(Session *s, const VerifyOptions *o, VerifyResult *r, VerifyProgress progress,
                      void *context)
{
    *r = (VerifyResult){0};
    Work w = {.s = s, .o = o, .r = r};
    s->diag.where = NULL;
    TRY(split_targets(s, r, o->targets));
    s->diag.where = s->file_name;
    Compiled compiled;
    Status status = compile_session(s, &o->compile, &compiled);
    w.name = compiled.options.name;
    if (status == OK) {
        status = session_plain(s, o->compile.rounding, &w.plain);
    }
    if (status == OK) {
        r->weights_bytes = compiled.result.weights_bytes;
        r->arena_bytes = s->g->arena_bytes;
        w.in_bytes = graph_input_bytes(w.plain);
        w.out_bytes = graph_output_bytes(w.plain);
        status = temp_dir_make(&r->arena, NULL, &w.dir, &s->diag);
    }
    if (status == OK) {
        status = write_files(w.dir, &compiled.result, &s->diag);
    }
    if (status == OK && o->parts_dir != NULL) {
        status = keep_report(&w, &compiled.result);
    }
    if (status == OK) {
        status = write_glue(&w);
    }
    if (status == OK) {
        status = load_vectors(&w);
    }
    if (status == OK) {
        status = run_targets(&w, progress, context);
    }
    if (w.dir != NULL) {
        temp_dir_remove(w.dir);
    }
    graph_free(w.plain);
    emit_free(&compiled.result);
    return status;
}

void verify_free(VerifyResult *r)
{
    arena_free(&r->arena);
    *r = (VerifyResult){0};
}

json_t *verify_json(const Session *s, const VerifyOptions *o, const VerifyResult *r)
{
    json_t *targets = json_array();
    for (int32_t i = 0; i < r->row_count; i++) {
        const VerifyRow *v = &r->row[i];
        json_t *row = json_pack(
            "{s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "target", v->target,
            "vectors", (json_int_t)v->vectors, "equal", (json_int_t)v->equal, "instructions",
            (json_int_t)v->instructions, "cycles", (json_int_t)v->cycles, "flags",
            v->flags == NULL ? "" : v->flags, "stack_bytes", (json_int_t)v->stack_bytes,
            "stack_bound_bytes", (json_int_t)v->stack_bound_bytes,
            "text_bytes", (json_int_t)v->text_bytes, "rodata_bytes", (json_int_t)v->rodata_bytes,
            "data_bytes", (json_int_t)v->data_bytes, "bss_bytes", (json_int_t)v->bss_bytes);
        if (v->difference[0] != '\0') {
            json_object_set_new(row, "difference", json_string(v->difference));
        }
        json_array_append_new(targets, row);
    }
    return json_pack("{s:s, s:{s:s, s:s}, s:I, s:{s:I}, s:{s:I}, s:o}", "schema", "shrinc/verify/1",
                     "model", "name", s->file_name, "sha256", s->sha256, "seed",
                     (json_int_t)o->seed, "memory", "arena_bytes", (json_int_t)r->arena_bytes,
                     "flash", "weights_bytes", (json_int_t)r->weights_bytes, "targets", targets);
}
