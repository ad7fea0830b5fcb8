/* compare: sizes, memory, instructions and metrics of each variant, and which of them nobody needs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/target.h"

#include <math.h>

typedef struct Work {
    const CompareOptions *o;
    CompareResult *r;
    const float *first; /* the first model's outputs on the data */
    int64_t first_count;
} Work;

int64_t compare_flash(const CompareRow *row)
{
    return row->weights_bytes < 0 || row->code_bytes < 0 ? row->weights_bytes
                                                         : row->weights_bytes + row->code_bytes;
}

int64_t compare_cost_of(const CompareResult *r, const CompareRow *row, CompareCost cost)
{
    return cost == COST_RAM            ? row->ram_bytes
           : cost == COST_INSTRUCTIONS ? row->instructions
           : r->knows_code             ? compare_flash(row)
                                       : row->weights_bytes;
}

/* --- names --- */

const char *compare_short_name(Arena *a, const char *path)
{
    const char *base = path_base(path);
    size_t n = strlen(base);
    size_t ending = strlen(".tflite");
    n -= n > ending && strcmp(base + n - ending, ".tflite") == 0 ? ending : 0;
    return text_clean(a, base, n);
}

static const char *model_name(Work *w, int32_t i)
{
    const CompareModel *m = &w->o->model[i];
    return m->name != NULL ? m->name : compare_short_name(&w->r->arena, m->path);
}

/* Rows as they are before anything is known. */
static void begin_rows(Work *w)
{
    for (int32_t i = 0; i < w->r->row_count; i++) {
        const CompareModel *m = &w->o->model[i];
        CompareRow *row = &w->r->row[i];
        *row =
            (CompareRow){.name = model_name(w, i), .path = m->path, .types = "", .note = m->note};
        for (int32_t k = 0; k < w->r->row_count && m->name == NULL; k++) {
            if (k != i && strcmp(row->name, model_name(w, k)) == 0) {
                row->name = text_clean(&w->r->arena, m->path, strlen(m->path));
                break;
            }
        }
        row->worst_layer = m->worst_layer;
        row->worst_snr_db = m->worst_snr_db;
        row->file_bytes = row->weights_bytes = row->code_bytes = row->ram_bytes = -1;
        row->stack_bytes = row->instructions = row->dominated_by = -1;
        for (int32_t k = 0; k < COMPARE_METRICS; k++) {
            row->metric[k] = (double)NAN;
        }
    }
}

/* The types of what nodes compute, most first by their order in Type: "f32", "s8+f32"; behind them those of weights of
 * less than 8 bits: "s8*s4". */
static const char *arithmetic_types(Arena *a, const Graph *g)
{
    bool seen[TYPE_COUNT] = {false};
    bool narrow[TYPE_COUNT] = {false};
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            Type t = g->node[i].in[k] != 0 ? tensor(g, g->node[i].in[k])->type : TYPE_NONE;
            narrow[t] = t == TYPE_S4 || t == TYPE_S2;
        }
        for (int32_t k = 0; k < g->node[i].out_count; k++) {
            if (g->node[i].out[k] != 0) {
                seen[tensor(g, g->node[i].out[k])->type] = true;
            }
        }
    }
    const char *text = "";
    for (Type t = TYPE_F32; t < TYPE_COUNT; t++) {
        if (seen[t]) {
            text = arena_printf(a, "%s%s%s", text, text[0] != '\0' ? "+" : "", type_name(t));
        }
    }
    for (Type t = TYPE_F32; t < TYPE_COUNT; t++) {
        text = narrow[t] ? arena_printf(a, "%s*%s", text, type_name(t)) : text;
    }
    return text;
}

/* --- one model --- */

static Status score_model(Work *w, CompareRow *row, int32_t index, const Graph *g, Diag *d)
{
    const CompareOptions *o = w->o;
    if (o->data == NULL) {
        return OK;
    }
    int64_t count = o->sample != NULL ? o->sample_count : o->data->count;
    float *out = NULL;
    int64_t out_count = 0;
    TRY(score_run(g, true, o->data, o->sample, count, 1, &w->r->arena, &out, &out_count, d));
    if (index == 0) {
        w->first = out;
        w->first_count = out_count;
    }
    if (w->first == NULL || out_count != w->first_count) {
        return fail(d, ERR_INPUT, "the model has %jd outputs, the first one has %jd",
                    (intmax_t)out_count, (intmax_t)w->first_count);
    }
    CompareMetric metric[COMPARE_METRICS];
    double value[COMPARE_METRICS];
    int32_t metric_count = 0;
    TRY(score_metrics(o->data, o->sample, count, out, out_count, w->first, metric, value,
                      &metric_count, d));
    memcpy(w->r->metric, metric, sizeof metric);
    w->r->metric_count = metric_count;
    memcpy(row->metric, value, sizeof(double) * (size_t)metric_count);
    return OK;
}

static Status compile_model(Work *w, CompareRow *row, int32_t index, Diag *d)
{
    CompileOptions compile = {
        .target = "generic", .optimize = w->o->optimize, .rounding = w->o->rounding};
    Session s;
    Compiled c = {0};
    Status status = session_open(&s, row->path);
    if (status == OK) {
        row->file_bytes = (int64_t)s.bytes.bytes;
        row->types = arithmetic_types(&w->r->arena, s.g);
        row->form = compare_form(&w->r->arena, s.g);
        status = compile_session(&s, &compile, &c);
    }
    if (status == OK) {
        row->weights_bytes = c.result.weights_bytes;
        row->ram_bytes = s.g->arena_bytes + s.g->state_bytes;
        status = score_model(w, row, index, s.g, &s.diag);
    }
    if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    }
    emit_free(&c.result);
    session_close(&s);
    return status;
}

static Status measure_model(Work *w, CompareRow *row, Diag *d)
{
    VerifyOptions verify = {
        .compile = {.target = "generic", .optimize = w->o->optimize, .rounding = w->o->rounding},
        .targets = w->r->target,
        .vectors = w->o->vectors > 0 ? w->o->vectors : 4,
        .seed = 1,
        .command = arena_printf(&w->r->arena, "shrinc verify %s --on %s", row->path, w->r->target),
    };
    Session s;
    VerifyResult v = {0};
    Status status = session_open(&s, row->path);
    if (status == OK) {
        status = verify_session(&s, &verify, &v, NULL, NULL);
    }
    if (status == OK || status == ERR_DIFFERS) {
        const VerifyRow *t = &v.row[0];
        row->code_bytes = t->text_bytes < 0
                              ? -1
                              : t->text_bytes + t->rodata_bytes + t->data_bytes - v.weights_bytes;
        row->stack_bytes = t->stack_bytes;
        row->instructions = t->instructions;
    }
    if (status == ERR_DIFFERS) {
        (void)fail(d, status, "%s: %s", w->r->target, v.row[0].difference);
    } else if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    }
    verify_free(&v);
    session_close(&s);
    return status;
}

static Status compare_model(Work *w, int32_t index, Diag *d)
{
    CompareRow *row = &w->r->row[index];
    Diag own = {0};
    if (row->path == NULL) {
        return OK;
    }
    Status status = compile_model(w, row, index, &own);
    if (status == OK && w->r->target != NULL) {
        status = measure_model(w, row, &own);
    }
    if (status != OK && target_stop != 0) {
        (void)fail(d, status, "%s", own.text);
    } else if (status != OK && index == 0 && row->weights_bytes < 0) {
        (void)fail(d, status, "%s", own.text); /* nothing to compare with */
    } else if (status != OK && index == 0 && w->o->data != NULL && w->first == NULL) {
        (void)fail(d, status, "%s", own.text);
    } else if (status != OK) {
        row->note = arena_strdup(&w->r->arena, own.text);
        status = OK;
    }
    diag_clear(&own);
    return status;
}

/* --- who is dominated --- */

/* -1: A is better, 1: B is, 0: alike. What is not known decides nothing. */
static int compare_cost(int64_t a, int64_t b)
{
    return a < 0 || b < 0 ? 0 : (a > b) - (a < b);
}

/* True if B is nowhere worse than A and somewhere better. */
static bool dominates(const CompareResult *r, const CompareRow *b, const CompareRow *a)
{
    if (a->weights_bytes < 0 || b->weights_bytes < 0) {
        return false;
    }
    int sign[3 + COMPARE_METRICS] = {
        compare_cost(compare_flash(b), compare_flash(a)),
        compare_cost(b->ram_bytes, a->ram_bytes),
        compare_cost(b->instructions, a->instructions),
    };
    for (int32_t i = 0; i < r->metric_count; i++) {
        if (isnan(a->metric[i]) || isnan(b->metric[i])) {
            return false;
        }
        double more = b->metric[i] - a->metric[i];
        more = r->metric[i].more_is_better ? -more : more;
        sign[3 + i] = b->metric[i] == a->metric[i] ? 0 : (more > 0) - (more < 0);
    }
    bool better = false;
    for (size_t i = 0; i < COUNT(sign); i++) {
        if (sign[i] > 0) {
            return false;
        }
        better = better || sign[i] < 0;
    }
    return better;
}

static void find_dominated(CompareResult *r)
{
    for (int32_t i = 0; i < r->row_count; i++) {
        r->row[i].dominated_by = -1;
        for (int32_t k = 0; k < r->row_count && r->metric_count > 0; k++) {
            if (k != i && dominates(r, &r->row[k], &r->row[i])) {
                r->row[i].dominated_by = k;
                break;
            }
        }
    }
}

/* --- all --- */

/* The target if its tools are there; else a note. */
static Status choose_target(Work *w, Diag *d)
{
    const char *name = w->o->target;
    if (name == NULL) {
        return OK;
    }
    const TargetInfo *t = target_find(name);
    if (t == NULL) {
        return fail(d, ERR_USAGE, "there is no target '%s'; `shrinc targets` lists them", name);
    }
    Diag missing = {0};
    if (target_require(t, &missing) == OK) {
        w->r->target = t->name;
    } else {
        w->r->note = arena_strdup(&w->r->arena, missing.text);
    }
    diag_clear(&missing);
    return OK;
}

Status compare_models(const CompareOptions *o, CompareResult *r, CompareProgress progress,
                      void *context, Diag *d)
{
    *r = (CompareResult){.row_count = o->model_count};
    Work w = {.o = o, .r = r};
    if (o->model_count < 1) {
        return fail(d, ERR_USAGE, "compare needs at least one model");
    }
    r->row = NEW(&r->arena, CompareRow, o->model_count);
    begin_rows(&w);
    TRY(choose_target(&w, d));
    if (o->data != NULL) {
        r->data_name = text_clean(&r->arena, o->data->name, strlen(o->data->name));
        r->samples = o->sample != NULL ? o->sample_count : o->data->count;
    }
    for (int32_t i = 0; i < o->model_count; i++) {
        if (progress != NULL) {
            progress(context, r->row[i].name, i, o->model_count);
        }
        TRY(compare_model(&w, i, d));
    }
    r->knows_code = true;
    for (int32_t i = 0; i < r->row_count; i++) {
        const CompareRow *row = &r->row[i];
        bool counts = row->weights_bytes >= 0 && r->metric_count > 0 && isfinite(row->metric[0]);
        r->knows_code = r->knows_code && (!counts || row->code_bytes >= 0);
    }
    find_dominated(r);
    compare_advise(r);
    return OK;
}

void compare_free(CompareResult *r)
{
    arena_free(&r->arena);
    *r = (CompareResult){0};
}

/* --- JSON --- */

static json_t *number_or_null(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *count_or_null(int64_t v)
{
    return v >= 0 ? json_integer((json_int_t)v) : json_null();
}

static json_t *advice_json(const CompareResult *r)
{
    json_t *all = json_array();
    for (int32_t i = 0; i < r->advice_count; i++) {
        const CompareAdvice *a = &r->advice[i];
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:I, s:f, s:o}", "use", r->row[a->use].name, "instead", r->row[a->instead].name,
                           "flash_bytes", (json_int_t)compare_cost_of(r, &r->row[a->instead], COST_FLASH), "gain",
                           a->gain, "may_be_chance",
                           isnan(a->chance) ? json_null() : json_boolean(a->gain < a->chance)));
    }
    return all;
}

json_t *compare_json(const CompareResult *r)
{
    json_t *rows = json_array();
    for (int32_t i = 0; i < r->row_count; i++) {
        const CompareRow *row = &r->row[i];
        json_t *metrics = json_object();
        for (int32_t k = 0; k < r->metric_count; k++) {
            json_object_set_new(metrics, r->metric[k].name, number_or_null(row->metric[k]));
        }
        json_array_append_new(
            rows,
            json_pack(
                "{s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, s:s?, s:s?}", "name",
                row->name, "types", row->types, "form", row->form, "file_bytes", count_or_null(row->file_bytes),
                "weights_bytes", count_or_null(row->weights_bytes), "code_bytes",
                count_or_null(row->code_bytes), "ram_bytes", count_or_null(row->ram_bytes),
                "stack_bytes", count_or_null(row->stack_bytes), "instructions",
                count_or_null(row->instructions), "metrics", metrics, "worst_layer",
                row->worst_layer, "worst_layer_snr_db",
                number_or_null(row->worst_layer != NULL ? row->worst_snr_db : (double)NAN),
                "dominated_by", row->dominated_by >= 0 ? r->row[row->dominated_by].name : NULL,
                "note", row->note));
    }
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:I, s:o, s:o}", "schema", "shrinc/compare/1", "target",
                     r->target, "note", r->note, "data", r->data_name, "samples",
                     (json_int_t)r->samples, "variants", rows, "advice", advice_json(r));
}
