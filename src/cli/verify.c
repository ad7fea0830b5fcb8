/* verify: the proof on emulated chips.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static void print_columns(int64_t v, int columns)
{
    if (v < 0) {
        printf(" %*s", columns, "-");
    } else {
        printf(" %*jd", columns, (intmax_t)v);
    }
}

static void print_count(int64_t v)
{
    print_columns(v, 12);
}

static void print_rows(const VerifyResult *r)
{
    printf("%-12s %8s %8s %12s %12s %10s %10s %12s %12s\n", "target", "vectors", "equal", "instructions",
           "cycles", "stack B", "at most", "code B", "RAM B");
    for (int32_t i = 0; i < r->row_count; i++) {
        const VerifyRow *v = &r->row[i];
        printf("%-12s %8jd %8jd", v->target, (intmax_t)v->vectors, (intmax_t)v->equal);
        print_count(v->instructions);
        print_count(v->cycles);
        print_columns(v->stack_bytes, 10);
        print_columns(v->stack_bound_bytes, 10);
        int64_t flash = v->text_bytes < 0
                            ? -1
                            : v->text_bytes + v->rodata_bytes + v->data_bytes - r->weights_bytes;
        print_count(flash);
        print_count(v->bss_bytes < 0 ? -1 : v->data_bytes + v->bss_bytes);
        printf("\n");
    }
    printf("\nweights %jd bytes; code is flash without them; instructions are exact and the most "
           "of any vector;\nstack is what the vectors took and, from the machine code, the most that any could\n",
           (intmax_t)r->weights_bytes);
    for (int32_t i = 0; i < r->row_count; i++) {
        if (r->row[i].flags != NULL && r->row[i].flags[0] != '\0') {
            printf("%-12s %s\n", r->row[i].target, r->row[i].flags);
        }
    }
}

/* What the sample that completes a run takes; of the target that takes most. */
static void print_push(const Session *s, const VerifyResult *r)
{
    if (!graph_gives_events(s->g)) {
        return;
    }
    int32_t hop = tensor(s->g, s->g->input[0])->shape.dim[1];
    int32_t most = -1;
    for (int32_t i = 0; i < r->row_count; i++) {
        most = r->row[i].instructions > (most < 0 ? 0 : r->row[most].instructions) ? i : most;
    }
    if (most >= 0) {
        printf("NAME_push: at most %jd instructions in a sample and its copy (%s), the one of %d that runs the model; "
               "%jd in the mean\n",
               (intmax_t)r->row[most].instructions, r->row[most].target, hop,
               (intmax_t)((r->row[most].instructions + hop - 1) / hop));
    }
}

static Status read_options(const CliArgs *a, VerifyOptions *o, Diag *d)
{
    TRY(args_verify(a, "host", o, d));
    o->expect_path = a->value[OPT_EXPECT];
    o->output_path = a->value[OPT_OUTPUT];
    if (o->expect_path != NULL && o->inputs_path == NULL) {
        return fail(d, ERR_USAGE, "--expect needs the --inputs that belong to it");
    }
    return OK;
}

int cli_verify(const CliArgs *a)
{
    Session s = {0};
    VerifyOptions o = {0};
    VerifyResult r = {0};
    stop_on_signals();
    Status status = read_options(a, &o, &s.diag);
    if (status == OK) {
        status = session_open(&s, a->operand[0]);
    }
    if (status == OK) {
        status = verify_session(&s, &o, &r, show_progress, NULL);
        clear_progress();
    }
    if (target_stop != 0) {
        status = ERR_TOOL;
    }
    bool have_rows = status == OK || status == ERR_DIFFERS;
    if (have_rows) {
        print_warnings(&s.diag);
    }
    if (have_rows && want_json(a)) {
        print_json(verify_json(&s, &o, &r));
    } else if (have_rows) {
        print_rows(&r);
    }
    for (int32_t i = 0; have_rows && i < r.row_count; i++) {
        if (r.row[i].difference[0] != '\0') {
            fprintf(stderr, "shrinc: %s: %s: %s\n", s.file_name, r.row[i].target,
                    r.row[i].difference);
        }
    }
    int code = have_rows ? exit_code(status) : target_stop != 0 ? 130 : report_failure(a, &s.diag);
    if (status == OK && !want_json(a)) {
        print_push(&s, &r);
        printf("all outputs equal\n");
    }
    verify_free(&r);
    session_close(&s);
    return code;
}
