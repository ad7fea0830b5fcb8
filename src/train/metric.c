/* How good outputs are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

#include <math.h>
#include <stdlib.h>

typedef struct Scored {
    float score;
    bool positive;
} Scored;

static int compare_scores(const void *a, const void *b)
{
    float x = ((const Scored *)a)->score;
    float y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

double metric_auc(const float *score, int64_t stride, const bool *positive, int64_t count)
{
    Arena scratch = {0};
    Scored *s = NEW(&scratch, Scored, count);
    int64_t positives = 0;
    for (int64_t i = 0; i < count; i++) {
        s[i] = (Scored){score[i * stride], positive[i]};
        positives += positive[i];
    }
    qsort(s, (size_t)count, sizeof *s, compare_scores);
    int64_t below = 0; /* negatives under the current score */
    double wins = 0.0;
    for (int64_t i = 0; i < count;) {
        int64_t up = 0;
        int64_t down = 0;
        int64_t j = i;
        for (; j < count && s[j].score == s[i].score; j++) {
            up += s[j].positive;
            down += !s[j].positive;
        }
        wins += (double)up * ((double)below + 0.5 * (double)down);
        below += down;
        i = j > i ? j : i + 1; /* a NaN equals nothing */
    }
    arena_free(&scratch);
    int64_t negatives = count - positives;
    return positives == 0 || negatives == 0 ? NAN : wins / ((double)positives * (double)negatives);
}

int32_t metric_class(const float *y, int32_t outputs, double threshold)
{
    if (outputs == 1) {
        return (double)y[0] >= threshold;
    }
    int32_t best = 0;
    for (int32_t i = 1; i < outputs; i++) {
        best = y[i] > y[best] ? i : best;
    }
    return best;
}

/* How many outputs are said before LABEL: larger, or as large and of a lower class. */
static int32_t rank_of(const float *y, int32_t outputs, int32_t label)
{
    int32_t before = 0;
    for (int32_t i = 0; i < outputs; i++) {
        before += y[i] > y[label] || (y[i] == y[label] && i < label);
    }
    return before;
}

static double part(double a, double b)
{
    return b > 0.0 ? a / b : 0.0;
}

static void class_metrics(Metrics *m, const float *y, int32_t outputs, const int32_t *label,
                          bool *positive)
{
    int32_t n = m->class_count;
    int32_t seen = 0;
    int32_t with_auc = 0;
    for (int32_t c = 0; c < n; c++) {
        int64_t said = 0;
        ClassMetric *k = &m->of_class[c];
        for (int32_t j = 0; j < n; j++) {
            k->count += m->confusion[c * n + j];
            said += m->confusion[j * n + c];
        }
        double hits = (double)m->confusion[c * n + c];
        k->precision = part(hits, (double)said);
        k->recall = part(hits, (double)k->count);
        k->f1 = part(2.0 * hits, (double)(said + k->count));
        for (int64_t i = 0; i < m->count; i++) {
            positive[i] = outputs == 1 ? label[i] == 1 : label[i] == c;
        }
        k->auc = metric_auc(y + (outputs == 1 ? 0 : c), outputs, positive, m->count);
        if (k->count > 0) {
            seen++;
            m->precision += k->precision;
            m->recall += k->recall;
            m->f1 += k->f1;
        }
        if (!isnan(k->auc)) {
            with_auc++;
            m->auc += k->auc;
        }
    }
    m->precision = part(m->precision, seen);
    m->recall = part(m->recall, seen);
    m->f1 = part(m->f1, seen);
    m->auc = with_auc > 0 ? m->auc / with_auc : NAN;
}

Metrics metrics_of_classes(Arena *a, const float *y, int32_t outputs, const int32_t *label,
                           int64_t count, int32_t classes, int32_t top_k, double threshold)
{
    int32_t n = classes > outputs ? classes : outputs;
    Metrics m = {.count = count,
                 .class_count = n,
                 .top_k = top_k,
                 .of_class = NEW(a, ClassMetric, n),
                 .confusion = NEW(a, int64_t, (int64_t)n * n)};
    int64_t right = 0;
    int64_t near = 0;
    for (int64_t i = 0; i < count; i++) {
        const float *row = y + i * outputs;
        int32_t said = metric_class(row, outputs, threshold);
        m.confusion[(int64_t)label[i] * n + said]++;
        right += said == label[i];
        near += outputs == 1 ? said == label[i] : rank_of(row, outputs, label[i]) < top_k;
    }
    m.accuracy = part((double)right, (double)count);
    m.top_k_accuracy = part((double)near, (double)count);
    Arena scratch = {0};
    class_metrics(&m, y, outputs, label, NEW(&scratch, bool, count));
    arena_free(&scratch);
    return m;
}

Metrics metrics_of_numbers(const float *y, const float *target, int32_t outputs, int64_t count)
{
    Metrics m = {.count = count};
    double sum = 0.0;
    int64_t total = count * outputs;
    for (int64_t i = 0; i < total; i++) {
        double error = (double)y[i] - (double)target[i];
        m.mae += fabs(error);
        m.mse += error * error;
        sum += (double)target[i];
    }
    double spread = 0.0;
    for (int64_t i = 0; i < total; i++) {
        double off = (double)target[i] - sum / (double)total;
        spread += off * off;
    }
    m.r2 = spread > 0.0 ? 1.0 - m.mse / spread : NAN;
    m.mae = part(m.mae, (double)total);
    m.mse = part(m.mse, (double)total);
    return m;
}
