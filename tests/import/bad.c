/* The table of malformed and odd models: each line of cases.txt is built, imported and led through all passes; its status and sentence must
 * be those of the table.
 * usage: bad MODELS CASES [ID]   prints each failure; with PRINT=1 in the environment prints the table as it is seen
 * SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include "driver/driver.h"

#include <stdlib.h>

static const char *const status_names[] = {"ok", "input", "unsupported", "limit", "io", "tool", "differs", "usage"};

typedef struct Case {
    const char *id, *model, *edits, *status, *sentence;
} Case;

/* All passes, as the tool runs them. */
static Status run_passes(Graph *g, Diag *d)
{
    Session s = {.file_name = "case.tflite", .g = g};
    Status status = pipeline_run(&s, ROUNDING_TFLITE, NULL);
    if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    }
    for (int32_t i = 0; i < s.diag.warning_count && i < DIAG_WARNINGS; i++) {
        warn(d, "%s", s.diag.warning[i]);
    }
    diag_clear(&s.diag);
    return status;
}

/* Splits "id|model|edits|status|sentence" in place. */
static bool split(char *line, Case *c)
{
    char *part[5];
    for (int i = 0; i < 5; i++) {
        part[i] = line;
        char *bar = i < 4 ? strchr(line, '|') : NULL;
        if (bar == NULL && i < 4) {
            return false;
        }
        if (bar != NULL) {
            *bar = '\0';
            line = bar + 1;
        }
    }
    *c = (Case){part[0], part[1], part[2], part[3], part[4]};
    return true;
}

/* "limit tensors 3" among the edits: the limits of this case. */
static ImportLimits limits_of(const char *edits)
{
    ImportLimits l = import_default_limits();
    for (const char *p = strstr(edits, "limit "); p != NULL; p = strstr(p + 1, "limit ")) {
        char name[32];
        long value = 0;
        if (sscanf(p, "limit %31s %ld", name, &value) != 2) {
            continue;
        }
        l.file_bytes = strcmp(name, "file_bytes") == 0 ? (size_t)value : l.file_bytes;
        l.subgraphs = strcmp(name, "subgraphs") == 0 ? (int32_t)value : l.subgraphs;
        l.tensors = strcmp(name, "tensors") == 0 ? (int32_t)value : l.tensors;
        l.operators = strcmp(name, "operators") == 0 ? (int32_t)value : l.operators;
        l.buffers = strcmp(name, "buffers") == 0 ? (int32_t)value : l.buffers;
        l.dim = strcmp(name, "dim") == 0 ? (int32_t)value : l.dim;
        l.elements = strcmp(name, "elements") == 0 ? value : l.elements;
        l.node_args = strcmp(name, "node_args") == 0 ? (int32_t)value : l.node_args;
        l.name_bytes = strcmp(name, "name_bytes") == 0 ? (size_t)value : l.name_bytes;
    }
    return l;
}

/* What an accepted model's graph says beside its network, for cases whose sentence begins with "info: ". */
static void describe(const Graph *g, Diag *d)
{
    Out o = {0};
    out_printf(&o, "info:");
    for (int32_t i = 0; i < g->input_count && g->input_name != NULL; i++) {
        out_printf(&o, " in=%s", g->input_name[i] == NULL ? "-" : g->input_name[i]);
    }
    for (int32_t i = 0; i < g->output_count && g->output_name != NULL; i++) {
        out_printf(&o, " out=%s", g->output_name[i] == NULL ? "-" : g->output_name[i]);
    }
    for (int32_t i = 0; i < g->label_count; i++) {
        out_printf(&o, " label=%s", g->label[i]);
    }
    for (TensorId i = 1; i < g->tensor_count; i++) {
        const Tensor *t = tensor(g, i);
        if (t->is_state) {
            out_printf(&o, " state=%s,%d", t->name, t->data == NULL ? 0 : (int)const_value(t, 0));
        }
    }
    for (int32_t i = 0; i < g->input_count && g->input_scaling != NULL; i++) {
        const Scaling *a = &g->input_scaling[i];
        for (int32_t k = 0; k < a->count; k++) {
            out_printf(&o, " (x-%g)*%g", (double)a->offset[k], (double)a->gain[k]);
        }
        out_printf(&o, "%s", a->units == NULL ? "" : a->units);
    }
    for (int32_t i = 0; i < g->meta_count; i++) {
        out_printf(&o, " %s:%s", g->meta[i].key, g->meta[i].text);
    }
    out_printf(&o, " runtime=%s name=%s", g->min_runtime_version == NULL ? "-" : g->min_runtime_version,
               g->input_count > 0 ? tensor(g, g->input[0])->name : "-");
    warn(d, "%s", o.text);
    out_free(&o);
}

/* Imports a copy of its exact size, so that a sanitizer sees any byte read beyond. */
static const char *run(const FbBuild *b, const Case *c, Diag *d)
{
    ImportLimits limits = limits_of(c->edits);
    Graph *g = NULL;
    uint8_t *exact = malloc(b->count == 0 ? 1 : b->count);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, b->bytes, b->count);
    Status s = import_tflite((Span){exact, b->count}, "case.tflite", &limits, &g, d);
    if (s == OK) {
        s = run_passes(g, d);
    }
    if (s == OK && strncmp(c->sentence, "info:", 5) == 0 && d->warning_count == 0) {
        describe(g, d);
    }
    graph_free(g);
    free(exact);
    return status_names[s];
}

static bool check(const json_t *models, const Case *c, bool print)
{
    FbBuild b;
    Diag d = {0};
    const json_t *model = json_object_get(models, c->model);
    if (model == NULL) {
        printf("FAILED %s: no model %s\n", c->id, c->model);
        return false;
    }
    model_edit(model, c->edits, &b);
    const char *status = run(&b, c, &d);
    const char *sentence = d.code != OK ? d.text : d.warning_count > 0 ? d.warning[0] : "";
    bool good = strcmp(status, c->status) == 0 && strcmp(sentence, c->sentence) == 0 && strchr(sentence, '\n') == NULL;
    if (print) {
        printf("%s|%s|%s|%s|%s\n", c->id, c->model, c->edits, status, sentence);
    } else if (!good) {
        printf("FAILED %s\n--- wanted %s|%s\n--- seen   %s|%s\n", c->id, c->status, c->sentence, status, sentence);
    }
    diag_clear(&d);
    fb_build_free(&b);
    return good;
}

int main(int argc, char **argv)
{
    Arena a = {0};
    Diag d = {0};
    Span models_text;
    Span cases_text;
    if (argc < 3 || file_read(&a, argv[1], 1 << 20, &models_text, &d) != OK ||
        file_read(&a, argv[2], 1 << 20, &cases_text, &d) != OK) {
        printf("usage: bad MODELS CASES [ID]; %s\n", d.text);
        return 2;
    }
    json_t *models = models_read(arena_strndup(&a, (const char *)models_text.data, models_text.bytes));
    char *save = NULL;
    char *text = arena_strndup(&a, (const char *)cases_text.data, cases_text.bytes);
    int32_t passed = 0;
    int32_t failed = 0;
    bool print = getenv("PRINT") != NULL;
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        Case c;
        if (line[0] == '#' || !split(line, &c)) {
            if (print) {
                printf("%s\n", line);
            }
            continue;
        }
        if (argc < 4 || strcmp(argv[3], c.id) == 0) {
            bool good = check(models, &c, print);
            passed += good;
            failed += !good;
        }
    }
    if (!print) {
        printf("%d passed, %d failed\n", passed, failed);
    }
    json_decref(models);
    arena_free(&a);
    return failed > 0 && !print;
}
