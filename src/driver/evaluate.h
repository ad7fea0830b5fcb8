/* eval: how good a model is on a whole data set, and how long it took.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_EVALUATE_H
#define SHRINC_DRIVER_EVALUATE_H

#include "driver/compare.h"

typedef struct EvaluateResult {
    Arena arena;
    const char *data_name;
    int64_t samples;
    int32_t threads;
    double seconds; /* of running the samples alone: neither reading them nor compiling */
    double cpu_seconds; /* what all threads took of the processors */
    ScoreKind kind;
    Metrics metrics;
    const char *const *class_name; /* [metrics.class_count] or NULL */
} EvaluateResult;

/* Runs the session's model, as it is compiled for chips, over the samples that T names: all of them or, if SHARED, the
 * part that compare judges. Classes get the order of the model's labels where it has them; else classes that are
 * numbers name the outputs. T->threads 0: one for each processor. R is freed by evaluate_free also after a failure. */
Status evaluate(Session *s, Rounding rounding, const TrainSettings *t, bool shared, EvaluateResult *r) MUST_CHECK;
void evaluate_free(EvaluateResult *r);
json_t *evaluate_json(const Session *s, const EvaluateResult *r);

#endif
