/* compile: a model to C files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static void print_summary(const Session *s, const CompileOptions *o, const Compiled *c, const char *dir)
{
    const EmitResult *r = &c->result;
    const Graph *g = s->g;
    for (int32_t i = 0; i < r->file_count; i++) {
        printf("  %s/%-28s %8zu bytes of text\n", dir, r->file[i].name, r->file[i].text.bytes);
    }
    printf("\n  flash  %jd bytes of weights and constants\n", (intmax_t)r->weights_bytes);
    printf("  RAM    %jd bytes: arena %jd with input and output (%s; lower bound %jd, greedy "
           "without overlap %jd), state %jd\n",
           (intmax_t)(g->arena_bytes + g->state_bytes), (intmax_t)g->arena_bytes,
           g->plan_is_optimal ? "proven optimal" : "best found", (intmax_t)g->lower_bound_bytes,
           (intmax_t)g->greedy_bytes, (intmax_t)g->state_bytes);
    if (c->options.stack_bytes > 0) {
        printf("  stack  at most %jd bytes; code %jd bytes (%s)\n", (intmax_t)c->options.stack_bytes,
               (intmax_t)c->options.code_bytes, c->options.stack_how);
    }
    printf("  MACs   %jd", (intmax_t)graph_macs(g));
    if (graph_macs(g) < s->macs) {
        printf(" of %jd: dead and constant channels are gone, no output byte changes",
               (intmax_t)s->macs);
    }
    printf("\n\nnext: shrinc verify %s --on host,%s\n", s->path,
           target_find(o->target) != NULL && strncmp(o->target, "host", 4) != 0 ? o->target : "cortex-m4");
}

static void print_result(const CliArgs *a, const Session *s, const CompileOptions *o, const Compiled *c,
                         const Explain *why)
{
    if (want_json(a)) {
        json_t *report = report_json(s->g, &c->options, &c->result);
        if (why != NULL) {
            json_object_set_new(report, "explain", explain_json(why));
        }
        print_json(report);
        return;
    }
    if (a->value[OPT_OUT_DIR] != NULL) {
        print_summary(s, o, c, a->value[OPT_OUT_DIR]);
    }
    if (why != NULL) {
        print_explain(why);
    }
}

int cli_compile(const CliArgs *a)
{
    Session s = {0};
    Compiled c = {0};
    CompileOptions o;
    const char *dir = a->value[OPT_OUT_DIR];
    Explain why = {0};
    bool explains = a->value[OPT_EXPLAIN] != NULL;
    stop_on_signals();
    Status status = dir == NULL && !want_json(a) && !explains
                        ? fail(&s.diag, ERR_USAGE, "compile needs a folder for the C files: -o DIR")
                        : args_compile(a, &o, &s.diag);
    if (status == OK) {
        status = session_open(&s, a->operand[0]);
    }
    if (status == OK) {
        status = compile_session(&s, &o, &c);
    }
    if (status == OK && dir != NULL) {
        status = write_files(dir, &c.result, &s.diag);
    }
    if (status == OK && explains) {
        status = explain_session(&s, &o, &why, &s.diag);
    }
    int code = 0;
    if (status != OK || target_stop != 0) {
        code = target_stop != 0 ? 130 : report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        print_result(a, &s, &o, &c, explains ? &why : NULL);
    }
    explain_free(&why);
    emit_free(&c.result);
    session_close(&s);
    return code;
}
