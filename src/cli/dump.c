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

static json_t *names_json(const Graph *g, const TensorId *id, int32_t count)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_array_append_new(list, id[i] == 0 ? json_null() : json_string(tensor(g, id[i])->name));
    }
    return list;
}

static json_t *dump_json(const Session *s, const char *after, const Out *text)
{
    const Graph *g = s->g;
    json_t *nodes = json_array();
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        json_array_append_new(nodes, json_pack("{s:s, s:s, s:o, s:o}", "name", n->name, "op", n->kind->name, "inputs",
                                               names_json(g, n->in, n->in_count), "outputs",
                                               names_json(g, n->out, n->out_count)));
    }
    return json_pack("{s:s, s:{s:s, s:s}, s:s?, s:o, s:s}", "schema", "shrinc/dump/1", "model", "name", s->file_name,
                     "sha256", s->sha256, "after", after, "nodes", nodes, "text", text->text);
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
        print_warnings(&s.diag);
        Out text = {0};
        graph_print(s.g, &text, NULL);
        if (want_json(a)) {
            print_json(dump_json(&s, after, &text));
        } else {
            (void)fwrite(text.text, 1, text.bytes, stdout);
        }
        out_free(&text);
    }
    session_close(&s);
    return code;
}
