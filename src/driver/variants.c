/* variants: the forms of one float model that quantisation can make.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/quantize.h"

typedef struct Maker {
    const char *path; /* the float model */
    const char *prefix; /* of names where there are several models, else "" */
    const char *dir;
    const Data *data;
    const int64_t *sample; /* [count] to calibrate with; NULL: all */
    int64_t count;
    Arena *arena;
} Maker;

/* The index of NAME among what quantisation can make, or -1. */
static int32_t find_kind(const char *name)
{
    for (int32_t i = 0; quantize_to_names[i] != NULL; i++) {
        if (strcmp(quantize_to_names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static Status make_variant(const Maker *m, QuantizeTo to, CompareModel *model, Diag *d)
{
    Session s;
    Arena samples = {0};
    const uint8_t *inputs = NULL;
    int64_t runs = 0;
    QuantizeResult r = {.worst = -1};
    QuantizeOptions o = {.to = to, .calibration = CALIBRATE_MINMAX, .percentile = 99.99};
    Status status = session_open(&s, m->path);
    if (status == OK) {
        status = calibration_inputs(s.g, m->data, m->sample, m->count, &samples, &inputs, &runs, &s.diag);
    }
    if (status == OK) {
        status = quantize_floats(s.g, &o, inputs, runs, &r, &s.diag);
    }
    if (status == OK) {
        const char *name = arena_printf(m->arena, "%s.tflite", model->name);
        model->path = path_join(m->arena, m->dir, name);
        status = file_write(model->path, r.file.text, r.file.bytes, &s.diag);
    }
    if (status == OK && r.worst >= 0) {
        model->worst_layer = arena_strdup(m->arena, r.layer[r.worst].name);
        model->worst_snr_db = r.layer[r.worst].snr_db;
    }
    if (status != OK) {
        model->path = NULL;
        (void)fail(d, status, "%s", s.diag.text);
    }
    quantize_free(&r);
    session_close(&s);
    arena_free(&samples);
    return status;
}

static Status add_variant(const Maker *m, const char *name, CompareModel *model, Diag *d)
{
    *model = (CompareModel){.name = arena_printf(m->arena, "%s%s", m->prefix, name)};
    if (strcmp(name, "float32") == 0) {
        model->path = m->path;
        return OK;
    }
    int32_t kind = find_kind(name);
    if (kind < 0) {
        return fail(d, ERR_USAGE,
                    "there is no variant '%s'; choose float32, float16, int8, int16x8, dynamic, int4, ternary",
                    name);
    }
    Diag own = {0};
    if (make_variant(m, (QuantizeTo)kind, model, &own) != OK) {
        model->note = arena_strdup(m->arena, own.text);
    }
    diag_clear(&own);
    return OK;
}

/* The variants in LIST of M's model, behind those that are there. */
static Status add_list(const Maker *m, const char *list, CompareModel *model, int32_t *count, Diag *d)
{
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        TRY(add_variant(m, arena_strndup(m->arena, p, n), &model[*count], d));
        *count += 1;
        p += n + (p[n] == ',');
    }
    return OK;
}

Status compare_variants(const char *const *path, int32_t path_count, const char *list, const Data *data,
                        const int64_t *sample, int64_t sample_count, const char *dir, Arena *a, CompareModel **model,
                        int32_t *model_count, Diag *d)
{
    Maker m = {
        .dir = dir, .data = data, .sample = sample, .count = sample != NULL ? sample_count : data->count, .arena = a};
    int32_t capacity = 1;
    for (const char *p = list; *p != '\0'; p++) {
        capacity += *p == ',';
    }
    *model = NEW(a, CompareModel, (int64_t)capacity * path_count);
    *model_count = 0;
    for (int32_t i = 0; i < path_count; i++) {
        m.path = path[i];
        m.prefix = path_count == 1 ? "" : arena_printf(a, "%s-", compare_short_name(a, path[i]));
        for (int32_t k = 0; k < i; k++) {
            if (strcmp(compare_short_name(a, path[k]), compare_short_name(a, path[i])) == 0) {
                return fail(d, ERR_USAGE, "'%s' and '%s' have one name, and so would their variants; rename one",
                            path[k], path[i]);
            }
        }
        TRY(add_list(&m, list, *model, model_count, d));
    }
    return OK;
}
