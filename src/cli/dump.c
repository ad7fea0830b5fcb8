/* dump: the graph as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static bool is_pass(const char *name)
{
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int list_passes(FILE *f)
{
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        fprintf(f, "%s\n", p->name);
    }
    return 0;
}

int cli_dump(const CliArgs *a)
{
    const char *after = a->value[OPT_AFTER];
    if (after != NULL && strcmp(after, "list") == 0) {
        return list_passes(stdout);
    }
    if (after != NULL && !is_pass(after)) {
        fprintf(stderr, "shrinc dump: there is no pass '%s'; the passes are, in order:\n", after);
        (void)list_passes(stderr);
        return exit_code(ERR_USAGE);
    }
    Session s;
    CompileOptions o;
    Status status = session_open(&s, a->operand[0]);
    if (status == OK) {
        status = args_compile(a, &o, &s.diag);
    }
    if (status == OK && after != NULL) {
        status = pipeline_run(&s, o.rounding, after);
    }
    int code = 0;
    if (status != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(a, &s.diag);
        Out text = {0};
        graph_print(s.g, &text, NULL);
        (void)fwrite(text.text, 1, text.bytes, stdout);
        out_free(&text);
    }
    session_close(&s);
    return code;
}
