/* What the parts of the training engine share. Within src/train.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_ENGINE_H
#define SHRINC_TRAIN_ENGINE_H

#include "train/loss.h"
#include "train/pool.h"

#include <stdatomic.h>

/* What training knows of a tensor. A view is its root: storage, gradient, all. */
typedef struct Slot {
    TensorId root;
    int32_t param;      /* index of the parameter this constant is, or -1 */
    const float *fixed; /* the elements of a float constant that is none */
    bool single;        /* one block for all samples: made of constants alone */
    int64_t count;      /* floats of one sample */
    int64_t value;      /* offset of its values in a lane's block, -1: has none there */
    int64_t gradient;   /* likewise */
    bool learns;        /* a parameter that is not frozen stands before it, or it is one */
    bool leads;         /* the output depends on it */
    bool is_given;      /* backward gives it a gradient */
} Slot;

typedef struct Step {
    const Op *op;
    const void *plan;
    int64_t keep;  /* offset in a lane's block */
    bool forward;  /* not a view, and the output depends on it */
    bool backward; /* some gradient is wanted of it */
    bool single;   /* reads single blocks alone */
    bool meets;    /* waits for all shards, while training */
} Step;

/* The memory of one shard at work: of the one a thread is at, or, where nodes meet, of one of a group. */
typedef struct Lane {
    float *block;
    float *gradient;     /* [value_count] of this shard */
    Shard *shard;        /* [node_count] */
    const float ***x_at; /* [x_count] where the address of the graph's input stands */
    int32_t x_count;
} Lane;

typedef struct Engine {
    Arena arena;
    Slot *slot;
    Step *step;
    Loss loss;
    TensorId y; /* root of the graph's output */
    TensorId
        loss_at; /* root of the tensor that the loss gives a gradient: Y, or the logits before it */
    int32_t loss_node;         /* the node between the two, or -1 */
    int32_t shard;             /* samples */
    int64_t cost;              /* floating-point operations of a step's sample, about */
    int64_t block_count, work; /* floats of a lane's block; offset of the work space in it */
    int32_t meetings;          /* nodes that meet */
    int32_t group;             /* shards that may meet, as memory allows */
    const Shard **met;         /* [group] */
    int32_t threads;
    int32_t lanes;
    Lane *lane;
    Pool *pool;
    bool *was_frozen; /* [param_count] what the wiring was made for */
    double *shard_loss;
    int32_t shard_limit; /* entries of SHARD_LOSS */
    uint8_t **stored;    /* [param_count] where trainer_store put them, NULL: nowhere yet */
} Engine;

/* --- layout.c --- */

/* Fills slots and steps, finds the parameters. Refuses what cannot be trained. */
Status layout_read(Trainer *t, Diag *d) MUST_CHECK;
/* Which gradients are wanted, as parameters are frozen now: Slot.learns, Step.backward, Step.meets. */
void layout_wants(Trainer *t);
/* Whether the gradient of input IN of N is. */
bool layout_wants_in(const Trainer *t, const Node *n, int32_t in);
/* The shard's size, how many may meet, and each offset. */
void layout_memory(Trainer *t);

/* --- wire.c --- */

/* Addresses for one lane; allocates its memory at the first call. */
void wire_lane(Trainer *t, Lane *lane);

#endif
