/* Real models against their golden outputs, plainly and through all passes in the planned arena.
 * Usage: models DIR: every DIR/NAME.tflite with NAME.in.bin and NAME.out.bin (all outputs, or the first of each run).
 *        models --csv DIR: one-operator models with NAME_inputI_TYPE.csv and NAME_golden_TYPE.csv.
 * The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <dirent.h>
#include <stdlib.h>

typedef struct Golden {
    Span in, out; /* raw bytes, run after run */
    int64_t runs;
} Golden;

/* --- comparing --------------------------------------------------------------------------------------------- */

static bool run_equal(const Graph *g, const uint8_t *want, int64_t want_bytes, const uint8_t *got, Difference *first)
{
    if (want_bytes == graph_output_bytes(g)) {
        return outputs_equal(g, want, got, first);
    }
    const Tensor *t = tensor(g, g->output[0]); /* golden files may hold the first output alone */
    int64_t k = 0;
    bool equal = tensor_bytes_equal(t, want, got, &k);
    *first = (Difference){0, k, element_value(t->type, want, k), element_value(t->type, got, k)};
    return equal;
}

static Status compare(Session *s, const Graph *g, bool planned, const Golden *w)
{
    int64_t in_bytes = graph_input_bytes(g);
    int64_t out_bytes = graph_output_bytes(g);
    int64_t runs = in_bytes > 0 ? (int64_t)w->in.bytes / in_bytes : 1;
    int64_t want_bytes = (int64_t)w->out.bytes / (runs > 0 ? runs : 1);
    bool sizes = runs * in_bytes == (int64_t)w->in.bytes && runs * want_bytes == (int64_t)w->out.bytes &&
                 (want_bytes == out_bytes || want_bytes == tensor_bytes(tensor(g, g->output[0])));
    if (!sizes) {
        return fail(&s->diag, ERR_DIFFERS, "sizes differ: %jd bytes in, %jd out a run; files %zu and %zu", (intmax_t)in_bytes,
                    (intmax_t)out_bytes, w->in.bytes, w->out.bytes);
    }
    uint8_t *got = NEW(&s->arena, uint8_t, runs * out_bytes + 1);
    rehearse(g, planned, w->in.data, runs, got);
    for (int64_t r = 0; r < runs; r++) {
        Difference d;
        if (!run_equal(g, w->out.data + r * want_bytes, want_bytes, got + r * out_bytes, &d)) {
            return fail(&s->diag, ERR_DIFFERS, "%s: run %jd output %d element %jd: expected %.9g, got %.9g",
                        planned ? "planned" : "plain", (intmax_t)r, d.output, (intmax_t)d.element, d.expected, d.got);
        }
    }
    return OK;
}

static Status both(Session *s, const Golden *w)
{
    Graph *plain = NULL;
    TRY(session_plain(s, ROUNDING_TFLITE, &plain));
    Status status = compare(s, plain, false, w);
    graph_free(plain);
    TRY(status);
    TRY(pipeline_run(s, ROUNDING_TFLITE, NULL));
    return compare(s, s->g, true, w);
}

/* --- .bin golden files ------------------------------------------------------------------------------------------ */

static Status check_bin(Session *s, const char *dir, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s.tflite", dir, name);
    TRY(session_open(s, path));
    Golden w = {0};
    TRY(file_read(&s->arena, arena_printf(&s->arena, "%s/%s.in.bin", dir, name), 1 << 28, &w.in, &s->diag));
    TRY(file_read(&s->arena, arena_printf(&s->arena, "%s/%s.out.bin", dir, name), 1 << 28, &w.out, &s->diag));
    return both(s, &w);
}

/* --- .csv golden files -------------------------------------------------------------------------------------------- */

static Status read_values(Arena *a, const char *path, Type type, Out *bytes, Diag *d)
{
    Span file;
    TRY(file_read(a, path, 1 << 24, &file, d));
    const char *p = (const char *)file.data; /* file_read leaves a NUL behind the bytes */
    for (char *end = NULL; *p != '\0'; p = *end == '\0' ? end : end + 1) {
        int64_t v = strtoll(p, &end, 10);
        if (end == p) {
            break;
        }
        out_bytes(bytes, &v, (size_t)type_bytes(type));
    }
    return OK;
}

static Status check_csv(Session *s, const char *dir, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s.tflite", dir, name);
    TRY(session_open(s, path));
    Out in = {0};
    Out out = {0};
    Status status = OK;
    for (int32_t i = 0; status == OK && i < s->g->input_count; i++) {
        Type type = tensor(s->g, s->g->input[i])->type;
        const char *text = type == TYPE_S32 ? "int32" : type == TYPE_S16 ? "int16" : "int8";
        status = read_values(&s->arena, arena_printf(&s->arena, "%s/%s_input%d_%s.csv", dir, name, i, text), type, &in,
                             &s->diag);
    }
    if (status == OK) {
        status = read_values(&s->arena, arena_printf(&s->arena, "%s/%s_golden_int16.csv", dir, name), TYPE_S16, &out, &s->diag);
    }
    if (status == OK) {
        Golden w = {.in = {(const uint8_t *)in.text, in.bytes}, .out = {(const uint8_t *)out.text, out.bytes}};
        status = both(s, &w);
    }
    out_free(&in);
    out_free(&out);
    return status;
}

/* --- a folder ------------------------------------------------------------------------------------------------------- */

static bool is_there(const char *dir, const char *name, const char *ending)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s%s", dir, name, ending);
    FILE *f = fopen(path, "rb");
    if (f != NULL) {
        (void)fclose(f);
    }
    return f != NULL;
}

int main(int argc, char **argv)
{
    bool csv = argc == 3 && strcmp(argv[1], "--csv") == 0;
    if (argc != (csv ? 3 : 2)) {
        fprintf(stderr, "usage: models [--csv] DIR\n");
        return 2;
    }
    const char *dir = argv[argc - 1];
    struct dirent **entry = NULL;
    int count = scandir(dir, &entry, NULL, alphasort);
    int passed = 0;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char *name = entry[i]->d_name;
        char *dot = strstr(name, ".tflite");
        if (dot != NULL) {
            *dot = '\0';
        }
        if (dot != NULL && (csv || is_there(dir, name, ".in.bin"))) {
            Session s = {0};
            Status status = csv ? check_csv(&s, dir, name) : check_bin(&s, dir, name);
            passed += status == OK;
            failed += status != OK;
            if (status != OK) {
                printf("FAIL model:%s: %s\n", name, s.diag.text);
            }
            session_close(&s);
        }
        free(entry[i]);
    }
    free(entry);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
