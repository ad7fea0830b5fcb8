/* eval: how good a model is on a whole data set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/evaluate.h"

#include "driver/train_job.h"
#include "train/pool.h"

#include <stdlib.h>
#include <time.h>

enum { MOST_CLASSES = 10000 };

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Which output stands for class NAME: by the model's labels; a model without any numbers its classes. */
static int32_t label_find(const Graph *g, const char *name)
{
    if (g->label_count == 0) {
        char *end = NULL;
        long number = strtol(name, &end, 10);
        bool is_number = name[0] >= '0' && name[0] <= '9' && *end == '\0';
        return is_number && number < shape_count(&tensor(g, g->output[0])->shape) ? (int32_t)number : -1;
    }
    for (int32_t i = 0; i < g->label_count; i++) {
        if (strcmp(g->label[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Gives DATA the model's classes, if it knows all that the data have: data may lack some, and sort them otherwise. */
static void take_labels(const Graph *g, Data *data)
{
    int32_t count = g->label_count;
    if (data->label == NULL || data->class_name == NULL || g->output_count != 1) {
        return;
    }
    if (count == 0) {
        int64_t outputs = shape_count(&tensor(g, g->output[0])->shape);
        if (outputs <= data->class_count || outputs > MOST_CLASSES) {
            return;
        }
        count = (int32_t)outputs;
    }
    for (int32_t c = 0; c < data->class_count; c++) {
        if (label_find(g, data->class_name[c]) < 0) {
            return;
        }
    }
    for (int64_t i = 0; i < data->count; i++) {
        data->label[i] = label_find(g, data->class_name[data->label[i]]);
    }
    data->class_count = count;
    data->class_name = NEW(&data->arena, const char *, count);
    for (int32_t c = 0; c < count; c++) {
        data->class_name[c] = g->label_count > 0 ? arena_strdup(&data->arena, g->label[c])
                                                 : arena_printf(&data->arena, "%d", c);
    }
}

static void take_names(const Data *data, EvaluateResult *r)
{
    if (r->kind != SCORE_CLASSES || data->class_name == NULL || data->class_count != r->metrics.class_count) {
        return;
    }
    const char **name = NEW(&r->arena, const char *, data->class_count);
    for (int32_t c = 0; c < data->class_count; c++) {
        name[c] = arena_strdup(&r->arena, data->class_name[c]);
    }
    r->class_name = name;
}

static Status evaluate_data(Session *s, const CompareData *c, const TrainSettings *t, EvaluateResult *r)
{
    if (c->judged == c->job->data) {
        take_labels(s->g, c->job->data);
    } else {
        take_labels(s->g, c->job->test);
    }
    r->data_name = arena_strdup(&r->arena, c->judged->name);
    r->samples = c->judge_count;
    int64_t threads = t->threads > 0 ? t->threads : pool_processors();
    r->threads = (int32_t)(threads < r->samples ? threads : r->samples);
    float *out = NULL;
    int64_t out_count = 0;
    double start = now(CLOCK_MONOTONIC);
    double cpu_start = now(CLOCK_PROCESS_CPUTIME_ID);
    TRY(score_run(s->g, true, c->judged, c->judge, c->judge_count, r->threads, &r->arena, &out, &out_count, &s->diag));
    r->seconds = now(CLOCK_MONOTONIC) - start;
    r->cpu_seconds = now(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
    TRY(score_all(c->judged, c->judge, c->judge_count, out, out_count, (int32_t)t->top_k, &r->arena, &r->kind,
                  &r->metrics, &s->diag));
    take_names(c->judged, r);
    return OK;
}

Status evaluate(Session *s, Rounding rounding, const TrainSettings *t, bool shared, EvaluateResult *r)
{
    *r = (EvaluateResult){0};
    if (t->data == NULL) {
        return fail(&s->diag, ERR_USAGE, "eval needs samples: shrinc eval MODEL DATA, or --data FILE");
    }
    TRY(pipeline_run(s, rounding, NULL));
    s->diag.where = NULL; /* from here the sentences are about the data */
    CompareData c = {0};
    Status status = compare_data_read(t, shared, s->g, &c, &s->diag);
    if (status == OK) {
        status = evaluate_data(s, &c, t, r);
    }
    compare_data_free(&c);
    return status;
}

void evaluate_free(EvaluateResult *r)
{
    arena_free(&r->arena);
}

json_t *evaluate_json(const Session *s, const EvaluateResult *r)
{
    static const char *const kinds[] = {[SCORE_CLASSES] = "classes", [SCORE_NUMBERS] = "numbers",
                                        [SCORE_RESTORED] = "restored input", [SCORE_AGREEMENT] = "nothing"};
    json_t *metrics = metrics_json(&r->metrics, r->class_name, r->metrics.class_count);
    if (r->kind == SCORE_RESTORED) {
        json_object_set_new(metrics, "auc", r->metrics.auc >= 0 ? json_real(r->metrics.auc) : json_null());
    }
    json_object_del(metrics, "loss");
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:i, s:s, s:f, s:f, s:f, s:o}", "schema", "shrinc/eval/1", "model",
                     s->file_name, "data", r->data_name, "samples", (json_int_t)r->samples, "outputs_are",
                     kinds[r->kind], "threads", r->threads, "kernels", kernel_used(), "seconds", r->seconds,
                     "cpu_seconds", r->cpu_seconds, "microseconds_per_sample", 1e6 * r->seconds / (double)r->samples,
                     "metrics", metrics);
}
