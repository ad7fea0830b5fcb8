/* BATCH_NORM: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta per channel, the last dimension.
 * While training, mean and variance are the step's own, over all its shards, and the running ones
 * follow; where those are frozen, they are used as they are. x: f32, any rank; gamma, beta, mean,
 * variance: constants [channels].
 * Exists for training alone (Ioffe, Szegedy 2015): folded into the layer before it afterwards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_fast.h"
#include "op/util_train.h"

#include <math.h>

enum { X, GAMMA, BETA, MEAN, VARIANCE, BLOCK = 16, ROWS = 256 };

typedef struct Attr {
    float epsilon;
    float momentum;
} Attr;
static const AttrDesc attrs[] = {
    {"epsilon", ATTR_FLOAT, offsetof(Attr, epsilon), WIRE_NONE, 0, 1e-3, 0.0, 1.0, NULL, "epsilon"},
    {"momentum", ATTR_FLOAT, offsetof(Attr, momentum), WIRE_NONE, 0, 0.99, 0.0, 1.0, NULL,
     "momentum"},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    static const char *const role[] = {"input", "gamma", "beta", "mean", "variance"};
    const Tensor *x = node_in(g, n, X);
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32), role[X], d));
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(TYPE_F32), "output", d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, role[X], d));
    int32_t channels = x->shape.dim[x->shape.rank - 1];
    for (int32_t i = GAMMA; i <= VARIANCE; i++) {
        const Tensor *c = node_in(g, n, i);
        TRY(check_type(g, n, c, TYPE_BIT(TYPE_F32), role[i], d));
        if (!tensor_is_const(c) || shape_count(&c->shape) != channels) {
            return fail_node(g, n, d, ERR_INPUT,
                             "%s must be a constant of %d elements, one a channel", role[i],
                             channels);
        }
    }
    node_out(g, n, 0)->shape = x->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return fail_node(
        g, n, d, ERR_UNSUPPORTED,
        "batch normalisation exists for training alone; fold it into the layer before it first");
}

static int32_t channels_of(const Shard *s)
{
    return (int32_t)shard_in_count(s, GAMMA);
}

static int64_t rows_of(const Shard *s)
{
    return s->batch * shard_in_count(s, X) / channels_of(s);
}

static bool uses_own(const Shard *s)
{
    return s->training && s->d_in[MEAN] != NULL && s->d_in[VARIANCE] != NULL;
}

/* What is summed of a row: x, (x - mean)^2, dy, dy * (x - mean). */
typedef enum Term { TERM_X, TERM_SQUARE, TERM_DY, TERM_PRODUCT } Term;

/* The mean over all rows of fewer than BLOCK channels. */
static void average_few(Term term, const float *x, const float *dy, const float *mean, int64_t rows,
                        int32_t channels, float *out)
{
    double all[BLOCK] = {0.0};
    for (int64_t r = 0; r < rows; r++) {
        for (int32_t c = 0; c < channels; c++) {
            double off = term == TERM_X || term == TERM_DY ? 0.0 : (double)x[c] - (double)mean[c];
            double v = (double)(term == TERM_DY || term == TERM_PRODUCT ? dy[c] : x[c]);
            all[c] += term == TERM_SQUARE ? off * off : term == TERM_PRODUCT ? v * off : v;
        }
        x += channels;
        dy += channels;
    }
    for (int32_t c = 0; c < channels; c++) {
        out[c] = (float)(all[c] / (double)rows);
    }
}

/* One row's terms of BLOCK channels: the sums stay in registers where TERM is a constant. */
ALWAYS void sum_block(Term term, const float *x, const float *dy, const float *mean, int64_t rows,
                      int64_t step, float out[BLOCK])
{
    float sum[BLOCK] = {0.0f};
    for (int64_t r = 0; r < rows; r++) {
        for (int32_t c = 0; c < BLOCK; c++) {
            float off = term == TERM_X || term == TERM_DY ? 0.0f : x[c] - mean[c];
            sum[c] += term == TERM_X        ? x[c]
                      : term == TERM_SQUARE ? off * off
                      : term == TERM_DY     ? dy[c]
                                            : dy[c] * off;
        }
        x += step;
        dy += step;
    }
    memcpy(out, sum, sizeof sum);
}

FAST static void sum_rows(Term term, const float *x, const float *dy, const float *mean,
                          int64_t rows, int64_t step, float out[BLOCK])
{
    switch (term) {
    case TERM_X: sum_block(TERM_X, x, dy, mean, rows, step, out); return;
    case TERM_SQUARE: sum_block(TERM_SQUARE, x, dy, mean, rows, step, out); return;
    case TERM_DY: sum_block(TERM_DY, x, dy, mean, rows, step, out); return;
    default: sum_block(TERM_PRODUCT, x, dy, mean, rows, step, out); return;
    }
}

/* The mean over all rows, per channel. Sums of ROWS rows are single, those of all are double. A last
 * block with fewer channels begins further left: what it shares comes out the same again. */
static void average(const Shard *s, Term term, const float *mean, float *out)
{
    const int32_t channels = channels_of(s);
    const int64_t rows = rows_of(s);
    const float *x = s->in[X];
    const float *dy = term == TERM_DY || term == TERM_PRODUCT ? s->d_out[0] : x;
    if (channels < BLOCK) {
        average_few(term, x, dy, mean, rows, channels, out);
        return;
    }
    for (int32_t from = 0; from < channels; from += BLOCK) {
        const int32_t c = from < channels - BLOCK ? from : channels - BLOCK;
        double all[BLOCK] = {0.0};
        for (int64_t r = 0; r < rows; r += ROWS) {
            float sum[BLOCK];
            int64_t at = r * channels + c;
            sum_rows(term, x + at, dy + at, mean + c, rows - r < ROWS ? rows - r : ROWS, channels,
                     sum);
            for (int32_t i = 0; i < BLOCK; i++) {
                all[i] += (double)sum[i];
            }
        }
        for (int32_t i = 0; i < BLOCK; i++) {
            out[c + i] = (float)(all[i] / (double)rows);
        }
    }
}

/* y = a * x + b * z + c per channel; z may be NULL. ADD: to what y holds. */
FAST static void combine(float *restrict y, const float *restrict x, const float *restrict z,
                         int64_t rows, int32_t channels, const float *restrict a,
                         const float *restrict b, const float *restrict c, bool add)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int32_t i = 0; i < channels; i++) {
            float v = a[i] * x[i] + c[i];
            v = z != NULL ? v + b[i] * z[i] : v;
            y[i] = add ? y[i] + v : v;
        }
        y += channels;
        x += channels;
        z = z != NULL ? z + channels : NULL;
    }
}

/* What is kept: all per channel but the last. */
typedef struct Kept {
    float *mean, *variance, *inverse; /* of what is used; 1 / deviation */
    float *mean_dy, *mean_product;    /* of dy and dy * (x - mean) */
    float *unbiased;                  /* rows / (rows - 1), rows of the step */
} Kept;

static Kept kept_of(const Shard *s)
{
    const int32_t channels = channels_of(s);
    float *k = s->keep;
    return (Kept){k,
                  k + channels,
                  k + 2 * (int64_t)channels,
                  k + 3 * (int64_t)channels,
                  k + 4 * (int64_t)channels,
                  k + 5 * (int64_t)channels};
}

static void measure(const Shard *s, bool backward)
{
    const Kept k = kept_of(s);
    if (backward) {
        average(s, TERM_DY, k.mean, k.mean_dy);
        average(s, TERM_PRODUCT, k.mean, k.mean_product);
    } else if (uses_own(s)) {
        average(s, TERM_X, k.mean, k.mean);
        average(s, TERM_SQUARE, k.mean, k.variance);
    }
}

/* The mean of all rows, from the shards' means that stand AT floats into KEEP. */
static double mean_of(const Shard *const *s, int32_t count, int32_t at)
{
    double sum = 0.0;
    double rows = 0.0;
    for (int32_t i = 0; i < count; i++) {
        sum += (double)s[i]->keep[at] * (double)rows_of(s[i]);
        rows += (double)rows_of(s[i]);
    }
    return sum / rows;
}

/* Mean and variance of all rows from those of the shards (Chan, Golub, LeVeque 1979). */
static void meet_forward(const Shard *const *s, int32_t count)
{
    const int32_t channels = channels_of(s[0]);
    int64_t rows = 0;
    for (int32_t i = 0; i < count; i++) {
        rows += rows_of(s[i]);
    }
    for (int32_t c = 0; c < channels; c++) {
        double mean = mean_of(s, count, c);
        double variance = mean_of(s, count, channels + c);
        for (int32_t i = 0; i < count; i++) {
            double off = (double)s[i]->keep[c] - mean;
            variance += off * off * ((double)rows_of(s[i]) / (double)rows);
        }
        for (int32_t i = 0; i < count; i++) {
            const Kept k = kept_of(s[i]);
            k.mean[c] = (float)mean;
            k.variance[c] = (float)variance;
            *k.unbiased = rows > 1 ? (float)((double)rows / (double)(rows - 1)) : 1.0f;
        }
    }
}

static void meet(const Shard *const *s, int32_t count, bool backward)
{
    if (!uses_own(s[0])) {
        return;
    }
    if (!backward) {
        meet_forward(s, count);
        return;
    }
    const int32_t channels = channels_of(s[0]);
    for (int32_t c = 3 * channels; c < 5 * channels; c++) {
        float mean = (float)mean_of(s, count, c);
        for (int32_t i = 0; i < count; i++) {
            s[i]->keep[c] = mean;
        }
    }
}

static void train_forward(const Shard *s)
{
    const Attr *attr = s->n->attr;
    const int32_t channels = channels_of(s);
    const Kept k = kept_of(s);
    float *gain = s->work;
    float *offset = gain + channels;
    if (!uses_own(s)) {
        memcpy(k.mean, s->in[MEAN], (size_t)channels * sizeof *k.mean);
        memcpy(k.variance, s->in[VARIANCE], (size_t)channels * sizeof *k.variance);
        *k.unbiased = 1.0f;
    }
    for (int32_t c = 0; c < channels; c++) {
        k.inverse[c] = 1.0f / sqrtf(k.variance[c] + attr->epsilon);
        gain[c] = s->in[GAMMA][c] * k.inverse[c];
        offset[c] = s->in[BETA][c] - gain[c] * k.mean[c];
    }
    combine(s->out[0], s->in[X], NULL, rows_of(s), channels, gain, NULL, offset, false);
}

static void give(const Shard *s, int32_t in, int32_t channel, float v)
{
    if (s->d_in[in] != NULL) {
        s->d_in[in][channel] = shard_sets(s, in) ? v : s->d_in[in][channel] + v;
    }
}

/* With n = (x - mean) * inverse: d_gamma = sum of dy * n, d_beta = sum of dy, dx = gamma * inverse *
 * (dy - mean of dy - n * mean of dy * n). Running statistics are constants: dx = gamma * inverse * dy.
 * Where the means are the step's, each shard gives its rows' part of the sums. */
static void train_backward(const Shard *s)
{
    const int32_t channels = channels_of(s);
    const int64_t rows = rows_of(s);
    const bool own = uses_own(s);
    const Kept k = kept_of(s);
    float *by_dy = s->work;
    float *by_x = by_dy + channels;
    float *rest = by_x + channels;
    if (!own) {
        measure(s, true);
    }
    for (int32_t c = 0; c < channels; c++) {
        float slope = k.mean_product[c] * k.inverse[c]; /* mean of dy * n */
        give(s, GAMMA, c, slope * (float)rows);
        give(s, BETA, c, k.mean_dy[c] * (float)rows);
        give(s, MEAN, c, k.mean[c] * (float)s->samples);
        give(s, VARIANCE, c, k.variance[c] * (float)s->samples * *k.unbiased);
        by_dy[c] = s->in[GAMMA][c] * k.inverse[c];
        by_x[c] = own ? -by_dy[c] * slope * k.inverse[c] : 0.0f;
        rest[c] = own ? -by_dy[c] * k.mean_dy[c] - by_x[c] * k.mean[c] : 0.0f;
    }
    if (s->d_in[X] != NULL) {
        combine(s->d_in[X], s->d_out[0], own ? s->in[X] : NULL, rows, channels, by_dy, by_x, rest,
                !shard_sets(s, X));
    }
}

static int64_t keep_count(const Graph *g, const Node *n, int32_t batch)
{
    (void)batch;
    return 5 * shape_count(&node_in(g, n, GAMMA)->shape) + 1;
}

static int64_t work_count(const Graph *g, const Node *n, int32_t batch)
{
    (void)batch;
    return 3 * shape_count(&node_in(g, n, GAMMA)->shape);
}

/* As in use: with the running statistics. */
static int32_t affine(const Graph *g, const Node *n, float *gain, float *offset)
{
    const float *c[VARIANCE + 1] = {NULL};
    for (int32_t i = GAMMA; i <= VARIANCE; i++) {
        c[i] = (const float *)(const void *)node_in(g, n, i)->data;
    }
    int32_t channels = (int32_t)shape_count(&node_in(g, n, GAMMA)->shape);
    double epsilon = (double)((const Attr *)n->attr)->epsilon;
    for (int32_t i = 0; i < channels; i++) {
        double scale = (double)c[GAMMA][i] / sqrt((double)c[VARIANCE][i] + epsilon);
        gain[i] = (float)scale;
        offset[i] = (float)((double)c[BETA][i] - (double)c[MEAN][i] * scale);
    }
    return X;
}

const Op op_batch_norm = {
    .kind = {"batch_norm", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_code = -1,
    .traits = TRAIT_TRAIN_ONLY | TRAIT_SETS_GRADIENT,
    .min_in = 5,
    .max_in = 5,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .affine = affine,
    .forward = train_forward,
    .backward = train_backward,
    .measure = measure,
    .meet = meet,
    .keep_count = keep_count,
    .work_count = work_count,
    .train_in = "xssrr",
};
