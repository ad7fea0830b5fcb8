/* The table of malformed and odd models: each line of cases.txt is built, imported and inferred; its status and sentence must
 * be those of the table.
 * usage: bad MODELS CASES [ID]   prints each failure; with PRINT=1 in the environment prints the table as it is seen
 * SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include "import/import.h"

#include <stdlib.h>

static const char *const status_names[] = {"ok", "input", "unsupported", "limit", "io", "tool", "differs", "usage"};

/* Infers and lowers every operator, as the passes do. */
static Status infer(Graph *g, Diag *d)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        if (op->infer != NULL) {
            TRY(op->infer(g, &g->node[i], d));
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        if (op->lower != NULL) {
            TRY(op->lower(g, &g->node[i], d));
        }
    }
    return OK;
}

typedef struct Case {
    const char *id, *model, *edits, *status, *sentence;
} Case;

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

/* Imports a copy of its exact size, so that a sanitizer sees any byte read beyond. */
static const char *run(const FbBuild *b, Diag *d)
{
    Graph *g = NULL;
    uint8_t *exact = malloc(b->count == 0 ? 1 : b->count);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, b->bytes, b->count);
    Status s = import_tflite((Span){exact, b->count}, "case.tflite", NULL, &g, d);
    if (s == OK) {
        s = infer(g, d);
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
    const char *status = run(&b, &d);
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
