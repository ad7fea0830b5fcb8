/* variants: the forms of one float model that quantisation can make.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/quantize.h"

enum { CALIBRATION_SAMPLES = 1000 };

typedef struct Maker {
    const char *path; /* the float model */
    const char *dir;
    const char *data_path; /* calibration samples, raw floats */
    Arena *arena;
} Maker;

/* The samples as the quantiser reads them; evenly from all that may be used. */
static Status write_calibration(const Maker *m, const Data *data, const int64_t *sample,
                                int64_t count, Diag *d)
{
    Out out = {0};
    int64_t kept = count < CALIBRATION_SAMPLES ? count : CALIBRATION_SAMPLES;
    for (int64_t i = 0; i < kept; i++) {
        int64_t at = i * count / kept;
        const float *x = data->x + (sample != NULL ? sample[at] : at) * data->x_count;
        out_bytes(&out, x, (size_t)data->x_count * sizeof *x);
    }
    Status s = file_write(m->data_path, out.text, out.bytes, d);
    out_free(&out);
    return s;
}

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
    QuantizeResult r = {0};
    QuantizeOptions o = {
        .to = to, .calibration = CALIBRATE_MINMAX, .percentile = 99.99, .data_path = m->data_path};
    Status status = session_open(&s, m->path);
    if (status == OK) {
        status = quantize_session(&s, &o, &r);
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
    return status;
}

static Status add_variant(const Maker *m, const char *name, CompareModel *model, Diag *d)
{
    *model = (CompareModel){.name = name};
    if (strcmp(name, "float32") == 0) {
        model->path = m->path;
        return OK;
    }
    int32_t kind = find_kind(name);
    if (kind < 0) {
        return fail(d, ERR_USAGE,
                    "there is no variant '%s'; choose float32, float16, int8, int16x8, dynamic",
                    name);
    }
    Diag own = {0};
    if (make_variant(m, (QuantizeTo)kind, model, &own) != OK) {
        model->note = arena_strdup(m->arena, own.text);
    }
    diag_clear(&own);
    return OK;
}

Status compare_variants(const char *path, const char *list, const Data *data, const int64_t *sample,
                        int64_t sample_count, const char *dir, Arena *a, CompareModel **model,
                        int32_t *model_count, Diag *d)
{
    Maker m = {
        .path = path, .dir = dir, .arena = a, .data_path = path_join(a, dir, "calibration.bin")};
    int32_t capacity = 1;
    for (const char *p = list; *p != '\0'; p++) {
        capacity += *p == ',';
    }
    *model = NEW(a, CompareModel, capacity);
    *model_count = 0;
    TRY(write_calibration(&m, data, sample, sample != NULL ? sample_count : data->count, d));
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        TRY(add_variant(&m, arena_strndup(a, p, n), &(*model)[*model_count], d));
        *model_count += 1;
        p += n + (p[n] == ',');
    }
    return OK;
}
