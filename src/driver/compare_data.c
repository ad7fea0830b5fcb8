/* compare: the samples, read and shared as training does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/train_job.h"

static Status read_shared(Job *j, CompareData *c)
{
    TRY(job_read(j));
    Part part = j->split.count[PART_TEST] > 0 ? PART_TEST : PART_VALIDATION;
    c->judged = part == PART_TEST && j->test != NULL ? j->test : j->data;
    c->judge = j->split.index[part];
    c->judge_count = j->split.count[part];
    c->calibration = j->data;
    c->calibrate = j->split.index[PART_TRAIN];
    c->calibrate_count = j->split.count[PART_TRAIN];
    if (c->judge_count == 0) {
        return fail(j->d, ERR_INPUT, "'%s' is all training part; leave a test part to judge on", j->data->name);
    }
    return OK;
}

static Status read_all(Job *j, CompareData *c)
{
    DataOptions o;
    TRY(job_data_options(j, &o));
    TRY(data_read(&o, &j->data, j->d));
    c->judged = c->calibration = j->data;
    c->judge_count = c->calibrate_count = j->data->count;
    return OK;
}

/* The model's file speaks of numbers as they were measured, X holds those times X_GAIN. */
static void scale(Data *data, const Scaling *s, double x_gain)
{
    for (int64_t i = 0; data != NULL && i < data->count * data->x_count; i++) {
        int64_t k = i % data->x_count % s->count;
        double raw = (double)data->x[i] / x_gain;
        data->x[i] = (float)((raw - (double)s->offset[k]) * (double)s->gain[k]);
    }
}

Status compare_data_read(const TrainSettings *s, bool shared, const Graph *g, CompareData *out, Diag *d)
{
    *out = (CompareData){0};
    if (s->data == NULL) {
        return OK;
    }
    const Scaling *scaling = g != NULL ? g->input_scaling : NULL;
    if (scaling != NULL && scaling->count == 0) {
        scaling = NULL;
    }
    Arena own = {0};
    Job *j = NEW(&own, Job, 1);
    TrainSettings *settings = NEW(&own, TrainSettings, 1);
    *settings = *s;
    if (scaling != NULL) {
        settings->normalize = NORMALIZE_NONE;
    }
    *j = (Job){.arena = own, .s = settings, .d = d};
    out->job = j;
    TRY(shared ? read_shared(j, out) : read_all(j, out));
    if (scaling != NULL) {
        double x_gain = s->features != NULL ? 1.0 : j->data->x_gain;
        scale(j->data, scaling, x_gain);
        scale(j->test, scaling, x_gain);
    }
    return OK;
}

void compare_data_free(CompareData *c)
{
    if (c->job != NULL) {
        data_free(c->job->data);
        data_free(c->job->test);
        Arena own = c->job->arena; /* the job lies in it */
        arena_free(&own);
    }
    *c = (CompareData){0};
}
