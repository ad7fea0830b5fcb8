/* Floor 4: learning. A float Graph is trained in place: its constants are the parameters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_H
#define SHRINC_TRAIN_H

#include "op/op.h"

/* --- engine.c: forward, backward, shards --------------------------------------------------------
 * A step's samples are cut into shards of fixed size; each runs forward and backward by itself, on
 * whichever thread is free; gradients are added up in the order of the shards. So the same seed
 * gives the same bytes with any number of threads. At a batch norm the shards wait for each other:
 * its statistics are those of the whole step (of parts of it, where the shards' memory together
 * would pass 1 GiB or the step is larger than max_batch). */

typedef enum ParamKind {
    PARAM_WEIGHT, /* decays (L1, L2, AdamW) */
    PARAM_BIAS,   /* does not */
    PARAM_SCALE,  /* batch norm's gamma and beta, PReLU's slopes, learned ranges: does not decay */
    PARAM_STATISTIC /* batch norm's running mean and variance: moved by momentum, not by gradient */
} ParamKind;

typedef struct Param {
    TensorId tensor;
    ParamKind kind;
    int64_t offset; /* into the block of all parameters, in floats */
    int64_t count;
    float momentum; /* of a statistic: new value = momentum * old + (1 - momentum) * the batch's */
    bool frozen;    /* may be changed between steps; a frozen statistic is used as it is */
} Param;

typedef enum LossKind {
    LOSS_MSE,
    LOSS_MAE,
    LOSS_HUBER,
    LOSS_CROSS_ENTROPY,
    LOSS_BINARY_CROSS_ENTROPY,
    LOSS_SQUARED_HINGE,
    LOSS_COUNT
} LossKind;
extern const char
    *const loss_names[]; /* "mse", "mae", "huber", "crossentropy", "bce", "squared_hinge", NULL */

/* What a step learns from. X is [count][elements of input 0]; one of TARGET [count][elements of
 * output 0] and LABEL [count]. A label is the number of the class; where there is one output it is
 * the target itself. The cross-entropies compare with the softmax (logistic) that ends the graph; a
 * graph without one gives logits. Losses are means over outputs and samples, each sample times its
 * weight. */
typedef struct Batch {
    int32_t count;
    const float *x;
    const float *target;        /* or NULL */
    const int32_t *label;       /* or NULL */
    const float *sample_weight; /* [count] or NULL */
    const float *teacher;       /* [count][outputs] logits of a teacher, or NULL; see TrainerOptions.distill */
} Batch;

typedef struct TrainerOptions {
    LossKind loss;
    double huber_delta;     /* 1 */
    double label_smoothing; /* 0 */
    /* Distillation (Hinton et al., arXiv 1503.02531), of the cross-entropy where a batch has TEACHER: the loss is
     * distill * temperature^2 * KL(teacher, net), both at TEMPERATURE, + (1 - distill) * the loss above */
    double distill, temperature;
    int32_t threads;        /* 0: as many as processors */
    int32_t shard;          /* samples, 0: chosen by the graph's cost */
    int32_t max_batch;      /* the largest Batch.count that trainer_step will see */
} TrainerOptions;

typedef struct Trainer {
    const Graph *g;
    TrainerOptions o;
    Param *param;
    int32_t param_count;
    int64_t value_count; /* floats of all parameters */
    float *value;        /* [value_count] the parameters at work */
    float *gradient;     /* [value_count] after trainer_step: of the mean loss; of statistics the
                          * batch's own value; 0 of what is frozen */
    struct Engine *engine;
} Trainer;

/* Checks that G is float, has one input and one output, batch dimension 1, and that each node can
 * be trained (names each that cannot, and why). Parameters start as G's constants. */
Status trainer_new(const Graph *g, const TrainerOptions *o, Trainer **out, Diag *d) MUST_CHECK;
void trainer_free(Trainer *t);
/* Forward and backward over BATCH; leaves t->gradient; returns the mean loss (without
 * regularisation). SEED: dropout's. Y [count][outputs], if not NULL, gets the outputs as training
 * saw them. */
double trainer_step(Trainer *t, const Batch *batch, uint64_t seed, float *y);
/* Outputs as in use: no dropout, running statistics. COUNT is any number. Returns the mean loss if
 * BATCH has something to compare with, else 0. */
double trainer_run(Trainer *t, const Batch *batch, float *y);
/* The parameters back into the constants of G (the graph t was made from, or its equal). */
void trainer_store(const Trainer *t, Graph *g);

/* --- optimizer.c, schedule.c, loss.c, metric.c, augment.c, fit.c, net.c: added by their files --------------------- */

#endif
