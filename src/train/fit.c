/* The training loop. Every random choice follows from the seed and a count, so that a training goes on after an
 * interruption as if there had been none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

#include <math.h>

/* Streams of the seed. */
enum { STREAM_SHUFFLE = 1 << 20, STREAM_AUGMENT, STREAM_STEP };

typedef struct FitWork {
    Arena arena;
    int64_t outputs;
    int32_t chunk;  /* rows of the buffers below */
    float *x;       /* [chunk][x_count] gathered samples */
    float *y;       /* [chunk][outputs] gathered targets */
    float *out;     /* [chunk][outputs] */
    int32_t *label; /* [chunk] */
    float *weight;  /* [chunk] */
    float *teacher; /* [batch][outputs] with a teacher */
    bool *is_zero;  /* [value_count] stays zero; NULL: none must */
    float *spare;   /* [x_count] */
    float *kept;    /* [value_count] parameters while averaged ones are at work */
    int64_t *order; /* [train.count] */
} FitWork;

Fit *fit_new(Trainer *t, const FitOptions *o, const FitSet *train, const FitSet *validation,
             const FitWatch *watch)
{
    Arena arena = {0};
    Fit *f = NEW(&arena, Fit, 1);
    *f = (Fit){.trainer = t,
               .o = *o,
               .train = *train,
               .validation = *validation,
               .watch = *watch,
               .stopping = {.best = INFINITY},
               .plateau = {.best = INFINITY},
               .plateau_scale = 1.0};
    f->optimizer = optimizer_new(&arena, &o->optimizer, t->value_count);
    f->best = NEW(&arena, float, t->value_count);
    f->average = o->ema > 0.0 ? NEW(&arena, float, t->value_count) : NULL;
    if (f->average != NULL) {
        memcpy(f->average, t->value, sizeof(float) * (size_t)t->value_count);
    }
    f->row = NEW(&arena, EpochRow, o->epochs);
    for (int32_t i = 0; i < t->param_count; i++) {
        t->param[i].frozen = t->param[i].frozen || (o->freeze_statistics && t->param[i].kind == PARAM_STATISTIC);
    }
    FitWork *w = NEW(&arena, FitWork, 1);
    w->outputs = shape_count(&tensor(t->g, t->g->output[0])->shape);
    int64_t fit_in = (INT64_C(1) << 22) / train->x_count; /* 16 MiB of samples at once */
    w->chunk = o->batch;
    w->chunk = fit_in > w->chunk ? (int32_t)(fit_in < 1024 ? fit_in : 1024) : w->chunk;
    w->chunk = w->chunk < o->batch ? o->batch : w->chunk;
    w->x = NEW(&arena, float, w->chunk * train->x_count);
    w->y = NEW(&arena, float, w->chunk * w->outputs);
    w->out = NEW(&arena, float, w->chunk * w->outputs);
    w->label = NEW(&arena, int32_t, w->chunk);
    w->weight = NEW(&arena, float, w->chunk);
    w->teacher = o->teacher != NULL ? NEW(&arena, float, o->batch *w->outputs) : NULL;
    w->is_zero = o->keep_zeros ? NEW(&arena, bool, t->value_count) : NULL;
    for (int32_t i = 0; i < t->param_count && w->is_zero != NULL; i++) {
        const Param *p = &t->param[i];
        for (int64_t k = p->offset; k < p->offset + p->count; k++) {
            w->is_zero[k] = p->kind == PARAM_WEIGHT && !(fabsf(t->value[k]) > 0.0f);
        }
    }
    w->spare = NEW(&arena, float, train->x_count);
    w->kept = NEW(&arena, float, t->value_count);
    w->order = NEW(&arena, int64_t, train->count);
    f->work = w;
    f->arena = arena;
    return f;
}

void fit_free(Fit *f)
{
    if (f != NULL) {
        Arena arena = f->arena;
        arena_free(&arena);
    }
}

/* --- batches --- */

/* Rows ROW[0 .. count-1] of the set into the buffers. */
static Batch gather(const Fit *f, const FitSet *s, const int64_t *row, int32_t count)
{
    FitWork *w = f->work;
    for (int32_t i = 0; i < count; i++) {
        memcpy(w->x + i * s->x_count, s->x + row[i] * s->x_count,
               sizeof(float) * (size_t)s->x_count);
        if (s->label != NULL) {
            w->label[i] = s->label[row[i]];
            w->weight[i] = f->o.class_weight != NULL ? f->o.class_weight[w->label[i]] : 1.0f;
        } else {
            memcpy(w->y + i * w->outputs, s->y + row[i] * w->outputs,
                   sizeof(float) * (size_t)w->outputs);
        }
    }
    return (Batch){.count = count,
                   .x = w->x,
                   .target = s->label == NULL ? w->y : NULL,
                   .label = s->label != NULL ? w->label : NULL};
}

static void augment(const Fit *f, int32_t count, int64_t first)
{
    const FitSet *s = &f->train;
    for (int32_t i = 0; i < count && augment_any(&f->o.augment); i++) {
        uint64_t stream =
            STREAM_AUGMENT + ((uint64_t)f->epoch * (uint64_t)s->count + (uint64_t)(first + i)) * 4;
        augment_sample(&f->o.augment, &f->o.shape, random_stream(f->o.seed, stream),
                       f->work->x + i * s->x_count, f->work->spare);
    }
}

static void shuffle(const Fit *f)
{
    int64_t *order = f->work->order;
    int64_t count = f->train.count;
    memcpy(order, f->train.index, sizeof *order * (size_t)count);
    Random random = random_stream(f->o.seed, STREAM_SHUFFLE + (uint64_t)f->epoch * 4 + 1);
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = random_below(&random, i + 1);
        int64_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* --- what a batch's outputs are worth --- */

/* Sum over the batch: right answers, or absolute errors by sample. */
static double metric_sum(const Fit *f, const Batch *b, const float *out)
{
    int64_t outputs = f->work->outputs;
    double sum = 0.0;
    for (int32_t i = 0; i < b->count; i++) {
        const float *row = out + i * outputs;
        if (b->label != NULL) {
            sum += metric_class(row, (int32_t)outputs, f->o.threshold) == b->label[i];
            continue;
        }
        double error = 0.0;
        for (int64_t k = 0; k < outputs; k++) {
            error += fabs((double)row[k] - (double)b->target[i * outputs + k]);
        }
        sum += error / (double)outputs;
    }
    return sum;
}

double fit_evaluate(const Fit *f, const FitSet *set, float *y, double *metric)
{
    FitWork *w = f->work;
    double loss = 0.0;
    double worth = 0.0;
    for (int64_t i = 0; i < set->count; i += w->chunk) {
        int32_t count = set->count - i < w->chunk ? (int32_t)(set->count - i) : w->chunk;
        Batch b = gather(f, set, set->index + i, count);
        loss += trainer_run(f->trainer, &b, w->out) * count;
        worth += metric_sum(f, &b, w->out);
        if (y != NULL) {
            memcpy(y + i * w->outputs, w->out, sizeof(float) * (size_t)(count * w->outputs));
        }
    }
    if (metric != NULL) {
        *metric = worth / (double)set->count;
    }
    return loss / (double)set->count;
}

/* --- one step --- */

/* Adds the slope of L1 and L2; shortens a gradient that is too long. */
static void shape_gradient(const Fit *f)
{
    Trainer *t = f->trainer;
    float l1 = (float)f->o.l1;
    float l2 = (float)(2.0 * f->o.l2);
    double squares = 0.0;
    for (int32_t i = 0; i < t->param_count; i++) {
        const Param *p = &t->param[i];
        float *g = t->gradient + p->offset;
        const float *w = t->value + p->offset;
        if (p->kind == PARAM_STATISTIC || p->frozen) {
            continue;
        }
        for (int64_t k = 0; k < p->count && p->kind == PARAM_WEIGHT && (l1 > 0.0f || l2 > 0.0f);
             k++) {
            g[k] += l2 * w[k] + (w[k] > 0.0f ? l1 : w[k] < 0.0f ? -l1 : 0.0f);
        }
        for (int64_t k = 0; k < p->count && f->o.clip_norm > 0.0; k++) {
            squares += (double)g[k] * (double)g[k];
        }
    }
    double norm = sqrt(squares);
    if (f->o.clip_norm > 0.0 && norm > f->o.clip_norm) {
        float gain = (float)(f->o.clip_norm / norm);
        for (int32_t i = 0; i < t->param_count; i++) {
            const Param *p = &t->param[i];
            for (int64_t k = 0; k < p->count && p->kind != PARAM_STATISTIC; k++) {
                t->gradient[p->offset + k] *= gain;
            }
        }
    }
}

static void move_statistics(const Fit *f)
{
    Trainer *t = f->trainer;
    float rest = (float)(1.0 - f->o.norm_momentum);
    for (int32_t i = 0; i < t->param_count; i++) {
        const Param *p = &t->param[i];
        for (int64_t k = p->offset;
             k < p->offset + p->count && p->kind == PARAM_STATISTIC && !p->frozen; k++) {
            t->value[k] += rest * (t->gradient[k] - t->value[k]);
        }
    }
}

static void move_average(const Fit *f)
{
    double t = (double)f->optimizer.step;
    double early = (1.0 + t) / (10.0 + t); /* so that the start is soon forgotten */
    float rest = (float)(1.0 - (early < f->o.ema ? early : f->o.ema));
    for (int64_t i = 0; i < f->trainer->value_count && f->average != NULL; i++) {
        f->average[i] += rest * (f->trainer->value[i] - f->average[i]);
    }
}

/* Returns the batch's mean loss; adds its worth to *METRIC. */
static double step(Fit *f, int64_t first, int32_t count, double rate, double *metric)
{
    Batch b = gather(f, &f->train, f->work->order + first, count);
    b.sample_weight = f->o.class_weight != NULL && b.label != NULL ? f->work->weight : NULL;
    augment(f, count, first);
    if (f->o.teacher != NULL) {
        (void)trainer_run(f->o.teacher, &(Batch){.count = count, .x = b.x}, f->work->teacher);
        b.teacher = f->work->teacher;
    }
    Random random = random_stream(f->o.seed, STREAM_STEP + (uint64_t)f->optimizer.step * 4 + 2);
    double loss = trainer_step(f->trainer, &b, random_bits(&random), f->work->out);
    *metric += metric_sum(f, &b, f->work->out);
    if (isfinite(loss)) {
        if (f->o.l1 > 0.0 || f->o.l2 > 0.0 || f->o.clip_norm > 0.0) {
            shape_gradient(f);
        }
        optimizer_step(&f->optimizer, f->trainer->param, f->trainer->param_count, rate,
                       f->trainer->gradient, f->trainer->value);
        for (int64_t i = 0; f->work->is_zero != NULL && i < f->trainer->value_count; i++) {
            f->trainer->value[i] = f->work->is_zero[i] ? 0.0f : f->trainer->value[i];
        }
        move_statistics(f);
        move_average(f);
    }
    return loss;
}

/* --- divergence --- */

static double largest(const float *v, const FitSet *s, int64_t columns)
{
    double most = 0.0;
    for (int64_t i = 0; i < s->count; i++) {
        for (int64_t k = 0; k < columns; k++) {
            double a = fabs((double)v[s->index[i] * columns + k]);
            most = a > most ? a : most;
        }
    }
    return most;
}

static Status diverged(const Fit *f, double loss, double rate, Diag *d)
{
    double x = largest(f->train.x, &f->train, f->train.x_count);
    double y = f->train.label == NULL ? largest(f->train.y, &f->train, f->work->outputs) : 0.0;
    char cause[256];
    if (x > 100.0) {
        (void)snprintf(cause, sizeof cause,
                       "the inputs reach %.3g; normalise them (--normalize standard)", x);
    } else if (y > 1e3) {
        (void)snprintf(cause, sizeof cause,
                       "the numbers to predict reach %.3g; scale them down in the data", y);
    } else {
        (void)snprintf(cause, sizeof cause, "the learning rate %.3g is too high; try --rate %.1g%s",
                       rate, rate / 10.0, f->o.clip_norm > 0.0 ? "" : " or --clip 1");
    }
    return fail(d, ERR_INPUT,
                "training diverged in epoch %d, step %jd: the loss is %.3g; the likely cause: %s",
                f->epoch + 1, (intmax_t)f->optimizer.step, loss, cause);
}

/* --- epochs --- */

static bool is_stopped(const Fit *f)
{
    return f->watch.stop != NULL && *f->watch.stop != 0;
}

static Status run_epoch(Fit *f, EpochRow *row, Diag *d)
{
    int64_t batches = (f->train.count + f->o.batch - 1) / f->o.batch;
    double loss_sum = 0.0;
    double metric_total = 0.0;
    shuffle(f);
    for (int64_t i = 0; i < batches; i++) {
        int64_t first = i * f->o.batch;
        int32_t count =
            f->train.count - first < f->o.batch ? (int32_t)(f->train.count - first) : f->o.batch;
        double at = f->epoch + (double)(i + 1) / (double)batches;
        /* a warm-up ends at the rate itself; all else begins with it */
        double when = at <= f->o.schedule.warmup ? at : f->epoch + (double)i / (double)batches;
        row->rate = schedule_rate(&f->o.schedule, when, f->o.epochs, f->plateau_scale);
        double loss = step(f, first, count, row->rate, &metric_total);
        if (!isfinite(loss) || loss > 1e30) {
            return diverged(f, loss, row->rate, d);
        }
        loss_sum += loss * count;
        row->loss = loss_sum / (double)(first + count);
        row->metric = metric_total / (double)(first + count);
        if (f->watch.batch != NULL) {
            f->watch.batch(f->watch.context, f, i + 1, batches, row);
        }
        if (is_stopped(f)) {
            f->stopped = true;
            return OK;
        }
    }
    return OK;
}

/* Runs with the averaged parameters where there are such; AFTER gives the trainer its own back. */
static void use_average(const Fit *f, bool after)
{
    Trainer *t = f->trainer;
    size_t bytes = sizeof(float) * (size_t)t->value_count;
    if (f->average == NULL) {
        return;
    }
    if (!after) {
        memcpy(f->work->kept, t->value, bytes);
    }
    memcpy(t->value, after ? f->work->kept : f->average, bytes);
}

/* After a whole epoch: what is watched, the best so far, plateaus. */
static Status judge(Fit *f, EpochRow *row, Diag *d)
{
    Trainer *t = f->trainer;
    row->val_loss = NAN;
    row->val_metric = NAN;
    use_average(f, false);
    if (f->validation.count > 0) {
        row->val_loss = fit_evaluate(f, &f->validation, NULL, &row->val_metric);
    }
    double watched = f->validation.count > 0 ? row->val_loss : row->loss;
    bool better = patience_see(&f->stopping, watched, f->o.min_delta);
    if (better) {
        memcpy(f->best, t->value, sizeof(float) * (size_t)t->value_count);
        f->best_epoch = (int32_t)row->epoch;
    }
    use_average(f, true);
    if (!isfinite(watched)) {
        return diverged(f, watched, row->rate, d);
    }
    if (!patience_see(&f->plateau, watched, f->o.min_delta) &&
        f->o.schedule.kind == SCHEDULE_PLATEAU && f->plateau.wait >= f->o.schedule.patience) {
        f->plateau_scale *= f->o.schedule.factor;
        f->plateau.wait = 0;
    }
    f->ended_early = f->o.early_stop > 0 && f->stopping.wait >= f->o.early_stop;
    return OK;
}

Status fit_run(Fit *f, Diag *d)
{
    while (f->epoch < f->o.epochs && !f->stopped && !f->ended_early) {
        EpochRow row = {.epoch = f->epoch + 1};
        TRY(run_epoch(f, &row, d));
        if (f->stopped) {
            break; /* part of an epoch leaves no row */
        }
        TRY(judge(f, &row, d));
        f->row[f->epoch++] = row;
        if (f->watch.epoch != NULL) {
            TRY(f->watch.epoch(f->watch.context, f, &row, d));
        }
        f->stopped = is_stopped(f);
    }
    if ((f->o.keep_best || f->stopped) && f->best_epoch > 0) {
        memcpy(f->trainer->value, f->best, sizeof(float) * (size_t)f->trainer->value_count);
    } else {
        use_average(f, false);
    }
    return OK;
}
