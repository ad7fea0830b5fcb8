/* compile: pipeline, rehearsal, text, files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

enum { SELFTEST_RUNS = 4, SELFTEST_BYTES = 64 * 1024 };

static const char *const optimize_names[] = {"size", "balanced", "speed"};

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

Status compile_session(Session *s, const CompileOptions *o, Compiled *c)
{
    *c = (Compiled){0};
    c->options = (EmitOptions){
        .name = model_name(s, o),
        .source_name = s->file_name,
        .source_sha256 = s->sha256,
        .options_text = arena_printf(&s->arena, "--target=%s --optimize=%s --rounding=%s", o->target,
                                     optimize_names[o->optimize], o->rounding == ROUNDING_SINGLE ? "single" : "tflite"),
        .optimize = o->optimize,
        .ram_budget = o->ram,
        .flash_budget = o->flash,
        .model_macs = s->macs,
    };
    Graph *plain = NULL;
    TRY(session_plain(s, o->rounding, &plain));
    rehearse_selftest(s, plain, &c->options);
    graph_free(plain);
    TRY(pipeline_run(s, o->rounding, NULL));
    return emit_model(s->g, &c->options, &c->result, &s->diag);
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
