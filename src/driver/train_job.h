/* What the files of train share: one training from data to file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_TRAIN_JOB_H
#define SHRINC_DRIVER_TRAIN_JOB_H

#include "driver/train.h"

typedef struct Job {
    Arena arena;
    const TrainSettings *s;
    const TrainWatch *watch;
    TrainResult *r;
    Diag *d;
    Data *data, *test; /* TEST: of a file of its own, else NULL */
    Split split; /* PART_TEST of TEST where that is there */
    bool exact;  /* split by exact counts */
    Normalizer normalizer; /* KIND NONE: none */
    Session model;         /* of a model that is trained further */
    Graph *g;
    LossKind loss;
    double threshold; /* of one output for two classes */
    Trainer *trainer;
    Fit *fit;
    char fingerprint[65];
    double written_at; /* when log and checkpoint were last written, seconds */
} Job;

/* --- train_data.c --- */
/* How the settings' samples are read. */
Status job_data_options(const Job *j, DataOptions *o);
/* Samples and split as they are; job_read also demands something to predict, and normalises. */
Status job_read_samples(Job *j);
Status job_read(Job *j);
FitSet job_set(const Job *j, Part part);
Status job_class_weights(Job *j, const float **out); /* *OUT stays where there are none */

/* --- train_report.c --- */
/* The rows so far as CSV. */
Status job_write_log(const Job *j);

/* --- train_finish.c --- */
/* Folds what only training needs and writes the file into r->file. */
Status job_finish(Job *j);

#endif
