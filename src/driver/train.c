/* train: reads, builds, trains, judges, and makes the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include "export/export.h"

#include <math.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- the network --- */

static Status open_model(Job *j)
{
    if (j->s->net != NULL) {
        return fail(j->d, ERR_USAGE, "give a net or a model to train further, not both");
    }
    Status s = session_open(&j->model, j->s->model);
    if (s != OK) {
        (void)fail(j->d, s, "%s", j->model.diag.text);
        return s;
    }
    j->g = j->model.g;
    return OK;
}

static int32_t wanted_outputs(const Job *j)
{
    return j->data->label != NULL ? j->data->class_count : j->data->y_count;
}

static Status build_net(Job *j)
{
    if (j->s->net == NULL) {
        return fail(
            j->d, ERR_USAGE,
            "train needs a net: --net \"dense 16 relu, dense %s\", or a model to train further: "
            "--model FILE.tflite",
            j->data->label != NULL ? "classes softmax" : "outputs");
    }
    NetOptions o = {.name = "net",
                    .input = j->data->shape,
                    .outputs = wanted_outputs(j),
                    .seed = (uint64_t)j->s->seed,
                    .init = (InitKind)j->s->init};
    return net_build(j->s->net, &o, &j->g, j->d);
}

/* The name of the operator that ends the graph. */
static const char *last_op(const Graph *g)
{
    int32_t n = graph_producer(g, g->output[0]);
    return n < 0 ? "" : g->node[n].kind->name;
}

static Status check_net(const Job *j)
{
    const Graph *g = j->g;
    char shape[96];
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(j->d, ERR_INPUT,
                    "the model has %d inputs and %d outputs; one of each can be trained",
                    g->input_count, g->output_count);
    }
    if (shape_count(&tensor(g, g->input[0])->shape) != j->data->x_count) {
        return fail(j->d, ERR_INPUT, "the model's input is %s, but a sample has %jd numbers",
                    shape_text(&tensor(g, g->input[0])->shape, shape), (intmax_t)j->data->x_count);
    }
    int64_t have = shape_count(&tensor(g, g->output[0])->shape);
    int64_t want = wanted_outputs(j);
    bool two = j->data->label != NULL && want == 2 && have == 1;
    if (have != want && !two) {
        return fail(j->d, ERR_INPUT,
                    "the net's output is %s, but '%s' has %jd %s: end the net with %jd outputs",
                    shape_text(&tensor(g, g->output[0])->shape, shape), j->data->name,
                    (intmax_t)want, j->data->label != NULL ? "classes" : "numbers to predict",
                    (intmax_t)want);
    }
    return OK;
}

static Status choose_loss(Job *j)
{
    bool single = shape_count(&tensor(j->g, j->g->output[0])->shape) == 1;
    bool sigmoid = strcmp(last_op(j->g), "logistic") == 0;
    if (j->s->loss > 0) {
        j->loss = (LossKind)(j->s->loss - 1);
    } else if (j->data->label == NULL) {
        j->loss = LOSS_MSE;
    } else {
        j->loss = single || sigmoid ? LOSS_BINARY_CROSS_ENTROPY : LOSS_CROSS_ENTROPY;
    }
    bool logit = single && j->loss == LOSS_BINARY_CROSS_ENTROPY && !sigmoid;
    j->threshold = logit || j->loss == LOSS_SQUARED_HINGE ? 0.0 : 0.5;
    if (j->loss == LOSS_CROSS_ENTROPY && single) {
        return fail(j->d, ERR_INPUT,
                    "loss = crossentropy needs an output for each class; for one output take bce");
    }
    if (j->loss == LOSS_CROSS_ENTROPY && j->data->label == NULL) {
        warn(j->d, "crossentropy expects targets that sum to 1 in each row; these are numbers from "
                   "columns");
    }
    return OK;
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

static Status fit_options(Job *j, FitOptions *o)
{
    const TrainSettings *s = j->s;
    *o = (FitOptions){
        .epochs = (int32_t)s->epochs,
        .batch = (int32_t)s->batch,
        .seed = (uint64_t)s->seed,
        .optimizer = optimizer(s),
        .schedule = {.kind = (ScheduleKind)s->schedule,
                     .rate = given(s->rate, s->optimizer == OPTIMIZER_SGD ? 0.01 : 0.001),
                     .min_rate = s->min_rate,
                     .factor = s->factor,
                     .every = s->every,
                     .warmup = s->warmup,
                     .patience = (int32_t)s->plateau_patience},
        .l1 = s->l1,
        .l2 = s->l2,
        .clip_norm = s->clip,
        .norm_momentum = s->norm_momentum,
        .ema = s->ema,
        .augment = {(int32_t)s->augment_shift, s->augment_flip, s->augment_jitter,
                    s->augment_scale},
        .shape = j->data->shape,
        .threshold = j->threshold,
        .early_stop = (int32_t)s->early_stop,
        .min_delta = s->min_delta,
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
    same.epochs = defaults.epochs; /* a training may be made longer */
    Out o = {0};
    recipe_write(train_settings, &same, &defaults, &o);
    graph_print(j->g, &o, NULL);
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

static void on_batch(void *context, const Fit *f, int64_t done, int64_t batches,
                     const EpochRow *row)
{
    const Job *j = context;
    (void)f;
    if (j->watch->batch != NULL) {
        j->watch->batch(j->watch->context, done, batches, row);
    }
}

static Status write_state(Job *j)
{
    TRY(job_write_log(j));
    return j->s->checkpoint == NULL
               ? OK
               : checkpoint_write(j->fit, j->fingerprint, j->s->checkpoint, j->d);
}

static Status on_epoch(void *context, const Fit *f, const EpochRow *row, Diag *d)
{
    Job *j = context;
    (void)d;
    if (j->watch->epoch != NULL) {
        j->watch->epoch(j->watch->context, row);
    }
    bool last = f->epoch == f->o.epochs || f->ended_early ||
                (j->watch->stop != NULL && *j->watch->stop != 0);
    double time = now();
    if ((j->s->log != NULL || j->s->checkpoint != NULL) && (last || time - j->written_at >= 1.0)) {
        j->written_at = time;
        return write_state(j);
    }
    return OK;
}

static Status resume(Job *j)
{
    Arena scratch = {0};
    Span file = {0};
    Diag quiet = {0};
    if (j->s->checkpoint == NULL) {
        return j->s->resume
                   ? fail(j->d, ERR_USAGE, "resume needs to know the file: --checkpoint FILE")
                   : OK;
    }
    take_fingerprint(j);
    bool there = file_read(&scratch, j->s->checkpoint, (size_t)1 << 32, &file, &quiet) == OK;
    arena_free(&scratch);
    diag_clear(&quiet);
    if (!j->s->resume || !there) {
        return OK;
    }
    TRY(checkpoint_read(j->fit, j->fingerprint, j->s->checkpoint, j->d));
    j->r->resumed_epoch = j->fit->epoch;
    return OK;
}

static Status fit(Job *j)
{
    TrainerOptions o = {.loss = j->loss,
                        .huber_delta = j->s->huber_delta,
                        .label_smoothing = j->s->label_smoothing,
                        .threads = (int32_t)j->s->threads,
                        .max_batch = (int32_t)j->s->batch};
    FitOptions f;
    FitWatch watch = {.context = j, .batch = on_batch, .epoch = on_epoch, .stop = j->watch->stop};
    FitSet train = job_set(j, PART_TRAIN);
    FitSet validation = job_set(j, PART_VALIDATION);
    TRY(fit_options(j, &f));
    TRY(trainer_new(j->g, &o, &j->trainer, j->d));
    for (int32_t i = 0; i < j->trainer->param_count; i++) {
        j->r->parameters += j->trainer->param[i].count;
    }
    j->fit = fit_new(j->trainer, &f, &train, &validation, &watch);
    TRY(resume(j));
    if (j->watch->begin != NULL) {
        j->watch->begin(j->watch->context, j->r);
    }
    double begin = now();
    TRY(fit_run(j->fit, j->d));
    j->r->seconds = now() - begin;
    j->r->row_count = j->fit->epoch;
    j->r->row = arena_memdup(&j->r->arena, j->fit->row, sizeof(EpochRow) * (size_t)j->fit->epoch);
    j->r->best_epoch = j->fit->best_epoch;
    j->r->stopped = j->fit->stopped;
    j->r->ended_early = j->fit->ended_early;
    j->r->kept_best = (f.keep_best || j->fit->stopped) && j->fit->best_epoch > 0;
    return OK;
}

/* --- judgement --- */

static void judge_part(Job *j, Part part)
{
    FitSet set = job_set(j, part);
    if (set.count == 0) {
        return;
    }
    Arena scratch = {0};
    int32_t outputs = (int32_t)shape_count(&tensor(j->g, j->g->output[0])->shape);
    float *y = NEW(&scratch, float, set.count *outputs);
    double loss = fit_evaluate(j->fit, &set, y, NULL);
    Metrics *m = &j->r->part[part].metrics;
    if (set.label != NULL) {
        int32_t *label = NEW(&scratch, int32_t, set.count);
        for (int64_t i = 0; i < set.count; i++) {
            label[i] = set.label[set.index[i]];
        }
        *m = metrics_of_classes(&j->r->arena, y, outputs, label, set.count, j->data->class_count,
                                (int32_t)j->s->top_k, j->threshold);
    } else {
        float *target = NEW(&scratch, float, set.count *outputs);
        for (int64_t i = 0; i < set.count; i++) {
            memcpy(target + i * outputs, set.y + set.index[i] * outputs,
                   sizeof(float) * (size_t)outputs);
        }
        *m = metrics_of_numbers(y, target, outputs, set.count);
    }
    m->loss = loss;
    arena_free(&scratch);
}

/* --- the whole --- */

static void describe(Job *j)
{
    TrainResult *r = j->r;
    static const char *const names[PART_COUNT] = {"train", "validation", "test"};
    r->data_name = arena_strdup(&r->arena, j->data->name);
    r->net = j->s->net != NULL ? j->s->net : j->s->model;
    r->shape = j->data->shape;
    r->class_count = j->data->label != NULL ? j->data->class_count : 0;
    r->outputs = (int32_t)shape_count(&tensor(j->g, j->g->output[0])->shape);
    r->class_name = r->class_count > 0 && j->data->class_name != NULL
                        ? NEW(&r->arena, const char *, r->class_count)
                        : NULL;
    for (int32_t c = 0; c < r->class_count && r->class_name != NULL; c++) {
        r->class_name[c] = arena_strdup(&r->arena, j->data->class_name[c]);
    }
    r->macs = graph_macs(j->g);
    r->epochs = (int32_t)j->s->epochs;
    r->loss_name = loss_names[j->loss];
    r->optimizer_name = optimizer_names[j->s->optimizer];
    r->metric_name = j->data->label != NULL ? "accuracy" : "MAE";
    for (int32_t i = 0; i < PART_COUNT; i++) {
        r->part[i] = (TrainPart){.name = names[i], .count = j->split.count[i]};
    }
}

static void set_labels(Job *j)
{
    if (j->data->label == NULL || j->data->class_name == NULL ||
        j->r->outputs != j->data->class_count) {
        return;
    }
    j->g->label = NEW(&j->g->arena, const char *, j->data->class_count);
    j->g->label_count = j->data->class_count;
    for (int32_t c = 0; c < j->data->class_count; c++) {
        j->g->label[c] = arena_strdup(&j->g->arena, j->data->class_name[c]);
    }
}

static Status run(Job *j)
{
    if (j->s->model != NULL) {
        TRY(open_model(j));
    }
    TRY(job_read(j));
    if (j->g == NULL) {
        TRY(build_net(j));
    }
    TRY(check_net(j));
    TRY(choose_loss(j));
    describe(j);
    TRY(fit(j));
    for (int32_t part = 0; part < PART_COUNT; part++) {
        judge_part(j, (Part)part);
    }
    trainer_store(j->trainer, j->g);
    set_labels(j);
    return job_finish(j);
}

Status train_run(const TrainSettings *s, const TrainWatch *watch, TrainResult *r, Diag *d)
{
    Job j = {.s = s, .watch = watch, .r = r, .d = d};
    *r = (TrainResult){0};
    Status status = run(&j);
    fit_free(j.fit);
    if (j.trainer != NULL) {
        trainer_free(j.trainer);
    }
    data_free(j.test);
    data_free(j.data);
    if (s->model != NULL) {
        session_close(&j.model);
    } else {
        graph_free(j.g);
    }
    arena_free(&j.arena);
    return status;
}

void train_free(TrainResult *r)
{
    out_free(&r->file);
    arena_free(&r->arena);
    *r = (TrainResult){0};
}
