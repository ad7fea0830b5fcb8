/* compile: pipeline, rehearsal, text, files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"
#include "driver/stack.h"

enum { SELFTEST_RUNS = 4, SELFTEST_BYTES = 64 * 1024 };

const char *const optimize_names[] = {"size", "balanced", "speed", NULL};

static const char *const feed_flags[] = {"", " --input=rows", " --input=steps"};

static int64_t selftest_runs(const Graph *g)
{
    int64_t bytes = graph_input_bytes(g) + graph_output_bytes(g);
    int64_t runs = bytes > 0 ? SELFTEST_BYTES / bytes : SELFTEST_RUNS;
    return runs > SELFTEST_RUNS ? SELFTEST_RUNS : runs < 1 ? 1 : runs;
}

/* The self-test's vectors: what the plain graph answers, before any pass touched it. */
static void rehearse_selftest(Session *s, const Graph *plain, EmitOptions *e)
{
    int64_t runs = selftest_runs(plain);
    uint8_t *inputs = NEW(&s->arena, uint8_t, runs * graph_input_bytes(plain) + 1);
    uint8_t *outputs = NEW(&s->arena, uint8_t, runs * graph_output_bytes(plain) + 1);
    make_vectors(plain, 1, runs, inputs);
    rehearse(plain, false, inputs, runs, outputs);
    e->selftest_runs = (int32_t)runs;
    e->selftest_inputs = inputs;
    e->selftest_outputs = outputs;
}

static const char *model_name(Session *s, const CompileOptions *o)
{
    char name[EMIT_NAME_BYTES];
    emit_name(s->file_name, name);
    return o->name != NULL ? o->name : arena_strdup(&s->arena, name);
}

const char *optimize_flag(Optimize optimize)
{
    return optimize == OPTIMIZE_SIZE ? "-Os" : "-O2";
}

/* Builds what was just emitted for the target and notes the bound in the options; a warning if
 * there is none. */
static Status bound_stack(Session *s, const CompileOptions *o, Compiled *c, int64_t *data_bytes)
{
    StackJob job = {.target = o->target,
                    .name = c->options.name,
                    .opt = optimize_flag(o->optimize),
                    .g = s->g};
    StackBound bound;
    TRY(temp_dir_make(&s->arena, NULL, &job.dir, &s->diag));
    Status status = write_files(job.dir, &c->result, &s->diag);
    if (status == OK) {
        status = stack_bound(&s->arena, &job, &bound, &s->diag);
    }
    temp_dir_remove(job.dir);
    TRY(status);
    if (bound.bytes == 0) {
        warn(&s->diag, "no stack bound for %s: %s", o->target, bound.note);
        return OK;
    }
    c->options.stack_bytes = bound.bytes;
    c->options.stack_how = bound.how;
    c->options.stack_path = bound.path;
    *data_bytes = bound.data_bytes;
    c->options.code_bytes = bound.code_bytes - c->result.weights_bytes;
    return OK;
}

/* What the chip itself has: stack and initialised data count there. */
static Status check_chip(Session *s, const CompileOptions *o, const Compiled *c, int64_t data_bytes)
{
    const TargetInfo *t = target_find(o->target);
    int64_t ram = s->g->arena_bytes + s->g->state_bytes + c->options.stack_bytes + data_bytes;
    int64_t flash = c->result.weights_bytes + c->options.code_bytes;
    if (ram > t->ram.bytes) {
        return fail(&s->diag, ERR_LIMIT,
                    "the model needs %jd bytes of RAM (arena %jd, state %jd, stack %jd, constants %jd), "
                    "%s has %jd",
                    (intmax_t)ram, (intmax_t)s->g->arena_bytes, (intmax_t)s->g->state_bytes,
                    (intmax_t)c->options.stack_bytes, (intmax_t)data_bytes, o->target,
                    (intmax_t)t->ram.bytes);
    }
    if (flash > t->code.bytes) {
        return fail(&s->diag, ERR_LIMIT,
                    "the model needs %jd bytes of flash (weights %jd, code %jd), %s has %jd",
                    (intmax_t)flash, (intmax_t)c->result.weights_bytes,
                    (intmax_t)c->options.code_bytes, o->target, (intmax_t)t->code.bytes);
    }
    return OK;
}

/* Emits once to learn what the compiler makes of it, and again with what was learned. */
static Status emit_for_chip(Session *s, const CompileOptions *o, Compiled *c)
{
    int64_t data_bytes = 0;
    TRY(check_chip(s, o, c, data_bytes));
    TRY(bound_stack(s, o, c, &data_bytes));
    TRY(check_chip(s, o, c, data_bytes));
    emit_free(&c->result);
    return emit_model(s->g, &c->options, &c->result, &s->diag);
}

/* One way to compile MODEL, the graph as read. */
static Status attempt(Session *s, const CompileOptions *o, const Graph *model, bool fuse, Compiled *c)
{
    graph_free(s->g);
    emit_free(&c->result);
    s->g = graph_copy(model);
    s->g->feed = o->feed;
    const TargetInfo *t = target_find(o->target);
    s->g->plain_kernels = t != NULL && t->plain_kernels != 0;
    s->g->prefers_size = o->optimize == OPTIMIZE_SIZE;
    s->g->may_fuse_rows = fuse || o->optimize == OPTIMIZE_SIZE;
    s->g->enough_bytes = o->optimize == OPTIMIZE_SIZE ? 0 : o->ram;
    c->options.optimize = o->optimize;
    c->options.stack_bytes = 0; /* of an attempt before */
    TRY(pipeline_run(s, o->rounding, NULL));
    TRY(emit_model(s->g, &c->options, &c->result, &s->diag));
    return t != NULL && t->kind != TARGET_NATIVE ? emit_for_chip(s, o, c) : OK;
}

/* As asked; where that takes too much RAM, with layers row by row. */
static Status attempt_both(Session *s, const CompileOptions *o, const Graph *model, Compiled *c)
{
    int32_t warnings = s->diag.warning_count;
    Status status = attempt(s, o, model, false, c);
    if (status != ERR_LIMIT || o->optimize == OPTIMIZE_SIZE) {
        return status;
    }
    Diag first = s->diag;
    diag_rewind(&s->diag, warnings);
    status = attempt(s, o, model, true, c);
    if (status == ERR_LIMIT) {
        (void)memcpy(s->diag.text, first.text, sizeof first.text); /* what the plan asked for takes */
    }
    return status;
}

/* Nothing fits as asked: says which other way does, or what the smallest one takes. */
static Status name_nearest(Session *s, const CompileOptions *o, const Graph *model, Compiled *c)
{
    char text[DIAG_BYTES];
    const char *nearest = NULL;
    int64_t least_ram = INT64_MAX, least_flash = INT64_MAX;
    int32_t warnings = s->diag.warning_count;
    (void)snprintf(text, sizeof text, "%s", s->diag.text + (s->diag.where == NULL ? 0 : strlen(s->diag.where) + 2));
    for (int32_t i = 0; i < 2 * (OPTIMIZE_SPEED + 1) && nearest == NULL; i++) {
        CompileOptions other = *o;
        other.optimize = (Optimize)(OPTIMIZE_SPEED - i % (OPTIMIZE_SPEED + 1));
        if (i > OPTIMIZE_SPEED && o->feed != FEED_WHOLE) {
            break;
        }
        other.feed = i > OPTIMIZE_SPEED ? FEED_ROWS : o->feed;
        diag_rewind(&s->diag, warnings);
        Status status = attempt_both(s, &other, model, c);
        if (status != OK && status != ERR_LIMIT) {
            continue;
        }
        int64_t ram = s->g->arena_bytes + s->g->state_bytes;
        if (status == OK) {
            nearest = arena_printf(&s->arena,
                                   "the nearest plan that fits is --optimize=%s%s: %jd bytes of RAM, %jd of weights",
                                   optimize_names[other.optimize], feed_flags[other.feed], (intmax_t)ram,
                                   (intmax_t)c->result.weights_bytes);
        }
        least_ram = ram < least_ram ? ram : least_ram;
        least_flash = c->result.weights_bytes < least_flash ? c->result.weights_bytes : least_flash;
    }
    if (nearest == NULL) {
        nearest = arena_printf(&s->arena, "no plan fits: the smallest ones take %jd bytes of RAM and %jd of weights",
                               (intmax_t)least_ram, (intmax_t)least_flash);
    }
    diag_rewind(&s->diag, warnings);
    return fail(&s->diag, ERR_LIMIT, "%s; %s", text, nearest);
}

Status compile_session(Session *s, const CompileOptions *o, Compiled *c)
{
    *c = (Compiled){0};
    c->options = (EmitOptions){
        .name = model_name(s, o),
        .source_name = s->file_name,
        .source_sha256 = s->sha256,
        .options_text = arena_printf(&s->arena, "--target=%s --optimize=%s --rounding=%s%s", o->target,
                                     optimize_names[o->optimize], o->rounding == ROUNDING_SINGLE ? "single" : "tflite",
                                     feed_flags[o->feed]),
        .ram_budget = o->ram,
        .flash_budget = o->flash,
        .model_macs = s->macs,
    };
    const TargetInfo *t = target_find(o->target);
    c->options.x86 = t != NULL && t->kind == TARGET_NATIVE;
    Graph *plain = NULL;
    TRY(session_plain(s, o->rounding, &plain));
    rehearse_selftest(s, plain, &c->options);
    graph_free(plain);
    Graph *model = graph_copy(s->g);
    Status status = attempt_both(s, o, model, c);
    if (status == ERR_LIMIT) {
        status = name_nearest(s, o, model, c);
    }
    graph_free(model);
    return status;
}

Status write_files(const char *dir, const EmitResult *r, Diag *d)
{
    TRY(dir_make(dir, d));
    Arena scratch = {0};
    Status status = OK;
    for (int32_t i = 0; i < r->file_count && status == OK; i++) {
        const EmitFile *f = &r->file[i];
        status = file_write(path_join(&scratch, dir, f->name), f->text.text, f->text.bytes, d);
    }
    arena_free(&scratch);
    return status;
}
