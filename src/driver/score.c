/* score: a model's outputs on data, and what they are worth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/target.h"
#include "train/fit.h"
#include "train/pool.h"

#include <math.h>

Status score_fits(const Graph *g, const Data *data, Diag *d)
{
    const Shape *in = &tensor(g, g->input[0])->shape;
    if (shape_count(in) == data->x_count) {
        return OK;
    }
    char want[96], have[96];
    bool more_columns = data->shape.rank == 1 && data->x_count > shape_count(in);
    return fail(d, ERR_INPUT, "the model's input is %s, %jd numbers; a sample of '%s' is %s, %jd numbers%s",
                shape_text(in, want), (intmax_t)shape_count(in), data->name, shape_text(&data->shape, have),
                (intmax_t)data->x_count,
                more_columns ? "; name the columns that are no inputs: --target-columns, --label-column, --skip-columns"
                             : "");
}

enum { CHUNK = 16 }; /* samples that a thread takes at a time */

typedef struct ScoreWork {
    const Graph *g;
    const Data *data;
    const int64_t *sample;
    int64_t count, out_count;
    float *out;
    Eval **lane; /* one for each thread */
} ScoreWork;

static void run_sample(const ScoreWork *w, Eval *e, int64_t s)
{
    const Tensor *in = tensor(w->g, w->g->input[0]);
    const Tensor *y = tensor(w->g, w->g->output[0]);
    eval_reset(e); /* samples have nothing to do with each other */
    elements_put(in, w->data->x + (w->sample != NULL ? w->sample[s] : s) * w->data->x_count, w->data->x_count,
                 eval_tensor(e, w->g->input[0]));
    eval_run(e);
    const uint8_t *bytes = eval_tensor(e, w->g->output[0]);
    for (int64_t k = 0; k < w->out_count; k++) {
        w->out[s * w->out_count + k] = (float)element_get(y, true, bytes, k);
    }
}

static void run_chunk(void *context, int32_t lane, int32_t index)
{
    const ScoreWork *w = context;
    int64_t first = (int64_t)index * CHUNK;
    int64_t end = first + CHUNK < w->count ? first + CHUNK : w->count;
    for (int64_t s = first; s < end && target_stop == 0; s++) {
        run_sample(w, w->lane[lane], s);
    }
}

Status score_run(const Graph *g, bool planned, const Data *data, const int64_t *sample, int64_t count,
                 int32_t threads, Arena *a, float **out, int64_t *out_count, Diag *d)
{
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(
            d, ERR_INPUT,
            "the model has %d inputs and %d outputs; data can be fed to models with one of each",
            g->input_count, g->output_count);
    }
    TRY(score_fits(g, data, d));
    if (count > (int64_t)INT32_MAX * CHUNK) {
        return fail(d, ERR_LIMIT, "'%s' has %jd samples", data->name, (intmax_t)count);
    }
    *out_count = shape_count(&tensor(g, g->output[0])->shape);
    *out = NEW(a, float, count **out_count);
    Arena own = {0};
    ScoreWork w = {g, data, sample, count, *out_count, *out, NEW(&own, Eval *, threads)};
    for (int32_t i = 0; i < threads; i++) {
        w.lane[i] = eval_new(g, planned);
    }
    Pool *pool = pool_new(&own, threads);
    pool_run(pool, (int32_t)((count + CHUNK - 1) / CHUNK), threads, run_chunk, &w);
    pool_free(pool);
    for (int32_t i = 0; i < threads; i++) {
        eval_free(w.lane[i]);
    }
    arena_free(&own);
    return target_stop == 0 ? OK : fail(d, ERR_TOOL, "stopped before the %jd samples were done", (intmax_t)count);
}

/* --- metrics ------------------------------------------------------------------------------------- */

typedef struct Scores {
    Arena arena;
    const Data *data;
    const int64_t *sample;
    int64_t count;
    const float *out;
    int32_t out_count;
    CompareMetric *metric;
    double *value;
    int32_t *metric_count;
} Scores;

static void add(Scores *s, const char *name, const char *unit, bool more_is_better, double value)
{
    s->metric[*s->metric_count] = (CompareMetric){name, unit, more_is_better};
    s->value[(*s->metric_count)++] = value;
}

static int64_t sample_number(const Scores *s, int64_t i)
{
    return s->sample != NULL ? s->sample[i] : i;
}

/* Rows of FROM [..][width], those of the chosen samples. */
static const float *chosen_rows(Scores *s, const float *from, int64_t width)
{
    float *to = NEW(&s->arena, float, s->count *width);
    for (int64_t i = 0; i < s->count; i++) {
        memcpy(to + i * width, from + sample_number(s, i) * width, (size_t)width * sizeof *to);
    }
    return to;
}

static Metrics class_metrics(Scores *s, Arena *a, int32_t top_k)
{
    int32_t *label = NEW(&s->arena, int32_t, s->count);
    for (int64_t i = 0; i < s->count; i++) {
        label[i] = s->data->label[sample_number(s, i)];
    }
    return metrics_of_classes(a, s->out, s->out_count, label, s->count, s->data->class_count, top_k, 0.5);
}

static void score_classes(Scores *s)
{
    Metrics m = class_metrics(s, &s->arena, 1);
    add(s, "accuracy", "%", true, 100 * m.accuracy);
    if (s->data->class_count == 2) {
        add(s, "AUC", "", true, m.auc);
    } else {
        add(s, "F1", "", true, m.f1);
    }
}

static void score_numbers(Scores *s, const float *wanted)
{
    Metrics m =
        metrics_of_numbers(s->out, chosen_rows(s, wanted, s->out_count), s->out_count, s->count);
    add(s, "MAE", "", false, m.mae);
    add(s, "RMSE", "", false, sqrt(m.mse));
}

/* An autoencoder's errors as scores of the classes above the first, the unusual ones; NAN where there are no such. */
static double restoring_auc(Scores *s, const float *x)
{
    if (s->data->label == NULL || s->data->class_count < 2) {
        return NAN;
    }
    float *error = NEW(&s->arena, float, s->count);
    bool *unusual = NEW(&s->arena, bool, s->count);
    for (int64_t i = 0; i < s->count; i++) {
        int64_t at = i * s->out_count;
        error[i] = (float)metrics_of_numbers(s->out + at, x + at, s->out_count, 1).mse;
        unusual[i] = s->data->label[sample_number(s, i)] > 0;
    }
    return metric_auc(error, 1, unusual, s->count);
}

/* An autoencoder: what it cannot restore is unusual. */
static void score_reconstruction(Scores *s)
{
    if (s->data->label != NULL && s->data->class_count > 1) {
        add(s, "AUC", "", true, restoring_auc(s, chosen_rows(s, s->data->x, s->out_count)));
    }
    score_numbers(s, s->data->x);
}

/* Nothing is known of the samples: how near to the first model. */
static void score_agreement(Scores *s, const float *first)
{
    double signal = 0;
    double noise = 0;
    double agreed = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const float *y = s->out + i * s->out_count;
        const float *f = first + i * s->out_count;
        for (int32_t k = 0; k < s->out_count; k++) {
            double e = (double)y[k] - (double)f[k];
            signal += (double)f[k] * (double)f[k];
            noise += e * e;
        }
        agreed += metric_class(y, s->out_count, 0.5) == metric_class(f, s->out_count, 0.5);
    }
    add(s, "SNR", "dB", true, noise > 0 ? 10 * log10(signal / noise) : (double)INFINITY);
    if (s->out_count > 1) {
        add(s, "same class", "%", true, 100 * agreed / (double)s->count);
    }
}

static Status choose_kind(const Scores *s, ScoreKind *kind, Diag *d)
{
    const Data *data = s->data;
    bool binary = data->class_count == 2 && s->out_count == 1;
    bool restores = s->out_count == data->x_count &&
                    (data->x_count > 1 || (data->y != NULL && data->y == data->x));
    if (data->label != NULL && (s->out_count == data->class_count || binary)) {
        *kind = SCORE_CLASSES;
    } else if (data->y != NULL && data->y != data->x && s->out_count == data->y_count) {
        *kind = SCORE_NUMBERS;
    } else if (restores) {
        *kind = SCORE_RESTORED;
    } else if (data->label != NULL) {
        return fail(d, ERR_INPUT, "the model has %d outputs, '%s' has %d classes", s->out_count,
                    data->name, data->class_count);
    } else if (data->y != NULL) {
        return fail(d, ERR_INPUT, "the model has %d outputs, '%s' has %d numbers to predict",
                    s->out_count, data->name, data->y_count);
    } else {
        *kind = SCORE_AGREEMENT;
    }
    return OK;
}

static Status choose_metrics(Scores *s, const float *first, Diag *d)
{
    ScoreKind kind = SCORE_AGREEMENT;
    TRY(choose_kind(s, &kind, d));
    switch (kind) {
    case SCORE_CLASSES: score_classes(s); break;
    case SCORE_NUMBERS: score_numbers(s, s->data->y); break;
    case SCORE_RESTORED: score_reconstruction(s); break;
    default: score_agreement(s, first); break;
    }
    return OK;
}

static Status all_metrics(Scores *s, int32_t top_k, Arena *a, ScoreKind *kind, Metrics *m, Diag *d)
{
    TRY(choose_kind(s, kind, d));
    if (*kind == SCORE_AGREEMENT) {
        return fail(d, ERR_INPUT,
                    "'%s' says nothing of what the outputs should be: give --label-column or --labels for classes, "
                    "--target-columns for numbers",
                    s->data->name);
    }
    if (*kind == SCORE_CLASSES) {
        *m = class_metrics(s, a, top_k);
    } else {
        const float *wanted = chosen_rows(s, *kind == SCORE_NUMBERS ? s->data->y : s->data->x, s->out_count);
        *m = metrics_of_numbers(s->out, wanted, s->out_count, s->count);
        m->auc = *kind == SCORE_RESTORED ? restoring_auc(s, wanted) : NAN;
    }
    m->loss = NAN;
    return OK;
}

Status score_all(const Data *data, const int64_t *sample, int64_t count, const float *out, int64_t out_count,
                 int32_t top_k, Arena *a, ScoreKind *kind, Metrics *m, Diag *d)
{
    if (out_count > INT32_MAX) {
        return fail(d, ERR_LIMIT, "the model has %jd outputs", (intmax_t)out_count);
    }
    Scores s = {.data = data, .sample = sample, .count = count, .out = out, .out_count = (int32_t)out_count};
    Status status = all_metrics(&s, top_k, a, kind, m, d);
    arena_free(&s.arena);
    return status;
}

Status score_metrics(const Data *data, const int64_t *sample, int64_t count, const float *out,
                     int64_t out_count, const float *first, CompareMetric metric[COMPARE_METRICS],
                     double value[COMPARE_METRICS], int32_t *metric_count, Diag *d)
{
    *metric_count = 0;
    if (out_count > INT32_MAX) {
        return fail(d, ERR_LIMIT, "the model has %jd outputs", (intmax_t)out_count);
    }
    Scores s = {.data = data,
                .sample = sample,
                .count = count,
                .out = out,
                .out_count = (int32_t)out_count};
    s.metric = metric;
    s.value = value;
    s.metric_count = metric_count;
    Status status = choose_metrics(&s, first, d);
    arena_free(&s.arena);
    return status;
}
