/* Samples as training would read and share them, described.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/data_report.h"

#include "driver/train_job.h"

enum { NAMED = 8 };

/* --- reading --- */

static void warn_of_constants(const DataReport *r, const Spread *list, int64_t count, Diag *d)
{
    Out names = {0};
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        if (list[i].is_constant && found++ < NAMED) {
            out_printf(&names, "%s'%s'", found == 1 ? "" : ", ", list[i].name);
        }
    }
    if (found > 0) {
        warn(d, "'%s': %s %s%s never change%s", r->data->name, found == 1 ? "column" : "columns",
             names.text, found > NAMED ? ", ..." : "", found == 1 ? "s" : "");
    }
    out_free(&names);
}

static void describe(DataReport *r)
{
    Split own = r->job->split;
    if (r->test != NULL) {
        own.count[PART_TEST] = 0; /* those are numbers of TEST's samples */
    }
    data_describe(r->data, &own, &r->x);
    for (int64_t i = 0; r->test != NULL && r->test->label != NULL && i < r->test->count; i++) {
        r->x.class_size[r->test->label[i] * PART_COUNT + PART_TEST]++;
    }
}

Status data_report(const TrainSettings *s, DataReport *r, Diag *d)
{
    *r = (DataReport){.seed = s->seed, .normalization = normalization_names[s->normalize]};
    Arena own = {0};
    r->job = NEW(&own, Job, 1);
    *r->job = (Job){.arena = own, .s = s, .d = d};
    TRY(job_read_samples(r->job));
    TRY(job_normalize(r->job));
    r->data = r->job->data;
    r->test = r->job->test;
    memcpy(r->count, r->job->split.count, sizeof r->count);
    r->split_by = s->test_files != NULL ? "files" : r->job->exact ? "count" : "hash";
    describe(r);
    warn_of_constants(r, r->x.x, r->x.x_count, d);
    warn_of_constants(r, r->x.y, r->x.y_count, d);
    return OK;
}

void data_report_free(DataReport *r)
{
    description_free(&r->x);
    if (r->job != NULL) {
        data_free(r->job->data);
        data_free(r->job->test);
        Arena own = r->job->arena; /* the job lies in it */
        arena_free(&own);
    }
    *r = (DataReport){0};
}

/* --- as JSON --- */

static json_t *spreads_json(const Spread *list, int64_t count)
{
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i++) {
        const Spread *s = &list[i];
        (void)json_array_append_new(array, json_pack("{s:s, s:f, s:f, s:f, s:f, s:b}", "name",
                                                     s->name, "min", s->min, "mean", s->mean, "max",
                                                     s->max, "deviation", s->deviation, "constant",
                                                     (int)s->is_constant));
    }
    return array;
}

static json_t *classes_json(const DataReport *r)
{
    json_t *array = json_array();
    for (int32_t c = 0; c < r->data->class_count; c++) {
        const int64_t *n = &r->x.class_size[c * PART_COUNT];
        (void)json_array_append_new(
            array, json_pack("{s:s, s:I, s:I, s:I}", "name", r->data->class_name[c], "train",
                             (json_int_t)n[PART_TRAIN], "validation",
                             (json_int_t)n[PART_VALIDATION], "test", (json_int_t)n[PART_TEST]));
    }
    return array;
}

json_t *data_report_json(const DataReport *r, const Diag *d)
{
    const Data *data = r->data;
    json_t *shape = json_array();
    json_t *warnings = json_array();
    for (int32_t i = 0; i < data->shape.rank; i++) {
        (void)json_array_append_new(shape, json_integer(data->shape.dim[i]));
    }
    for (int32_t i = 0; i < d->warning_count && i < DIAG_WARNINGS; i++) {
        (void)json_array_append_new(warnings, json_string(d->warning[i]));
    }
    Arena a = {0};
    json_t *j = json_pack(
        "{s:s, s:s, s:s, s:I, s:o, s:I, s:b, s:I, s:f, s:f, s:I, s:{s:s, s:I, s:I, s:I, s:I}, s:s, s:s, "
        "s:o, s:o, s:o, s:o}",
        "schema", "shrinc/data/1", "data", text_clean(&a, data->name, strlen(data->name)), "format",
        data->format, "samples", (json_int_t)data->count, "shape", shape, "targets",
        (json_int_t)data->y_count, "targets_are_input",
        (int)(data->y != NULL && data->y == data->x), "files", (json_int_t)data->source_count,
        "rate_hz", data->rate_hz, "gain", data->x_gain, "copies", (json_int_t)r->x.copies, "split",
        "by", r->split_by, "seed", (json_int_t)r->seed, "train", (json_int_t)r->count[PART_TRAIN],
        "validation", (json_int_t)r->count[PART_VALIDATION], "test",
        (json_int_t)r->count[PART_TEST], "normalization", r->normalization, "columns_are", r->x.per,
        "columns", spreads_json(r->x.x, r->x.x_count), "target_columns",
        spreads_json(r->x.y, r->x.y_count), "classes", classes_json(r), "warnings", warnings);
    arena_free(&a);
    return j;
}
