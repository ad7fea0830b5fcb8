/* train: one stretch of training with its options, log and checkpoints.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include <math.h>
#include <sys/stat.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- what the training is told --- */

static double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

static OptimizerOptions optimizer(const TrainSettings *s)
{
    OptimizerOptions o = optimizer_defaults((OptimizerKind)s->optimizer);
    o.momentum = given(s->momentum, o.momentum);
    o.nesterov = s->nesterov;
    o.rho = given(s->rho, o.rho);
    o.beta_1 = given(s->beta_1, o.beta_1);
    o.beta_2 = given(s->beta_2, o.beta_2);
    o.epsilon = given(s->epsilon, o.epsilon);
    o.weight_decay = given(s->weight_decay, o.weight_decay);
    return o;
}

static Status fit_options(Job *j, const Stage *stage, FitOptions *o)
{
    const TrainSettings *s = j->s;
    *o = (FitOptions){
        .epochs = stage->epochs,
        .batch = (int32_t)s->batch,
        .seed = (uint64_t)s->seed,
        .optimizer = optimizer(s),
        .schedule = {.kind = (ScheduleKind)s->schedule,
                     .rate = stage->rate_gain *
                             given(s->rate, s->optimizer == OPTIMIZER_SGD ? 0.01 : 0.001),
                     .min_rate = s->min_rate,
                     .factor = s->factor,
                     .every = s->every,
                     .warmup = stage->rounding ? 0.0 : s->warmup,
                     .patience = (int32_t)s->plateau_patience},
        .l1 = s->l1,
        .l2 = s->l2,
        .clip_norm = s->clip,
        .norm_momentum = s->norm_momentum,
        .freeze_statistics = stage->rounding,
        .ema = s->ema,
        .augment = {(int32_t)s->augment_shift, s->augment_flip, s->augment_jitter,
                    s->augment_scale},
        .shape = j->data->shape,
        .threshold = j->threshold,
        .early_stop = (int32_t)s->early_stop,
        .min_delta = s->min_delta,
        .teacher = j->taught_by,
        .keep_zeros = s->keep_zeros,
        .keep_best = s->keep == 2 || (s->keep == 0 && s->early_stop > 0),
    };
    return job_class_weights(j, &o->class_weight);
}

/* All that decides what the next epoch does to the parameters. */
static void take_fingerprint(Job *j)
{
    TrainSettings same = *j->s;
    TrainSettings defaults = train_defaults();
    same.out = same.log = same.checkpoint = NULL;
    same.resume = false;
    same.threads = 0;
    if (j->s->qat == QAT_NONE) {
        same.epochs = defaults.epochs; /* a training may be made longer */
    }
    Out o = {0};
    recipe_write(train_settings, &same, &defaults, &o);
    graph_print(j->g, &o, NULL);
    out_text(&o, j->teacher.sha256);
    FitSet train = job_set(j, PART_TRAIN);
    char hex[65];
    sha256_hex((Span){(const uint8_t *)j->data->x,
                      sizeof(float) * (size_t)(j->data->count * j->data->x_count)},
               hex);
    out_text(&o, hex);
    sha256_hex((Span){(const uint8_t *)train.index, sizeof *train.index * (size_t)train.count},
               hex);
    out_text(&o, hex);
    if (train.label != NULL) {
        sha256_hex(
            (Span){(const uint8_t *)train.label, sizeof *train.label * (size_t)j->data->count},
            hex);
    } else {
        sha256_hex((Span){(const uint8_t *)train.y,
                          sizeof(float) * (size_t)(j->data->count * j->data->y_count)},
                   hex);
    }
    out_text(&o, hex);
    sha256_hex((Span){(const uint8_t *)o.text, o.bytes}, j->fingerprint);
    out_free(&o);
}

/* --- the loop --- */

/* The rows of the stage so far, behind those of the stage before. */
static void keep_rows(Job *j)
{
    const Fit *f = j->fit;
    for (int32_t i = (int32_t)j->r->row_count - j->stage->first_epoch; i < f->epoch; i++) {
        EpochRow row = f->row[i];
        row.epoch += j->stage->first_epoch;
        j->r->row[j->r->row_count++] = row;
    }
}

static void on_batch(void *context, const Fit *f, int64_t done, int64_t batches,
                     const EpochRow *row)
{
    const Job *j = context;
    (void)f;
    if (j->watch->batch != NULL) {
        EpochRow shown = *row;
        shown.epoch += j->stage->first_epoch;
        j->watch->batch(j->watch->context, done, batches, &shown);
    }
}

static Status write_state(const Job *j)
{
    TRY(job_write_log(j));
    const char *path = j->stage->checkpoint;
    return path == NULL ? OK : checkpoint_write(j->fit, j->fingerprint, path, j->d);
}

static Status on_epoch(void *context, const Fit *f, const EpochRow *row, Diag *d)
{
    Job *j = context;
    (void)row;
    (void)d;
    keep_rows(j);
    if (j->watch->epoch != NULL) {
        j->watch->epoch(j->watch->context, &j->r->row[j->r->row_count - 1]);
    }
    bool last = f->epoch == f->o.epochs || f->ended_early ||
                (j->watch->stop != NULL && *j->watch->stop != 0);
    double time = now();
    if ((j->s->log != NULL || j->stage->checkpoint != NULL) &&
        (last || time - j->written_at >= 1.0)) {
        j->written_at = time;
        return write_state(j);
    }
    return OK;
}

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static Status resume(Job *j)
{
    const char *path = j->stage->checkpoint;
    if (path == NULL) {
        return j->s->resume
                   ? fail(j->d, ERR_USAGE, "resume needs to know the file: --checkpoint FILE")
                   : OK;
    }
    take_fingerprint(j);
    if (!j->s->resume || !is_there(path)) {
        return OK;
    }
    TRY(checkpoint_read(j->fit, j->fingerprint, path, j->d));
    keep_rows(j);
    j->r->resumed_epoch = (int32_t)j->r->row_count;
    return OK;
}

static void begin(Job *j)
{
    for (int32_t i = 0; i < j->trainer->param_count && !j->stage->rounding; i++) {
        j->r->parameters += j->trainer->param[i].count;
    }
    if (j->watch->begin != NULL && !j->stage->rounding) {
        j->watch->begin(j->watch->context, j->r);
    }
}

Status job_fit(Job *j, const Stage *stage)
{
    TrainResult *r = j->r;
    TrainerOptions o = {.loss = j->loss,
                        .huber_delta = j->s->huber_delta,
                        .label_smoothing = j->s->label_smoothing,
                        .distill = j->s->distill,
                        .temperature = j->s->temperature,
                        .threads = (int32_t)j->s->threads,
                        .max_batch = (int32_t)j->s->batch};
    FitOptions f;
    FitWatch watch = {.context = j, .batch = on_batch, .epoch = on_epoch, .stop = j->watch->stop};
    FitSet train = job_set(j, PART_TRAIN);
    FitSet validation = job_set(j, PART_VALIDATION);
    j->stage = stage;
    TRY(fit_options(j, stage, &f));
    TRY(trainer_new(j->g, &o, &j->trainer, j->d));
    j->fit = fit_new(j->trainer, &f, &train, &validation, &watch);
    TRY(resume(j));
    begin(j);
    double begun = now();
    TRY(fit_run(j->fit, j->d));
    r->seconds += now() - begun;
    r->best_epoch =
        j->fit->best_epoch > 0 ? stage->first_epoch + j->fit->best_epoch : r->best_epoch;
    r->stopped = r->stopped || j->fit->stopped;
    r->ended_early = r->ended_early || j->fit->ended_early;
    r->kept_best = (f.keep_best || j->fit->stopped) && j->fit->best_epoch > 0;
    return OK;
}

void job_end_fit(Job *j)
{
    fit_free(j->fit);
    if (j->trainer != NULL) {
        trainer_free(j->trainer);
    }
    j->fit = NULL;
    j->trainer = NULL;
}
