/* Pruning a float model, as one function.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_PRUNE_H
#define SHRINC_DRIVER_PRUNE_H

#include "driver/driver.h"
#include "pass/prune.h"

typedef struct PruneSettings {
    PruneOptions channels; /* KEEP 1: none go */
    double zeros;          /* share of each layer's weights that become zero; 0: none */
} PruneSettings;

typedef struct PruneResult {
    Arena arena;
    Out file; /* the .tflite */
    PruneLayer *layer;
    int32_t layer_count;
    int64_t weights_before, weights_after; /* numbers in layers with weights, biases included */
    int64_t macs_before, macs_after;
    int64_t zero_count, all_count; /* of weights, after --zeros */
    /* The weights as int8, packed by zlib at its best: what a compressed file would save; the C files hold them all. */
    int64_t zip_before, zip_after;
} PruneResult;

/* Prunes S's graph, which it folds and fuses. R is freed by prune_free also after a failure. */
Status prune_model(Session *s, const PruneSettings *o, PruneResult *r) MUST_CHECK;
void prune_free(PruneResult *r);
json_t *prune_json(const Session *s, const PruneResult *r);

#endif
