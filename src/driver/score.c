/* score: a model's outputs on data, and what they are worth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include "driver/target.h"
#include "train/fit.h"

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

Status score_run(const Graph *g, bool planned, const Data *data, const int64_t *sample,
                 int64_t count, Arena *a, float **out, int64_t *out_count, Diag *d)
{
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(
            d, ERR_INPUT,
            "the model has %d inputs and %d outputs; data can be fed to models with one of each",
            g->input_count, g->output_count);
    }
    const Tensor *in = tensor(g, g->input[0]);
    const Tensor *y = tensor(g, g->output[0]);
    TRY(score_fits(g, data, d));
    *out_count = shape_count(&y->shape);
    *out = NEW(a, float, count **out_count);
    Eval *e = eval_new(g, planned);
    int64_t s = 0;
    for (; s < count && target_stop == 0; s++) {
        const float *x = data->x + (sample != NULL ? sample[s] : s) * data->x_count;
        eval_reset(e); /* samples have nothing to do with each other */
        uint8_t *at = eval_tensor(e, g->input[0]);
        for (int64_t k = 0; k < data->x_count; k++) {
            element_put(in, true, (double)x[k], at + k * type_bytes(in->type));
        }
        eval_run(e);
        const uint8_t *bytes = eval_tensor(e, g->output[0]);
        for (int64_t k = 0; k < *out_count; k++) {
            (*out)[s * *out_count + k] = (float)element_get(y, true, bytes, k);
        }
    }
    eval_free(e);
    return s == count ? OK : fail(d, ERR_TOOL, "stopped after %jd of %jd samples", (intmax_t)s, (intmax_t)count);
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

static void score_classes(Scores *s)
{
    int32_t *label = NEW(&s->arena, int32_t, s->count);
    for (int64_t i = 0; i < s->count; i++) {
        label[i] = s->data->label[sample_number(s, i)];
    }
    Metrics m = metrics_of_classes(&s->arena, s->out, s->out_count, label, s->count,
                                   s->data->class_count, 1, 0.5);
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

/* An autoencoder: what it cannot restore is unusual. Classes above the first are the unusual ones. */
static void score_reconstruction(Scores *s)
{
    const float *x = chosen_rows(s, s->data->x, s->out_count);
    if (s->data->label != NULL && s->data->class_count > 1) {
        float *error = NEW(&s->arena, float, s->count);
        bool *unusual = NEW(&s->arena, bool, s->count);
        for (int64_t i = 0; i < s->count; i++) {
            int64_t at = i * s->out_count;
            error[i] = (float)metrics_of_numbers(s->out + at, x + at, s->out_count, 1).mse;
            unusual[i] = s->data->label[sample_number(s, i)] > 0;
        }
        add(s, "AUC", "", true, metric_auc(error, 1, unusual, s->count));
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

static Status choose_metrics(Scores *s, const float *first, Diag *d)
{
    const Data *data = s->data;
    bool binary = data->class_count == 2 && s->out_count == 1;
    bool restores = s->out_count == data->x_count &&
                    (data->x_count > 1 || (data->y != NULL && data->y == data->x));
    if (data->label != NULL && (s->out_count == data->class_count || binary)) {
        score_classes(s);
    } else if (data->y != NULL && data->y != data->x && s->out_count == data->y_count) {
        score_numbers(s, data->y);
    } else if (restores) {
        score_reconstruction(s);
    } else if (data->label != NULL) {
        return fail(d, ERR_INPUT, "the model has %d outputs, '%s' has %d classes", s->out_count,
                    data->name, data->class_count);
    } else if (data->y != NULL) {
        return fail(d, ERR_INPUT, "the model has %d outputs, '%s' has %d numbers to predict",
                    s->out_count, data->name, data->y_count);
    } else {
        score_agreement(s, first);
    }
    return OK;
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
