/* Written .tflite files: what they say comes back.
 *   export_test check FILE.tflite...      each file is read, written and read again: the same graph
 *                                         text and weights, and written again the same bytes; then
 *                                         metadata of every kind. Last line: N passed, N failed.
 *   export_test write DIR FILE.tflite...  writes each into DIR as OP-CASE.tflite (or CASE.tflite),
 *                                         the first with labels, normalisation and notes
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"
#include "import/import.h"
#include "pass/pass.h"

#include <stdlib.h>

static int32_t passed, failed;

static void report(bool good, const char *file, const char *what)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAIL export:%s: %s\n", file, what);
    }
}

/* In the file, operators have the numbers of their places. */
static void number_nodes(Graph *g)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        g->node[i].index = i;
    }
}

typedef struct Text {
    Out graph, weights;
} Text;

static Text text_of(const Graph *g)
{
    Text t = {{0}, {0}};
    graph_print(g, &t.graph, &t.weights);
    return t;
}

static void text_free(Text *t)
{
    out_free(&t->graph);
    out_free(&t->weights);
}

static bool same(const Out *a, const Out *b)
{
    return a->bytes == b->bytes && (a->bytes == 0 || memcmp(a->text, b->text, a->bytes) == 0);
}

/* BYTES as a graph with its shapes inferred; NULL and a sentence in D if that fails. */
static Graph *read_graph(Span bytes, const char *path, Diag *d)
{
    Graph *g = NULL;
    if (import_tflite(bytes, path_base(path), NULL, &g, d) == OK && pass_infer(g, d) == OK) {
        return g;
    }
    graph_free(g);
    return NULL;
}

/* A graph whose file may not be written (state, operators of ours) counts as refused, not failed. */
static void round_trip(const char *path)
{
    Arena a = {0};
    Diag d = {0};
    Span bytes;
    Out once = {0};
    Out again = {0};
    Graph *g = NULL;
    Graph *back = NULL;
    if (file_read(&a, path, (size_t)64 << 20, &bytes, &d) == OK) {
        g = read_graph(bytes, path, &d);
    }
    if (g != NULL) {
        number_nodes(g);
    }
    if (g != NULL && export_tflite(g, &once, &d) == OK) {
        back = read_graph((Span){(const uint8_t *)once.text, once.bytes}, path, &d);
        report(back != NULL, path, d.text);
    }
    if (back != NULL) {
        Text before = text_of(g);
        Text after = text_of(back);
        report(same(&before.graph, &after.graph), path, "another graph came back");
        report(same(&before.weights, &after.weights), path, "other weights came back");
        report(export_tflite(back, &again, &d) == OK && same(&once, &again), path,
               "written again it has other bytes");
        text_free(&before);
        text_free(&after);
    }
    graph_free(g);
    graph_free(back);
    out_free(&once);
    out_free(&again);
    diag_clear(&d);
    arena_free(&a);
}

/* --- metadata --- */

static const char *const labels[] = {"background", "größe, \"quoted\"", "", "last"};

static void add_metadata(Graph *g)
{
    g->description = "A network of\ntwo lines";
    g->label = NEW(&g->arena, const char *, COUNT(labels));
    memcpy(g->label, labels, sizeof labels);
    g->label_count = COUNT(labels);
    g->input_name = NEW(&g->arena, const char *, g->input_count);
    g->output_name = NEW(&g->arena, const char *, g->output_count);
    for (int32_t i = 0; i < g->input_count; i++) {
        int64_t count = shape_count(&tensor(g, g->input[i])->shape);
        Scaling *a = graph_scaling(g, true, i);
        a->count = i % 2 == 0 ? (int32_t)count : 1;
        a->units = "m/s\xC2\xB2";
        a->offset = NEW(&g->arena, float, count);
        a->gain = NEW(&g->arena, float, count);
        for (int64_t k = 0; k < count; k++) {
            a->offset[k] = (float)k / 3.0f - 1e10f * (float)(k % 2);
            a->gain[k] = k % 3 == 2 ? 0.0f : 1e-10f / (float)(k + 3);
        }
        g->input_name[i] = arena_printf(&g->arena, "speed_%d", i);
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        Scaling *a = graph_scaling(g, false, i);
        static float offset[] = {0.1f};
        static float gain[] = {-3.0f};
        *a = (Scaling){1, offset, gain, i == 0 ? NULL : "V"};
        g->output_name[i] = arena_printf(&g->arena, "force_%d", i);
    }
    graph_set_meta(g, "training", "epochs 500\nloss \"mse\" 0.01 \\ \xE2\x82\xAC");
    graph_set_meta(g, "", "");
    graph_set_meta(g, "training", "replaced: epochs 501\nseed 1");
}

static void check_metadata(const char *path)
{
    Arena a = {0};
    Diag d = {0};
    Span bytes;
    Out once = {0};
    Graph *g = NULL;
    Graph *back = NULL;
    if (file_read(&a, path, (size_t)64 << 20, &bytes, &d) == OK) {
        g = read_graph(bytes, path, &d);
    }
    if (g != NULL) {
        add_metadata(g);
        back = export_tflite(g, &once, &d) == OK
                   ? read_graph((Span){(const uint8_t *)once.text, once.bytes}, path, &d)
                   : NULL;
    }
    report(back != NULL && d.warning_count == 0, path, d.warning_count > 0 ? d.warning[0] : d.text);
    if (back != NULL) {
        g->description =
            "A network of?two lines"; /* control bytes are not for one line of a terminal */
        Text before = text_of(g);
        Text after = text_of(back);
        report(same(&before.graph, &after.graph), path, after.graph.text);
        report(back->input_name != NULL && strcmp(back->input_name[0], "speed_0") == 0, path,
               "the input's name is lost");
        report(back->output_name != NULL && strcmp(back->output_name[0], "force_0") == 0, path,
               "the output's name is lost");
        Graph *copy = graph_copy(back);
        Text third = text_of(copy);
        report(same(&third.graph, &after.graph), path, "a copy says something else");
        graph_free(copy);
        text_free(&third);
        text_free(&before);
        text_free(&after);
    }
    graph_free(g);
    graph_free(back);
    out_free(&once);
    diag_clear(&d);
    arena_free(&a);
}

/* --- for the oracles --- */

static void write_one(const char *dir, const char *path, bool with_metadata)
{
    Arena a = {0};
    Diag d = {0};
    Span bytes;
    Out file = {0};
    Graph *g = NULL;
    char *name = arena_strdup(&a, path);
    char *slash = strrchr(name, '/');
    char *before = slash;
    if (slash != NULL && strstr(path, "vectors/") != NULL) { /* op/case.tflite -> op-case.tflite */
        *slash = '-';
        before = strrchr(name, '/');
    }
    Status s = file_read(&a, path, (size_t)64 << 20, &bytes, &d);
    g = s == OK ? read_graph(bytes, path, &d) : NULL;
    if (g != NULL && with_metadata) {
        add_metadata(g);
    }
    if (g != NULL && export_tflite(g, &file, &d) == OK &&
        file_write(path_join(&a, dir, before == NULL ? name : before + 1), file.text, file.bytes,
                   &d) == OK) {
        printf("%s %s\n", path_join(&a, dir, before == NULL ? name : before + 1), path);
    }
    out_free(&file);
    graph_free(g);
    diag_clear(&d);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "check") == 0) {
        for (int i = 2; i < argc; i++) {
            round_trip(argv[i]);
        }
        check_metadata(argv[2]);
        printf("%d passed, %d failed\n", passed, failed);
        return failed == 0 ? 0 : 1;
    }
    if (argc > 3 && strcmp(argv[1], "write") == 0) {
        for (int i = 3; i < argc; i++) {
            write_one(argv[2], argv[i], i == 3);
        }
        return 0;
    }
    fprintf(stderr, "usage: export_test check FILE... | write DIR FILE...\n");
    return 2;
}
