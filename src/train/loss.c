/* Losses and their gradients. Cross-entropies start from the logits, so that neither a probability of
 * 0 nor a difference of large numbers comes up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/loss.h"

#include <math.h>

const char *const loss_names[] = {"mse", "mae",           "huber", "crossentropy",
                                  "bce", "squared_hinge", NULL};

/* One output against its target: the loss, and its derivative by the output. */
static double point_mse(const Loss *l, double y, double t, double *by_y)
{
    (void)l;
    *by_y = 2.0 * (y - t);
    return (y - t) * (y - t);
}

static double point_mae(const Loss *l, double y, double t, double *by_y)
{
    (void)l;
    *by_y = y > t ? 1.0 : y < t ? -1.0 : 0.0;
    return fabs(y - t);
}

/* Huber (1964): a parabola up to DELTA, then a line. */
static double point_huber(const Loss *l, double y, double t, double *by_y)
{
    double e = y - t;
    double delta = l->huber_delta;
    if (fabs(e) <= delta) {
        *by_y = e;
        return 0.5 * e * e;
    }
    *by_y = e > 0.0 ? delta : -delta;
    return delta * (fabs(e) - 0.5 * delta);
}

/* Y is a logit z: log(1 + exp(-|z|)) + max(z, 0) - z * t. */
static double point_bce(const Loss *l, double y, double t, double *by_y)
{
    double z = y * (double)l->gain;
    double e = exp(-fabs(z));
    double probability = z >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    t = t * (1.0 - l->label_smoothing) + 0.5 * l->label_smoothing;
    *by_y = (probability - t) * (double)l->gain;
    return log1p(e) + (z > 0.0 ? z : 0.0) - z * t;
}

/* Targets 0 and 1 stand for -1 and 1. */
static double point_squared_hinge(const Loss *l, double y, double t, double *by_y)
{
    (void)l;
    double sign = t > 0.5 ? 1.0 : -1.0;
    double gap = 1.0 - sign * y;
    *by_y = gap > 0.0 ? -2.0 * sign * gap : 0.0;
    return gap > 0.0 ? gap * gap : 0.0;
}

typedef double Point(const Loss *l, double y, double t, double *by_y);
static Point *const points[LOSS_COUNT] = {
    [LOSS_MSE] = point_mse,
    [LOSS_MAE] = point_mae,
    [LOSS_HUBER] = point_huber,
    [LOSS_BINARY_CROSS_ENTROPY] = point_bce,
    [LOSS_SQUARED_HINGE] = point_squared_hinge,
};

/* A label as the target of output I: the number itself where there is one output, else one-hot. */
static double label_target(const Loss *l, int32_t label, int32_t i)
{
    return l->outputs == 1 ? label : label == i ? 1.0 : 0.0;
}

/* The mean over the outputs of one sample. */
static double sample_points(const Loss *l, const float *y, const float *target, int32_t label,
                            double scale, float *d_y)
{
    double sum = 0.0;
    for (int32_t i = 0; i < l->outputs; i++) {
        double by_y = 0.0;
        double t = target != NULL ? (double)target[i] : label_target(l, label, i);
        sum += points[l->kind](l, (double)y[i], t, &by_y);
        if (d_y != NULL) {
            d_y[i] = (float)(scale * by_y / l->outputs);
        }
    }
    return sum / l->outputs;
}

/* Cross-entropy of one row: log(sum of exp z) * sum of t - sum of t * z. */
static double row_entropy(const Loss *l, const float *y, const float *target, int32_t label,
                          double scale, float *d_y)
{
    double gain = (double)l->gain;
    double off = l->label_smoothing / l->classes;
    double max = (double)y[0];
    for (int32_t i = 1; i < l->classes; i++) {
        max = (double)y[i] > max ? (double)y[i] : max;
    }
    double sum = 0.0;
    double all = 0.0;
    double dot = 0.0;
    for (int32_t i = 0; i < l->classes; i++) {
        double t = target != NULL ? (double)target[i] : i == label ? 1.0 : 0.0;
        t = t * (1.0 - l->label_smoothing) + off;
        all += t;
        dot += t * ((double)y[i] - max) * gain;
        sum += exp(((double)y[i] - max) * gain);
    }
    for (int32_t i = 0; d_y != NULL && i < l->classes; i++) {
        double t = target != NULL ? (double)target[i] : i == label ? 1.0 : 0.0;
        t = t * (1.0 - l->label_smoothing) + off;
        double probability = exp(((double)y[i] - max) * gain) / sum;
        d_y[i] = (float)(scale * gain * (probability * all - t));
    }
    return log(sum) * all - dot;
}

/* log of the sum of exp((z - largest) * GAIN); *LARGEST is set. */
static double log_sum(const float *z, int32_t classes, double gain, double *largest)
{
    double sum = 0.0;
    *largest = (double)z[0];
    for (int32_t i = 1; i < classes; i++) {
        *largest = (double)z[i] > *largest ? (double)z[i] : *largest;
    }
    for (int32_t i = 0; i < classes; i++) {
        sum += exp(((double)z[i] - *largest) * gain);
    }
    return log(sum);
}

/* T^2 * KL(softmax(teacher / T), softmax(y / T)) of one row; adds SCALE times its gradient. */
static double row_teacher(const Loss *l, const float *y, const float *teacher, double scale, float *d_y)
{
    double t = l->temperature;
    double gain = (double)l->gain / t;
    double y_most, teacher_most;
    double y_sum = log_sum(y, l->classes, gain, &y_most);
    double teacher_sum = log_sum(teacher, l->classes, 1.0 / t, &teacher_most);
    double divergence = 0.0;
    for (int32_t i = 0; i < l->classes; i++) {
        double log_p = ((double)teacher[i] - teacher_most) / t - teacher_sum;
        double log_q = ((double)y[i] - y_most) * gain - y_sum;
        divergence += exp(log_p) * (log_p - log_q);
        if (d_y != NULL) {
            d_y[i] += (float)(scale * t * t * gain * (exp(log_q) - exp(log_p)));
        }
    }
    return t * t * divergence;
}

static double sample_entropy(const Loss *l, const float *y, const float *target, int32_t label, const float *teacher,
                             double scale, float *d_y)
{
    int32_t rows = l->outputs / l->classes;
    double share = teacher != NULL ? l->distill : 0.0;
    double sum = 0.0;
    for (int32_t r = 0; r < rows; r++) {
        int64_t at = (int64_t)r * l->classes;
        float *d = d_y != NULL ? d_y + at : NULL;
        sum += (1.0 - share) * row_entropy(l, y + at, target != NULL ? target + at : NULL, label,
                                           scale * (1.0 - share) / rows, d);
        sum += share > 0.0 ? share * row_teacher(l, y + at, teacher + at, scale * share / rows, d) : 0.0;
    }
    return sum / rows;
}

double loss_shard(const Loss *l, int32_t count, const float *y, const float *target, const int32_t *label,
                  const float *teacher, const float *weight, double scale, float *d_y)
{
    double sum = 0.0;
    for (int32_t i = 0; i < count; i++) {
        int64_t at = (int64_t)i * l->outputs;
        double w = weight != NULL ? (double)weight[i] : 1.0;
        const float *t = target != NULL ? target + at : NULL;
        int32_t number = label != NULL ? label[i] : 0;
        float *d = d_y != NULL ? d_y + at : NULL;
        const float *z = teacher != NULL ? teacher + at : NULL;
        sum += w * (l->kind == LOSS_CROSS_ENTROPY ? sample_entropy(l, y + at, t, number, z, scale * w, d)
                                                  : sample_points(l, y + at, t, number, scale * w, d));
    }
    return sum;
}
