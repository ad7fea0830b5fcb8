/* The training loop and what it needs: optimisers, schedules, metrics, augmentation, checkpoints.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_FIT_H
#define SHRINC_TRAIN_FIT_H

#include "train/train.h"

/* --- optimizer.c: formulas and meanings as in Keras 3 ------------------------------------------------------ */

typedef enum OptimizerKind {
    OPTIMIZER_SGD, /* v = momentum * v - rate * g; w += v, with Nesterov momentum * v - rate * g */
    OPTIMIZER_RMSPROP, /* s = rho * s + (1 - rho) * g^2; w -= rate * g / sqrt(s + epsilon) */
    OPTIMIZER_ADAM,    /* Kingma, Ba 2015, epsilon outside the correction */
    OPTIMIZER_ADAMW,   /* Loshchilov, Hutter 2019: w -= rate * weight_decay * w before the step */
    OPTIMIZER_COUNT
} OptimizerKind;
extern const char *const optimizer_names[]; /* "sgd", "rmsprop", "adam", "adamw", NULL */

typedef struct OptimizerOptions {
    OptimizerKind kind;
    double momentum; /* SGD and RMSprop, [0, 1) */
    bool nesterov;
    double rho;            /* RMSprop, [0, 1) */
    double beta_1, beta_2; /* Adam, [0, 1) */
    double epsilon;
    double weight_decay; /* AdamW; of PARAM_WEIGHT alone */
} OptimizerOptions;

OptimizerOptions optimizer_defaults(OptimizerKind kind);

typedef struct Optimizer {
    OptimizerOptions o;
    int64_t count;
    int64_t step;  /* taken so far */
    float *first;  /* [count] momentum */
    float *second; /* [count] mean square */
} Optimizer;

Optimizer optimizer_new(Arena *a, const OptimizerOptions *o, int64_t count);
/* Moves every parameter that is neither frozen nor a statistic against its gradient. */
void optimizer_step(Optimizer *s, const Param *param, int32_t param_count, double rate,
                    const float *gradient, float *value);

/* --- schedule.c --- */

typedef enum ScheduleKind {
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,        /* times FACTOR every EVERY epochs, at once */
    SCHEDULE_EXPONENTIAL, /* times FACTOR every EVERY epochs, smoothly */
    SCHEDULE_COSINE,      /* half a cosine from RATE to MIN_RATE at the last step */
    SCHEDULE_PLATEAU, /* times FACTOR when what is watched has not improved for PATIENCE epochs */
    SCHEDULE_COUNT
} ScheduleKind;
extern const char *const schedule_names[];

typedef struct ScheduleOptions {
    ScheduleKind kind;
    double rate;
    double min_rate;
    double factor; /* (0, 1] */
    double every;  /* epochs */
    double
        warmup; /* epochs over which the rate grows from 0 in a straight line; then the schedule begins */
    int32_t patience; /* epochs */
} ScheduleOptions;

/* The rate at EPOCH (a fraction within an epoch) of EPOCHS. PLATEAU_SCALE: what plateaus have left
 * of it, 1 at first. */
double schedule_rate(const ScheduleOptions *o, double epoch, double epochs, double plateau_scale);

/* Has a value that should fall done so? */
typedef struct Patience {
    double best;  /* INFINITY at first */
    int32_t wait; /* epochs since */
} Patience;
/* True if VALUE is better than the best by more than MIN_DELTA. */
bool patience_see(Patience *p, double value, double min_delta);

/* --- metric.c --- */

typedef struct ClassMetric {
    int64_t count;                /* samples that are of this class */
    double precision, recall, f1; /* 0 where there is nothing to divide by */
    double auc; /* this class against the rest; NAN if one of the sides is empty */
} ClassMetric;

typedef struct Metrics {
    int64_t count;
    double loss;
    /* numbers to predict: over all outputs */
    double mae, mse,
        r2; /* R2: 1 - squared error / variance of the targets; NAN where these are constant */
    /* classes */
    int32_t class_count; /* 0: numbers */
    int32_t top_k;
    double accuracy, top_k_accuracy;
    double precision, recall, f1, auc; /* means over the classes that occur */
    ClassMetric *of_class;             /* [class_count] */
    int64_t *
        confusion; /* [class_count][class_count]: rows are what samples are, columns what was said */
} Metrics;

/* Y [count][outputs]. One output and two classes: class 1 is said from THRESHOLD up. Ties go to the lower class. */
Metrics metrics_of_classes(Arena *a, const float *y, int32_t outputs, const int32_t *label,
                           int64_t count, int32_t classes, int32_t top_k, double threshold);
Metrics metrics_of_numbers(const float *y, const float *target, int32_t outputs, int64_t count);
int32_t metric_class(const float *y, int32_t outputs, double threshold);
/* The area under the ROC curve: how often a positive scores above a negative, ties count half. NAN
 * if there are none. */
double metric_auc(const float *score, int64_t stride, const bool *positive, int64_t count);

/* --- augment.c: samples as they might also have been ------------------------------------------------------ */

typedef struct AugmentOptions {
    int32_t
        shift; /* images: up to so many pixels each way; signals: steps. What comes in repeats the edge */
    bool flip;     /* images: left and right exchanged, every other time */
    double jitter; /* deviation of noise added to each number */
    double scale;  /* times 1 - scale .. 1 + scale */
} AugmentOptions;

bool augment_any(const AugmentOptions *o);
/* X, a sample of SHAPE (rank 3: an image, else a signal along its first dimension), changed as RANDOM
 * says; WORK is as long. */
void augment_sample(const AugmentOptions *o, const Shape *shape, Random random, float *x,
                    float *work);

/* --- fit.c: the loop --- */

/* Some rows of the arrays of a data set. */
typedef struct FitSet {
    const float *x; /* [..][x_count] */
    int64_t x_count;
    const float *y;       /* [..][outputs] or NULL */
    const int32_t *label; /* [..] or NULL */
    const int64_t *index; /* [count] row numbers */
    int64_t count;
} FitSet;

typedef struct FitOptions {
    int32_t epochs;
    int32_t batch;
    uint64_t seed;
    OptimizerOptions optimizer;
    ScheduleOptions schedule;
    double l1, l2;             /* added to the loss: l1 * sum |w| + l2 * sum w^2 of PARAM_WEIGHT */
    double clip_norm;          /* longest gradient; 0: any */
    double norm_momentum;      /* of batch norm's running statistics */
    bool freeze_statistics; /* running statistics and ranges stay as they are */
    double ema;                /* decay of averaged weights, which are then used; 0: none */
    const float *class_weight; /* [classes] or NULL */
    AugmentOptions augment;
    Shape shape;        /* of a sample, for AUGMENT */
    double threshold;   /* of one output for two classes */
    int32_t early_stop; /* epochs without improvement of what is watched; 0: never */
    double min_delta;
    bool keep_best; /* end with the parameters of the best epoch, not of the last */
    bool keep_zeros; /* of PARAM_WEIGHT: what is zero when the training begins stays so */
    Trainer *teacher; /* its outputs are the logits that the training part's batches are taught by; or NULL */
} FitOptions;

typedef struct EpochRow {
    int64_t epoch; /* from 1 */
    double rate;   /* at its last step */
    double loss,
        metric; /* of training, as it went; METRIC: accuracy, or MAE where there are no classes */
    double val_loss, val_metric; /* NAN without validation set */
} EpochRow;

typedef struct Fit Fit;

typedef struct FitWatch {
    void *context;
    /* After each batch (ROW is what there is of the epoch) and after each epoch; either may be NULL. */
    void (*batch)(void *context, const Fit *f, int64_t done, int64_t batches, const EpochRow *row);
    Status (*epoch)(void *context, const Fit *f, const EpochRow *row, Diag *d);
    const volatile int
        *stop; /* training ends after the batch during which this became true; may be NULL */
} FitWatch;

/* What a training is after some whole epochs: with the options, the data and the seed, all that follows from it. */
struct Fit {
    Arena arena;
    Trainer *trainer;
    FitOptions o;
    FitSet train, validation; /* VALIDATION.count 0: the training loss is watched */
    FitWatch watch;
    Optimizer optimizer;
    float *average;     /* [value_count] with EMA, else NULL */
    float *best;        /* [value_count] */
    int32_t best_epoch; /* 0: none yet */
    Patience stopping, plateau;
    double plateau_scale;
    int32_t epoch;    /* whole epochs done */
    EpochRow *row;    /* [epochs] */
    bool stopped;     /* from outside */
    bool ended_early; /* for lack of improvement */
    struct FitWork *work;
};

/* All data must be there as long as F. */
Fit *fit_new(Trainer *t, const FitOptions *o, const FitSet *train, const FitSet *validation,
             const FitWatch *watch);
/* Trains from where F stands. The trainer's parameters end as the last epoch's, or the best one's where o.keep_best is
 * set or it was stopped. Fails when training diverges, with the epoch and the likely cause. */
Status fit_run(Fit *f, Diag *d) MUST_CHECK;
/* The mean loss and the outputs [count][outputs] of a set (Y may be NULL) with the trainer's parameters as they are. */
double fit_evaluate(const Fit *f, const FitSet *set, float *y, double *metric);
void fit_free(Fit *f); /* not the trainer */

/* --- checkpoint.c --- */

/* FINGERPRINT: a hash of all that must be equal for the training to go on as if never interrupted. */
Status checkpoint_write(const Fit *f, const char fingerprint[65], const char *path,
                        Diag *d) MUST_CHECK;
Status checkpoint_read(Fit *f, const char fingerprint[65], const char *path, Diag *d) MUST_CHECK;

#endif
