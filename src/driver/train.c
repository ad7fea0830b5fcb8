/* train: reads, builds, trains, judges, and makes the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

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

/* --- judgement --- */

void job_metrics(Job *j, const FitSet *set, const float *y, int32_t outputs, Metrics *m)
{
    Arena scratch = {0};
    if (set->label != NULL) {
        int32_t *label = NEW(&scratch, int32_t, set->count);
        for (int64_t i = 0; i < set->count; i++) {
            label[i] = set->label[set->index[i]];
        }
        *m = metrics_of_classes(&j->r->arena, y, outputs, label, set->count, j->data->class_count,
                                (int32_t)j->s->top_k, j->threshold);
    } else {
        float *target = NEW(&scratch, float, set->count *outputs);
        for (int64_t i = 0; i < set->count; i++) {
            memcpy(target + i * outputs, set->y + set->index[i] * outputs,
                   sizeof(float) * (size_t)outputs);
        }
        *m = metrics_of_numbers(y, target, outputs, set->count);
    }
    arena_free(&scratch);
}

static void judge_part(Job *j, Part part)
{
    FitSet set = job_set(j, part);
    if (set.count == 0) {
        return;
    }
    Arena scratch = {0};
    float *y = NEW(&scratch, float, set.count * j->r->outputs);
    double loss = fit_evaluate(j->fit, &set, y, NULL);
    job_metrics(j, &set, y, j->r->outputs, &j->r->part[part].metrics);
    j->r->part[part].metrics.loss = loss;
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

/* The last epochs, which feel the rounding. */
static int32_t rounded_epochs(const TrainSettings *s)
{
    int64_t quarter = s->epochs / 4 > 0 ? s->epochs / 4 : 1;
    int64_t wanted = s->qat == QAT_NONE ? 0 : s->qat_epochs > 0 ? s->qat_epochs : quarter;
    return (int32_t)(wanted < s->epochs ? wanted : s->epochs);
}

static Status run(Job *j)
{
    if (j->s->model != NULL) {
        TRY(open_model(j));
    }
    TRY(j->s->signal != NULL ? job_read_signal(j) : job_read(j));
    if (job_fits_detector(j)) {
        return job_finish_sensor(j);
    }
    if (j->g == NULL) {
        TRY(build_net(j));
    }
    TRY(check_net(j));
    TRY(choose_loss(j));
    TRY(job_check_widths(j));
    describe(j);
    job_name_graph(j);
    TRY(job_read_teacher(j));
    int32_t rounded = rounded_epochs(j->s);
    int32_t epochs = (int32_t)j->s->epochs - rounded;
    j->r->row = NEW(&j->r->arena, EpochRow, j->s->epochs);
    TRY(job_fit(j, &(Stage){.epochs = epochs, .rate_gain = 1.0, .checkpoint = j->s->checkpoint}));
    for (int32_t part = 0; part < PART_COUNT; part++) {
        judge_part(j, (Part)part);
    }
    trainer_store(j->trainer, j->g);
    job_record(j);
    TRY(j->s->qat == QAT_NONE ? job_finish(j) : job_quantize(j, epochs, rounded));
    return j->sensor != NULL ? job_finish_sensor(j) : OK;
}

Status train_run(const TrainSettings *s, const TrainWatch *watch, TrainResult *r, Diag *d)
{
    Job j = {.s = s, .watch = watch, .r = r, .d = d};
    *r = (TrainResult){0};
    Status status = run(&j);
    job_end_fit(&j);
    job_free_teacher(&j);
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
