/* score: a model's outputs on data, and what they are worth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include <math.h>
#include <stdlib.h>

Status score_run(const Graph *g, bool planned, const Data *data, const int64_t *sample, int64_t count, Arena *a,
                 float **out, int64_t *out_count, Diag *d)
{
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(d, ERR_INPUT, "the model has %d inputs and %d outputs; data can be fed to models with one of each",
                    g->input_count, g->output_count);
    }
    const Tensor *in = tensor(g, g->input[0]);
    const Tensor *y = tensor(g, g->output[0]);
    if (shape_count(&in->shape) != data->x_count) {
        char want[96];
        char have[96];
        return fail(d, ERR_INPUT, "the model's input is %s, %jd numbers; a sample of '%s' is %s, %jd numbers",
                    shape_text(&in->shape, want), (intmax_t)shape_count(&in->shape), data->name,
                    shape_text(&data->shape, have), (intmax_t)data->x_count);
    }
    *out_count = shape_count(&y->shape);
    *out = NEW(a, float, count * *out_count);
    Eval *e = eval_new(g, planned);
    for (int64_t s = 0; s < count; s++) {
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
    return OK;
}

/* --- metrics ------------------------------------------------------------------------------------- */

typedef struct Scores {
    const Data *data;
    const int64_t *sample;
    int64_t count;
    const float *out;
    int64_t out_count;
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

static int32_t argmax(const float *v, int64_t n)
{
    int32_t best = 0;
    for (int32_t i = 1; i < n; i++) {
        best = v[i] > v[best] ? i : best;
    }
    return best;
}

typedef struct Scored {
    double score;
    bool positive;
} Scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const Scored *)a)->score;
    double y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

/* The area under the ROC curve: the chance that a positive scores above a negative, ties count half
 * (Mann and Whitney, 1947). NaN unless there are both. Sorts V. */
static double area_under_curve(Scored *v, int64_t count)
{
    qsort(v, (size_t)count, sizeof *v, by_score);
    double ranks = 0;
    double positives = 0;
    for (int64_t i = 0; i < count;) {
        int64_t end = i;
        while (end < count && v[end].score == v[i].score) {
            end++;
        }
        double rank = (double)(i + end + 1) / 2; /* the mean of ranks i + 1 .. end */
        for (; i < end; i++) {
            ranks += v[i].positive ? rank : 0;
            positives += v[i].positive;
        }
    }
    double negatives = (double)count - positives;
    return positives > 0 && negatives > 0 ? (ranks - positives * (positives + 1) / 2) / (positives * negatives)
                                          : (double)NAN;
}

static void score_classes(Scores *s)
{
    Arena scratch = {0};
    Scored *scored = NEW(&scratch, Scored, s->count);
    int64_t right = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const float *y = s->out + i * s->out_count;
        int32_t label = s->data->label[sample_number(s, i)];
        int32_t said = s->out_count == 1 ? y[0] >= 0.5f : argmax(y, s->out_count);
        right += said == label;
        scored[i] = (Scored){(double)y[s->out_count - 1], label == 1};
    }
    add(s, "accuracy", "%", true, 100.0 * (double)right / (double)s->count);
    if (s->data->class_count == 2) {
        add(s, "AUC", "", true, area_under_curve(scored, s->count));
    }
    arena_free(&scratch);
}

/* WANTED(i) is what out[i] should be. */
static void score_numbers(Scores *s, const float *wanted)
{
    double absolute = 0;
    double square = 0;
    for (int64_t i = 0; i < s->count; i++) {
        for (int64_t k = 0; k < s->out_count; k++) {
            double e = (double)s->out[i * s->out_count + k] - (double)wanted[sample_number(s, i) * s->out_count + k];
            absolute += fabs(e);
            square += e * e;
        }
    }
    double n = (double)(s->count * s->out_count);
    add(s, "MAE", "", false, absolute / n);
    add(s, "RMSE", "", false, sqrt(square / n));
}

/* An autoencoder: what it cannot restore is unusual. Classes above the first are the unusual ones. */
static void score_reconstruction(Scores *s)
{
    if (s->data->label != NULL && s->data->class_count > 1) {
        Arena scratch = {0};
        Scored *scored = NEW(&scratch, Scored, s->count);
        for (int64_t i = 0; i < s->count; i++) {
            int64_t number = sample_number(s, i);
            double square = 0;
            for (int64_t k = 0; k < s->out_count; k++) {
                double e = (double)s->out[i * s->out_count + k] - (double)s->data->x[number * s->out_count + k];
                square += e * e;
            }
            scored[i] = (Scored){square, s->data->label[number] > 0};
        }
        add(s, "AUC", "", true, area_under_curve(scored, s->count));
        arena_free(&scratch);
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
        for (int64_t k = 0; k < s->out_count; k++) {
            double e = (double)y[k] - (double)f[k];
            signal += (double)f[k] * (double)f[k];
            noise += e * e;
        }
        agreed += argmax(y, s->out_count) == argmax(f, s->out_count);
    }
    add(s, "SNR", "dB", true, noise > 0 ? 10 * log10(signal / noise) : (double)INFINITY);
    if (s->out_count > 1) {
        add(s, "same class", "%", true, 100 * agreed / (double)s->count);
    }
}

Status score_metrics(const Data *data, const int64_t *sample, int64_t count, const float *out, int64_t out_count,
                     const float *first, CompareMetric metric[COMPARE_METRICS], double value[COMPARE_METRICS],
                     int32_t *metric_count, Diag *d)
{
    *metric_count = 0;
    Scores s = {data, sample, count, out, out_count, metric, value, metric_count};
    bool binary = data->class_count == 2 && out_count == 1;
    if (data->label != NULL && (out_count == data->class_count || binary)) {
        score_classes(&s);
    } else if (data->y != NULL && out_count == data->y_count) {
        score_numbers(&s, data->y);
    } else if (out_count == data->x_count) {
        score_reconstruction(&s);
    } else if (data->label != NULL) {
        return fail(d, ERR_INPUT, "the model has %jd outputs, '%s' has %d classes", (intmax_t)out_count, data->name,
                    data->class_count);
    } else if (data->y != NULL) {
        return fail(d, ERR_INPUT, "the model has %jd outputs, '%s' has %d numbers to predict", (intmax_t)out_count,
                    data->name, data->y_count);
    } else {
        score_agreement(&s, first);
    }
    return OK;
}
