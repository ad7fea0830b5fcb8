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

static Status check_budget(Session *s, const CompileOptions *o, const EmitResult *r)
{
    int64_t ram = s->g->arena_bytes + s->g->state_bytes;
    if (o->ram > 0 && ram > o->ram) {
        return fail(&s->diag, ERR_LIMIT,
                    "needs %jd bytes of RAM (arena %jd + state %jd), more than the budget of %jd; no order and plan "
                    "can go below %jd",
                    (intmax_t)ram, (intmax_t)s->g->arena_bytes, (intmax_t)s->g->state_bytes, (intmax_t)o->ram,
                    (intmax_t)(s->g->lower_bound_bytes + s->g->state_bytes));
    }
    if (o->flash > 0 && r->weights_bytes > o->flash) {
        return fail(&s->diag, ERR_LIMIT, "its weights take %jd bytes of flash, more than the budget of %jd",
                    (intmax_t)r->weights_bytes, (intmax_t)o->flash);
    }
    return OK;
}

Status compile_session(Session *s, const CompileOptions *o, EmitResult *result)
{
    *result = (EmitResult){0};
    Graph *plain = NULL;
    TRY(session_plain(s, o->rounding, &plain));
    Status status = pipeline_run(s, o->rounding, NULL);
    if (status == OK) {
        int64_t runs = selftest_runs(plain);
        uint8_t *inputs = NEW(&s->arena, uint8_t, runs * graph_input_bytes(plain) + 1);
        uint8_t *outputs = NEW(&s->arena, uint8_t, runs * graph_output_bytes(plain) + 1);
        make_vectors(plain, 1, runs, inputs);
        rehearse(plain, false, inputs, runs, outputs);
        EmitOptions e = {
            .name = o->name != NULL ? o->name : name_from_file(&s->arena, s->file_name),
            .source_name = s->file_name,
            .source_sha256 = s->sha256,
            .options_text = arena_printf(&s->arena, "--target=%s --optimize=%s --rounding=%s", o->target,
                                         optimize_names[o->optimize],
                                         o->rounding == ROUNDING_SINGLE ? "single" : "tflite"),
            .optimize = o->optimize,
            .ram_budget = o->ram,
            .flash_budget = o->flash,
            .selftest_runs = (int32_t)runs,
            .selftest_inputs = inputs,
            .selftest_outputs = outputs,
        };
        status = emit_model(s->g, &e, result, &s->diag);
    }
    graph_free(plain);
    return status == OK ? check_budget(s, o, result) : status;
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
