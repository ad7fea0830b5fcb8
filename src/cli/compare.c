/* compare: the variants of a model in one table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/compare.h"

#include <math.h>

/* --- the table: cells first, then as wide as the widest --- */

enum { MAX_CELLS = 16 };

typedef struct Table {
    Arena *arena;
    int32_t columns, rows, capacity;
    const char **cell; /* [rows][MAX_CELLS] */
} Table;

static void table_cell(Table *t, int32_t row, const char *text)
{
    t->cell[row * MAX_CELLS + t->columns] = text;
}

static void table_print(const Table *t)
{
    for (int32_t r = 0; r < t->rows; r++) {
        for (int32_t c = 0; c < t->columns; c++) {
            size_t width = 0;
            for (int32_t k = 0; k < t->rows; k++) {
                size_t n = strlen(t->cell[k * MAX_CELLS + c]);
                width = n > width ? n : width;
            }
            const char *text = t->cell[r * MAX_CELLS + c];
            bool left = c < 2 || c == t->columns - 1;
            if (left && c == t->columns - 1) {
                printf("%s%s", text[0] != '\0' ? "  " : "", text);
            } else {
                printf(left ? "%s%-*s" : "%s%*s", c > 0 ? "  " : "", (int)width, text);
            }
        }
        printf("\n");
    }
}

static const char *with_commas(Arena *a, int64_t v)
{
    if (v < 0) {
        return "-";
    }
    char *digits = arena_printf(a, "%jd", (intmax_t)v);
    size_t n = strlen(digits);
    char *text = NEW(a, char, n + n / 3 + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    return text;
}

static const char *metric_text(Arena *a, const CompareMetric *m, double v)
{
    if (isnan(v)) {
        return "-";
    }
    if (isinf(v)) {
        return "equal";
    }
    bool percent = strcmp(m->unit, "%") == 0;
    return arena_printf(a,
                        percent                      ? "%.2f %%"
                        : strcmp(m->unit, "dB") == 0 ? "%.1f dB"
                                                     : "%.5f",
                        v);
}

/* Points for percentages, else the difference itself. */
static const char *change_text(Arena *a, const CompareMetric *m, double v, double first)
{
    if (!isfinite(v) || !isfinite(first)) {
        return "";
    }
    return arena_printf(a,
                        strcmp(m->unit, "%") == 0    ? "%+.2f"
                        : strcmp(m->unit, "dB") == 0 ? "%+.1f"
                                                     : "%+.5f",
                        v - first);
}

static void add_metric(Table *t, const CompareResult *r, int32_t k)
{
    const CompareMetric *m = &r->metric[k];
    table_cell(t, 0, m->name);
    for (int32_t i = 0; i < r->row_count; i++) {
        table_cell(t, i + 1, metric_text(t->arena, m, r->row[i].metric[k]));
    }
    t->columns++;
    if (strcmp(m->name, "SNR") == 0) {
        return; /* is a comparison with the first row already */
    }
    table_cell(t, 0, "change");
    for (int32_t i = 0; i < r->row_count; i++) {
        table_cell(t, i + 1,
                   i == 0 ? ""
                          : change_text(t->arena, m, r->row[i].metric[k], r->row[0].metric[k]));
    }
    t->columns++;
}

static void add_counts(Table *t, const CompareResult *r, const char *head, size_t offset)
{
    table_cell(t, 0, head);
    for (int32_t i = 0; i < r->row_count; i++) {
        int64_t v = 0;
        memcpy(&v, (const char *)&r->row[i] + offset, sizeof v);
        table_cell(t, i + 1, with_commas(t->arena, v));
    }
    t->columns++;
}

static void print_result(const CompareResult *r)
{
    Arena a = {0};
    Table t = {.arena = &a, .rows = r->row_count + 1};
    t.cell = NEW(&a, const char *, t.rows *MAX_CELLS);
    table_cell(&t, 0, "variant");
    for (int32_t i = 0; i < r->row_count; i++) {
        table_cell(&t, i + 1, r->row[i].name);
    }
    t.columns++;
    table_cell(&t, 0, "types");
    for (int32_t i = 0; i < r->row_count; i++) {
        table_cell(&t, i + 1, r->row[i].types);
    }
    t.columns++;
    add_counts(&t, r, "file B", offsetof(CompareRow, file_bytes));
    add_counts(&t, r, "weights B", offsetof(CompareRow, weights_bytes));
    add_counts(&t, r, "code B", offsetof(CompareRow, code_bytes));
    add_counts(&t, r, "RAM B", offsetof(CompareRow, ram_bytes));
    add_counts(&t, r, "instructions", offsetof(CompareRow, instructions));
    for (int32_t k = 0; k < r->metric_count; k++) {
        add_metric(&t, r, k);
    }
    table_cell(&t, 0, "worst layer");
    bool any = false;
    for (int32_t i = 0; i < r->row_count; i++) {
        const CompareRow *row = &r->row[i];
        any = any || row->worst_layer != NULL;
        table_cell(&t, i + 1,
                   row->worst_layer == NULL
                       ? "-"
                       : arena_printf(&a, "%s %.1f dB", row->worst_layer, row->worst_snr_db));
    }
    t.columns += any;
    table_cell(&t, 0, "");
    for (int32_t i = 0; i < r->row_count; i++) {
        int32_t by = r->row[i].dominated_by;
        table_cell(&t, i + 1, by < 0 ? "" : arena_printf(&a, "dominated by %s", r->row[by].name));
    }
    t.columns++;
    table_print(&t);
    arena_free(&a);
}

/* "4 bit with 128 channels (wide-int4)" */
static const char *row_text(Arena *a, const CompareRow *row)
{
    return row->form == NULL ? row->name : arena_printf(a, "%s (%s)", row->form, row->name);
}

/* What the rows say of widths and sizes: each line compares two of them as they were measured. */
static void print_advice(const CompareResult *r)
{
    Arena a = {0};
    const CompareMetric *m = &r->metric[0];
    for (int32_t i = 0; i < r->advice_count; i++) {
        const CompareAdvice *v = &r->advice[i];
        const CompareRow *use = &r->row[v->use];
        const CompareRow *instead = &r->row[v->instead];
        int64_t bytes = compare_cost_of(r, instead, COST_FLASH);
        int64_t less = bytes - compare_cost_of(r, use, COST_FLASH);
        printf("%sat %s bytes of %s use %s rather than %s: %s instead of %s%s%s\n", i == 0 ? "\nadvice\n" : "",
               with_commas(&a, bytes), r->knows_code ? "flash" : "weights", row_text(&a, use), row_text(&a, instead),
               metric_text(&a, m, use->metric[0]), metric_text(&a, m, instead->metric[0]),
               less > 0 ? arena_printf(&a, ", %s bytes less", with_commas(&a, less)) : "",
               v->gain < v->chance ? "; so small a gain may be chance" : "");
    }
    arena_free(&a);
}

static void print_notes(const CompareResult *r)
{
    printf("\n");
    if (r->data_name != NULL) {
        printf("metrics of %jd samples of %s; changes against %s\n", (intmax_t)r->samples,
               r->data_name, r->row[0].name);
    }
    if (r->target != NULL) {
        printf("code and instructions on emulated %s; instructions are exact and the most of any "
               "vector\n",
               r->target);
    } else if (r->note != NULL) {
        printf("code and instructions not measured: %s\n", r->note);
    }
    for (int32_t i = 0; i < r->row_count; i++) {
        if (r->row[i].note != NULL) {
            printf("%s: %s\n", r->row[i].name, r->row[i].note);
        }
    }
    print_advice(r);
}

typedef struct Work {
    Arena arena;
    TrainSettings settings; /* which samples */
    CompareOptions o;
    CompareResult r;
    CompareData data;
    const char *dir; /* temporary, NULL: none */
} Work;

/* Samples are shared as in training when a recipe or --split says how; else all are judged. */
static Status read_data(Work *w, const CliArgs *a, Diag *d)
{
    TrainSettings *s = &w->settings;
    bool shared = false;
    TRY(args_samples(a, &w->arena, s, &shared, d));
    if (s->data == NULL && (shared || a->value[OPT_VARIANTS] != NULL)) {
        return fail(d, ERR_USAGE, "%s needs samples: --data FILE",
                    a->value[OPT_VARIANTS] != NULL ? "--variants" : "sharing");
    }
    Session first; /* its failures come later */
    bool opened = s->data != NULL && session_open(&first, a->operand[0]) == OK;
    Status status = compare_data_read(s, shared, opened ? first.g : NULL, &w->data, d);
    if (s->data != NULL) {
        session_close(&first);
    }
    TRY(status);
    w->o.data = w->data.judged;
    w->o.sample = w->data.judge;
    w->o.sample_count = w->data.judge_count;
    return OK;
}

/* The files as named, or the variants made of the one. */
static Status read_models(Work *w, const CliArgs *a, Diag *d)
{
    CompareModel *model = NEW(&w->arena, CompareModel, a->operand_count + 1);
    int32_t count = a->operand_count;
    for (int32_t i = 0; i < count; i++) {
        model[i].path = a->operand[i];
    }
    const char *list = a->value[OPT_VARIANTS];
    const char *dir = a->value[OPT_VARIANTS_DIR];
    if (list == NULL && dir != NULL) {
        return fail(d, ERR_USAGE, "--out keeps variants: it needs --variants");
    }
    if (list != NULL) {
        if (dir == NULL) {
            TRY(temp_dir_make(&w->arena, NULL, &w->dir, d));
            dir = w->dir;
        } else {
            TRY(dir_make(dir, d));
        }
        TRY(compare_variants(a->operand, a->operand_count, list, w->data.calibration, w->data.calibrate,
                             w->data.calibrate_count, dir, &w->arena, &model, &count, d));
    }
    w->o.model = model;
    w->o.model_count = count;
    return OK;
}

static Status read_options(Work *w, const CliArgs *a, Diag *d)
{
    CompileOptions compile;
    CompareOptions *o = &w->o;
    TRY(args_compile(a, &compile, d));
    o->optimize = compile.optimize;
    o->rounding = compile.rounding;
    o->target = a->value[OPT_ON_ONE] != NULL ? a->value[OPT_ON_ONE] : "cortex-m4";
    if (strcmp(o->target, "none") == 0) {
        o->target = NULL;
    } else if (strchr(o->target, ',') != NULL) {
        return fail(d, ERR_USAGE, "--on=%s: compare measures on one target", o->target);
    }
    TRY(args_number(a, OPT_VECTORS, 4, 1, 100000, &o->vectors, d));
    TRY(args_pictures(a, d));
    TRY(read_data(w, a, d));
    return read_models(w, a, d);
}

static const OptionId pictures[] = {OPT_SVG, OPT_PNG};

static Status compare(Work *w, const CliArgs *a, Diag *d)
{
    TRY(read_options(w, a, d));
    Status status = compare_models(&w->o, &w->r, show_progress, NULL, d);
    clear_progress();
    for (size_t i = 0; i < COUNT(pictures) && status == OK; i++) {
        const char *path = a->value[pictures[i]];
        status = path != NULL ? compare_picture(&w->r, path, d) : OK;
    }
    return status;
}

static void print_all(const CliArgs *a, const CompareResult *r)
{
    if (want_json(a)) {
        print_json(compare_json(r));
        return;
    }
    print_result(r);
    print_notes(r);
    for (size_t i = 0; i < COUNT(pictures); i++) {
        if (a->value[pictures[i]] != NULL) {
            printf("picture: %s\n", a->value[pictures[i]]);
        }
    }
}

int cli_compare(const CliArgs *a)
{
    Diag d = {0};
    Work w = {0};
    stop_on_signals();
    Status status = compare(&w, a, &d);
    int code = 0;
    if (target_stop != 0) {
        code = 130;
    } else if (status != OK) {
        code = report_failure(a, &d);
    } else {
        print_warnings(&d);
        print_all(a, &w.r);
    }
    if (w.dir != NULL) {
        temp_dir_remove(w.dir);
    }
    diag_clear(&d);
    compare_free(&w.r);
    compare_data_free(&w.data);
    arena_free(&w.arena);
    return code;
}
