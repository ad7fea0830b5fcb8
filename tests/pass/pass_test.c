/* Passes as text: DIR/PASS/NAME.before is parsed, the pass is run, and the graph must print as
 * NAME.want, or the pass must fail with the sentence in NAME.err. A first line "// after: a b" runs
 * those passes before. Where the pass claims to be exact, the graph as parsed (each tensor in
 * memory of its own, no other pass) and the graph after the pass and all later ones (planned arena)
 * must give equal bytes for random inputs, state included.
 *
 * Usage: pass_test DIR [write]; "write" makes the expected files anew.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

static const char suite_name[] = "pass";
#include "../cases.h"

enum { RUNS = 6 };

static const Pass *find_pass(const char *name)
{
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

static Status run_pass(const Pass *p, Graph *g, Diag *d)
{
    TRY(p->run(g, d));
    return graph_verify(g, d);
}

/* The passes named in the first line. */
static Status run_before(const char *text, Graph *g, Diag *d)
{
    static const char mark[] = "// after:";
    if (strncmp(text, mark, sizeof mark - 1) != 0) {
        return OK;
    }
    Arena a = {0};
    char *line = arena_strndup(&a, text + sizeof mark - 1, strcspn(text, "\n") - (sizeof mark - 1));
    Status s = OK;
    for (char *word = strtok(line, " "); word != NULL && s == OK; word = strtok(NULL, " ")) {
        const Pass *p = find_pass(word);
        s = p == NULL ? fail(d, ERR_USAGE, "there is no pass %s", word) : run_pass(p, g, d);
    }
    arena_free(&a);
    return s;
}

static Graph *parse(const char *text, Span weights, Diag *d)
{
    Graph *g = NULL;
    return graph_parse(text, weights, op_find_kind, &g, d) == OK ? g : NULL;
}

/* C names are not part of the text: one comment for each. */
static void print_names(const Graph *g, Out *out)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        out_line(out, "// layer \"%s\": %s", g->node[i].name, g->node[i].cname);
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        out_line(out, "// tensor \"%s\": %s", tensor(g, id)->name, tensor(g, id)->cname);
    }
}

/* Bytes for @weights: small integers of both signs in every byte. */
static Span make_block(Arena *a)
{
    enum { BYTES = 1 << 16 };
    uint8_t *block = NEW(a, uint8_t, BYTES);
    uint32_t state = 1;
    for (size_t i = 0; i < BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        block[i] = (uint8_t)(int8_t)((int32_t)(state >> 24) - 128);
    }
    return (Span){block, BYTES};
}

static Status make_plain(Graph *g, const char *first_pass, Diag *d)
{
    if (strcmp(first_pass, "infer") == 0) {
        TRY(pass_infer(g, d)); /* what is not inferred cannot run */
    }
    return pass_lower(g, d);
}

static Status run_later(Graph *g, const Pass *p, Diag *d)
{
    for (p++; p->name != NULL; p++) {
        TRY(run_pass(p, g, d));
    }
    return OK;
}

static void check_equal(const char *id, const char *text, Span weights, const Pass *p)
{
    Diag d = {0};
    Arena a = {0};
    Graph *plain = parse(text, weights, &d);
    Graph *after = parse(text, weights, &d);
    Status s = plain == NULL || after == NULL ? ERR_INPUT : make_plain(plain, p->name, &d);
    s = s != OK ? s : run_before(text, after, &d);
    s = s != OK ? s : run_pass(p, after, &d);
    s = s != OK ? s : run_later(after, p, &d);
    report(s == OK, id, "runs to the end", "OK", d.text);
    if (s == OK) {
        uint8_t *inputs = NEW(&a, uint8_t, RUNS * graph_input_bytes(plain));
        uint8_t *wanted = NEW(&a, uint8_t, RUNS * graph_output_bytes(plain));
        uint8_t *seen = NEW(&a, uint8_t, RUNS * graph_output_bytes(plain));
        make_vectors(plain, 7, RUNS, inputs);
        rehearse(plain, false, inputs, RUNS, wanted);
        rehearse(after, true, inputs, RUNS, seen);
        report(memcmp(wanted, seen, (size_t)(RUNS * graph_output_bytes(plain))) == 0, id, "outputs",
               "equal bytes", "other bytes");
    }
    diag_clear(&d);
    graph_free(plain);
    graph_free(after);
    arena_free(&a);
}

static void run_case(const char *dir, const char *pass_name, const char *name)
{
    Arena a = {0};
    Diag d = {0};
    Span bytes = {0};
    const Pass *p = find_pass(pass_name);
    const char *id = arena_printf(&a, "%s/%s", pass_name, name);
    const char *base = arena_printf(&a, "%s/%s/%s", dir, pass_name, name);
    if (file_read(&a, arena_printf(&a, "%s.before", base), 1 << 20, &bytes, &d) != OK ||
        p == NULL) {
        report(false, id, "is there", "a file and a pass of that name", d.text);
        arena_free(&a);
        return;
    }
    const char *text = arena_strndup(&a, (const char *)bytes.data, bytes.bytes);
    Span weights = make_block(&a);
    Graph *g = parse(text, weights, &d);
    Status s = g == NULL ? ERR_INPUT : run_before(text, g, &d);
    s = s != OK ? s : run_pass(p, g, &d);
    if (s != OK) {
        compare_file(&a, id, arena_printf(&a, "%s.err", base), arena_printf(&a, "%s\n", d.text));
    } else {
        Out out = {0};
        graph_print(g, &out, NULL);
        if (strcmp(pass_name, "names") == 0) {
            print_names(g, &out);
        }
        compare_file(&a, id, arena_printf(&a, "%s.want", base), out.text);
        out_free(&out);
        if (p->is_exact) {
            check_equal(id, text, weights, p);
        }
    }
    diag_clear(&d);
    graph_free(g);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "tests/pass";
    writes = argc > 2 && strcmp(argv[2], "write") == 0;
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        each_case(dir, p->name, run_case);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
