/* train: signals to features, detectors of the unusual, and the whole sensor as one file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/sensor.h"
#include "driver/train_job.h"
#include "export/export.h"

#include <math.h>
#include <stdlib.h>

typedef struct SensorJob {
    Sensor sensor;
    const int32_t *label; /* of the data, and of the test data of their own; NULL: none */
    const int32_t *test_label;
    int32_t normal;
    const float *windows, *test_windows; /* the samples themselves */
    double deviation; /* of usual scores before a CUSUM, else 0 */
    Split all;                           /* with the unusual ones */
} SensorJob;

/* --- what is usual --- */

static bool is_usual(const SensorJob *s, bool of_test, int64_t i)
{
    const int32_t *label = of_test ? s->test_label : s->label;
    return label == NULL || label[i] == s->normal;
}

/* The unusual leave training and validation; S->all keeps them. */
static Status keep_usual(Job *j)
{
    SensorJob *s = j->sensor;
    s->all = j->split;
    for (int32_t part = PART_TRAIN; part <= PART_VALIDATION; part++) {
        int64_t *kept = NEW(&j->arena, int64_t, j->split.count[part]);
        int64_t count = 0;
        for (int64_t i = 0; i < j->split.count[part]; i++) {
            kept[count] = j->split.index[part][i];
            count += is_usual(s, false, kept[count]);
        }
        j->split.index[part] = kept;
        j->split.count[part] = count;
        if (count < 2) {
            return fail(j->d, ERR_INPUT,
                        "%jd usual samples for %s; a detector needs some of each: see --split, --normal",
                        (intmax_t)count, part == PART_TRAIN ? "training" : "validation");
        }
    }
    return OK;
}

/* --- features --- */

static Status take_shape(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    const Data *data = j->data;
    if (data->shape.rank > 2) {
        return fail(j->d, ERR_INPUT, "'%s' holds samples of %d dimensions; signals have time and channels",
                    data->name, data->shape.rank);
    }
    s->signal = j->s->signal;
    s->window = data->shape.dim[0];
    s->channels = data->shape.rank == 2 ? data->shape.dim[1] : 1;
    int64_t stride = j->s->stride > 0             ? j->s->stride
                     : j->s->stride_seconds > 0.0 ? (int64_t)round(j->s->stride_seconds * data->rate_hz)
                                                  : s->window;
    s->hop = stride >= 1 && stride <= s->window ? (int32_t)stride : s->window;
    s->rate_hz = data->rate_hz > 0.0 ? data->rate_hz : j->s->sampling_rate;
    FitSet train = job_set(j, PART_TRAIN);
    double most = 0.0;
    for (int64_t i = 0; i < train.count; i++) {
        for (int64_t k = 0; k < train.x_count; k++) {
            most = fmax(most, fabs((double)train.x[train.index[i] * train.x_count + k]));
        }
    }
    double full = j->s->full_scale > 0.0 ? j->s->full_scale : 2.0 * most;
    s->scale = (double)(float)((full > 0.0 ? full : 1.0) / 32767.0);
    return OK;
}

/* Each feature's scale: twice what the training part shows must fit, and no finer than the kernels take. */
static Status choose_scales(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    FitSet train = job_set(j, PART_TRAIN);
    Graph *g = NULL;
    Signal signal;
    TRY(sensor_graph(s, SENSOR_FEATURES, &g, j->d));
    int64_t each = sensor_outputs(g);
    float *y = NEW(&j->arena, float, train.count *each);
    sensor_run(g, train.x, train.index, train.count, false, y);
    double *scale = NEW(&j->arena, double, g->output_count);
    int64_t at = 0;
    for (int32_t f = 0; f < g->output_count; f++) {
        int64_t count = shape_count(&tensor(g, g->output[f])->shape);
        double most = 0.0;
        for (int64_t i = 0; i < train.count; i++) {
            for (int64_t k = 0; k < count; k++) {
                most = fmax(most, fabs((double)y[i * each + at + k]));
            }
        }
        scale[f] = 2.0 * most / 32767.0;
        at += count;
    }
    graph_free(g);
    Graph *names = graph_new("names");
    TensorId x = graph_add_tensor(names, "x", TYPE_S16, (Shape){3, {1, s->window, s->channels}});
    graph_set_quant(names, x, (float)s->scale, 0);
    Status status = signal_build(names, s->signal, s->rate_hz, x, NULL, &signal, j->d);
    for (int32_t f = 0; f < signal.count && status == OK; f++) {
        scale[f] = fmax(scale[f], 1.02 * signal_finest(signal.feature[f].name, s->scale));
    }
    graph_free(names);
    s->feature_scale = scale;
    s->dims = (int32_t)each;
    return status;
}

/* Offsets and gains of the training part's features as the device computes them. */
static Status fit_standard(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    FitSet train = job_set(j, PART_TRAIN);
    Graph *g = NULL;
    TRY(sensor_graph(s, SENSOR_FEATURES, &g, j->d));
    float *y = NEW(&j->arena, float, train.count * s->dims);
    sensor_run(g, train.x, train.index, train.count, false, y);
    s->offset = NEW(&j->arena, float, s->dims);
    s->gain = NEW(&j->arena, float, s->dims);
    int32_t at = 0;
    for (int32_t f = 0; f < g->output_count; f++) {
        const Tensor *t = tensor(g, g->output[f]);
        for (int32_t k = 0; k < shape_count(&t->shape); k++, at++) {
            double sum = 0.0;
            double square = 0.0;
            for (int64_t i = 0; i < train.count; i++) {
                sum += (double)y[i * s->dims + at];
            }
            double mean = sum / (double)train.count;
            for (int64_t i = 0; i < train.count; i++) {
                double d = (double)y[i * s->dims + at] - mean;
                square += d * d;
            }
            double deviation = sqrt(square / (double)train.count);
            double least = (double)t->q.scale[0]; /* rounding alone gives 0.29 of it */
            s->offset[at] = (float)mean;
            s->gain[at] = (float)(1.0 / fmax(deviation, least));
        }
    }
    graph_free(g);
    return OK;
}

/* The samples become rows of features. */
static Status make_rows(Job *j, Data *data)
{
    const Sensor *s = &j->sensor->sensor;
    Graph *g = NULL;
    TRY(sensor_graph(s, SENSOR_ROW, &g, j->d));
    float *row = NEW(&data->arena, float, data->count * s->dims);
    sensor_run(g, data->x, NULL, data->count, false, row);
    graph_free(g);
    data->x = row;
    data->x_count = s->dims;
    data->shape = shape_of(1, &s->dims);
    data->x_name = NULL;
    if (j->s->detector != DETECTOR_NONE) {
        data->label = NULL;
        data->class_count = 0;
        data->y = row;
        data->y_count = s->dims;
    }
    return OK;
}

static Status check_settings(const Job *j)
{
    const TrainSettings *s = j->s;
    if (s->features != NULL || s->model != NULL) {
        return fail(j->d, ERR_USAGE, "signal makes the features: leave %s out",
                    s->features != NULL ? "features" : "model");
    }
    if (s->detector == DETECTOR_AUTOENCODER && (s->net == NULL || s->qat != QAT_INT8)) {
        return fail(j->d, ERR_USAGE, "detector = autoencoder needs a net, and qat = int8");
    }
    if (s->detector == DETECTOR_NONE && (s->net == NULL || s->qat != QAT_INT8)) {
        return fail(j->d, ERR_USAGE,
                    "signal gives features; say what learns from them: --detector, or --net with --qat int8");
    }
    if (s->needed > s->of) {
        return fail(j->d, ERR_USAGE, "needed = %jd of = %jd: more scores than there are", (intmax_t)s->needed,
                    (intmax_t)s->of);
    }
    return OK;
}

Status job_read_signal(Job *j)
{
    TRY(check_settings(j));
    TRY(job_read_samples(j));
    j->sensor = NEW(&j->arena, SensorJob, 1);
    SensorJob *s = j->sensor;
    s->windows = j->data->x;
    s->test_windows = j->test != NULL ? j->test->x : NULL;
    s->label = j->data->label;
    s->test_label = j->test != NULL ? j->test->label : NULL;
    s->all = j->split;
    if (j->s->detector != DETECTOR_NONE) {
        TRY(data_usual_class(j->data, j->s->normal, &s->normal, j->d));
        TRY(keep_usual(j));
    } else if (j->data->label == NULL || j->data->class_count < 2) {
        return fail(j->d, ERR_INPUT, "'%s' has no classes for a net to tell apart; see --detector", j->data->name);
    }
    TRY(job_normalize(j)); /* channels of different size share the steps of int16 */
    TRY(take_shape(j));
    TRY(choose_scales(j));
    TRY(fit_standard(j));
    TRY(make_rows(j, j->data));
    return j->test != NULL ? make_rows(j, j->test) : OK;
}

bool job_fits_detector(const Job *j)
{
    return j->sensor != NULL && j->s->detector != DETECTOR_NONE && j->s->detector != DETECTOR_AUTOENCODER;
}

/* --- detector and threshold --- */

static Status fit_detector(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    FitSet train = job_set(j, PART_TRAIN);
    DetectorOptions o = {.kind = (DetectorKind)j->s->detector,
                         .clusters = (int32_t)j->s->clusters,
                         .components = (int32_t)j->s->components,
                         .ridge = j->s->ridge,
                         .seed = (uint64_t)j->s->seed};
    float *x = NEW(&j->arena, float, train.count * s->dims);
    for (int64_t i = 0; i < train.count; i++) {
        memcpy(x + i * s->dims, train.x + train.index[i] * s->dims, sizeof *x * (size_t)s->dims);
    }
    Detector *t = NEW(&j->arena, Detector, 1);
    TRY(detector_fit(&o, x, train.count, s->dims, &j->arena, t, j->d));
    s->detector = t;
    return OK;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean + K deviations. */
static double deviations_above(const double *score, int64_t count, double k)
{
    double sum = 0.0;
    double square = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += score[i];
        square += score[i] * score[i];
    }
    double mean = sum / (double)count;
    return mean + k * sqrt(fmax(square / (double)count - mean * mean, 0.0));
}

/* "std:4", "quantile:0.99", "max:1.2" or a number, of the usual scores. */
static Status read_threshold(const Job *j, double *score, int64_t count, double *out)
{
    static const char *const rules[] = {"std:", "quantile:", "max:", ""};
    const char *text = j->s->threshold != NULL ? j->s->threshold : "std:4";
    int32_t rule = 0;
    while (strncmp(text, rules[rule], strlen(rules[rule])) != 0) {
        rule++;
    }
    char *end = NULL;
    const char *from = text + strlen(rules[rule]);
    double v = strtod(from, &end);
    if (end == from || *end != '\0' || !isfinite(v) || (rule == 1 && !(v >= 0.0 && v <= 1.0))) {
        return fail(j->d, ERR_USAGE, "threshold = %s: give std:4, quantile:0.99, max:1.2 or a number", text);
    }
    qsort(score, (size_t)count, sizeof *score, compare_doubles);
    double at = v * (double)(count - 1);
    /* Usual sums of a CUSUM may all be 0: then the deviation of what it sums. */
    *out = rule == 0   ? fmax(deviations_above(score, count, v), v * j->sensor->deviation)
           : rule == 1 ? score[(int64_t)ceil(at - 1e-9)]
           : rule == 2 ? v * score[count - 1]
                       : v;
    return OK;
}

/* Scores of a part's samples, the unusual ones too. A memory starts anew where the recording breaks off, or becomes
 * usual or unusual. */
static float *part_scores(Job *j, const Graph *g, Part part)
{
    const SensorJob *s = j->sensor;
    bool own = part == PART_TEST && j->test != NULL;
    const float *x = own ? s->test_windows : s->windows;
    const int64_t *index = s->all.index[part];
    const Data *data = own ? j->test : j->data;
    int64_t count = s->all.count[part];
    float *y = NEW(&j->arena, float, count + 1);
    for (int64_t from = 0, to = 0; from < count; from = to) {
        for (to = from + 1;
             to < count && index[to] == index[to - 1] + 1 &&
             is_usual(s, own, index[to]) == is_usual(s, own, index[from]) &&
             (data->source_of == NULL || data->source_of[index[to]] == data->source_of[index[from]]);) {
            to++;
        }
        sensor_run(g, x, index + from, to - from, s->sensor.memory.kind != NULL, y + from);
    }
    return y;
}

/* How far usual scores reach decides their scale; large ones are clipped. */
static Status choose_score_scale(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    s->score_scale = 1.0 / 64.0;
    Graph *g = NULL;
    TRY(sensor_graph(s, SENSOR_SCORE, &g, j->d));
    const float *y = part_scores(j, g, PART_VALIDATION);
    double most = 1e-3;
    for (int64_t i = 0; i < j->sensor->all.count[PART_VALIDATION]; i++) {
        bool usual = is_usual(j->sensor, false, j->sensor->all.index[PART_VALIDATION][i]);
        most = usual ? fmax(most, fabs((double)y[i])) : most;
    }
    graph_free(g);
    s->score_scale = ldexp(1.0, (int)ceil(log2(fmax(64.0 * most / 32767.0, 1.0 / 4096.0))));
    return OK;
}

static void judge(Job *j, const Graph *g, Part part, SensorReport *r)
{
    const SensorJob *s = j->sensor;
    SensorPart *p = &r->part[part];
    int64_t count = s->all.count[part];
    const float *y = part_scores(j, g, part);
    bool *unusual = NEW(&j->arena, bool, count + 1);
    for (int64_t i = 0; i < count; i++) {
        unusual[i] = !is_usual(s, part == PART_TEST && j->test != NULL, s->all.index[part][i]);
        bool alarm = (double)y[i] >= r->threshold;
        p->usual += !unusual[i];
        p->unusual += unusual[i];
        p->false_alarms += alarm && !unusual[i];
        p->found += alarm && unusual[i];
    }
    p->auc = p->usual > 0 && p->unusual > 0 ? metric_auc(y, 1, unusual, count) : (double)NAN;
}

/* The scores of usual validation windows, ascending as the windows. */
static Status usual_scores(Job *j, double **out, int64_t *count)
{
    const SensorJob *s = j->sensor;
    Graph *g = NULL;
    TRY(sensor_graph(&s->sensor, SENSOR_SCORE, &g, j->d));
    const float *y = part_scores(j, g, PART_VALIDATION);
    *out = NEW(&j->arena, double, s->all.count[PART_VALIDATION] + 1);
    *count = 0;
    for (int64_t i = 0; i < s->all.count[PART_VALIDATION]; i++) {
        if (is_usual(s, false, s->all.index[PART_VALIDATION][i])) {
            (*out)[(*count)++] = (double)y[i];
        }
    }
    graph_free(g);
    return OK;
}

static Status choose_memory(Job *j)
{
    const char *text = j->s->memory;
    if (text == NULL) {
        return OK;
    }
    bool is_ewma = strncmp(text, "ewma:", 5) == 0;
    const char *from = text + (is_ewma ? 5 : 6);
    char *end = NULL;
    double v = is_ewma || strncmp(text, "cusum:", 6) == 0 ? strtod(from, &end) : 0.0;
    if (end == NULL || end == from || *end != '\0' || !(v >= 0.0 && v <= (is_ewma ? 1.0 : 1e6))) {
        return fail(j->d, ERR_USAGE, "memory = %s: give ewma:0.2 or cusum:1", text);
    }
    double *score = NULL;
    int64_t count = 0;
    TRY(usual_scores(j, &score, &count));
    j->sensor->sensor.memory = (SensorMemory){.kind = is_ewma ? "ewma" : "cusum", .alpha = is_ewma ? v : 0.0};
    j->sensor->sensor.memory.drift = is_ewma ? 0.0 : deviations_above(score, count, v);
    j->sensor->deviation =
        is_ewma ? 0.0 : deviations_above(score, count, 1.0) - deviations_above(score, count, 0.0);
    return OK;
}

static Status choose_threshold(Job *j, SensorReport *r)
{
    SensorJob *s = j->sensor;
    Graph *g = NULL;
    double *usual = NULL;
    int64_t count = 0;
    TRY(choose_score_scale(j));
    TRY(choose_memory(j));
    TRY(usual_scores(j, &usual, &count));
    TRY(read_threshold(j, usual, count, &r->threshold));
    TRY(sensor_graph(&s->sensor, SENSOR_SCORE, &g, j->d));
    for (int32_t part = 0; part < PART_COUNT; part++) {
        judge(j, g, (Part)part, r);
    }
    graph_free(g);
    return OK;
}

/* --- the file --- */

static Status open_net(Job *j, Graph **out)
{
    ImportLimits limits = import_default_limits();
    Span file = {(const uint8_t *)j->r->file.text, j->r->file.bytes};
    TRY(import_tflite(file, "the trained net", &limits, out, j->d));
    return pass_infer(*out, j->d);
}

static void note(Job *j, Graph *g, const SensorReport *r)
{
    const Sensor *s = &j->sensor->sensor;
    json_t *doc =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:f, s:f, s:f}", "schema", "shrinc/sensor/1", "detector",
                  r->detector, "window", s->window, "hop", s->hop, "channels", s->channels, "features", s->dims,
                  "rate_hz", s->rate_hz, "scale", s->scale, "threshold", r->threshold);
    if (j->s->normal != NULL) {
        json_object_set_new(doc, "normal", json_string(j->s->normal));
    }
    char *text = json_dumps(doc, JSON_COMPACT);
    graph_set_meta(g, "sensor", text);
    free(text);
    json_decref(doc);
}

static Status write_file(Job *j, const SensorReport *r)
{
    SensorJob *s = j->sensor;
    Graph *g = NULL;
    s->sensor.decision = (SensorDecision){.threshold = r->threshold,
                                          .release = r->threshold * j->s->release,
                                          .needed = (int32_t)j->s->needed,
                                          .of = (int32_t)j->s->of,
                                          .refractory = (int32_t)j->s->refractory,
                                          .heartbeat = (int32_t)j->s->heartbeat,
                                          .stuck = (int32_t)j->s->stuck,
                                          .clips = (int32_t)j->s->clips,
                                          .clip = 32766.0 * s->sensor.scale};
    TRY(sensor_graph(&s->sensor, SENSOR_STREAM, &g, j->d));
    Graph *net = j->g;
    j->g = g;
    note(j, g, r);
    job_scale_input(j);
    job_record(j);
    out_free(&j->r->file);
    Status status = export_tflite(g, &j->r->file, j->d);
    j->r->macs = graph_macs(g);
    j->g = net;
    graph_free(g);
    return status;
}

Status job_finish_sensor(Job *j)
{
    Sensor *s = &j->sensor->sensor;
    SensorReport *r = NEW(&j->r->arena, SensorReport, 1);
    Graph *net = NULL;
    j->r->data_name = arena_strdup(&j->r->arena, j->data->name);
    *r = (SensorReport){.detector = detector_names[j->s->detector],
                        .features = s->dims,
                        .window = s->window,
                        .hop = s->hop,
                        .channels = s->channels,
                        .scale = s->scale};
    Status status = OK;
    if (job_fits_detector(j)) {
        TRY(fit_detector(j));
    } else {
        status = open_net(j, &net);
        s->net = net;
    }
    s->classifies = j->s->detector == DETECTOR_NONE;
    if (status == OK && !s->classifies) {
        status = choose_threshold(j, r);
    }
    status = status != OK ? status : write_file(j, r);
    if (j->r->loss_name == NULL) { /* nothing was trained step by step */
        j->r->loss_name = j->r->optimizer_name = "none";
        j->r->metric_name = "AUC";
    }
    j->r->sensor = r;
    s->net = NULL;
    graph_free(net);
    return status;
}
