/* Losses: value and gradient of a shard. Within src/train.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_LOSS_H
#define SHRINC_TRAIN_LOSS_H

#include "train/train.h"

/* How the end of the graph and the loss fit together. */
typedef struct Loss {
    LossKind kind;
    double huber_delta, label_smoothing;
    double distill, temperature; /* see TrainerOptions */
    int32_t outputs; /* of a sample */
    int32_t classes; /* cross-entropy: the last dimension */
    float gain;      /* cross-entropies see logits of GAIN * what they get (softmax's beta) */
} Loss;

/* The sum of WEIGHT (NULL: 1) times the loss over COUNT samples. Y [count][outputs] are the outputs,
 * for the cross-entropies the logits. D_Y, if not NULL, is set to SCALE times the gradient. One of
 * TARGET [count][outputs] and LABEL [count] is there. TEACHER [count][outputs] logits, or NULL. */
double loss_shard(const Loss *l, int32_t count, const float *y, const float *target, const int32_t *label,
                  const float *teacher, const float *weight, double scale, float *d_y);

#endif
