/* What the files of train share: one training from data to file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_TRAIN_JOB_H
#define SHRINC_DRIVER_TRAIN_JOB_H

#include "driver/train.h"

/* A stretch of the training: all of it, or what comes before the rounding, or what feels it. */
typedef struct Stage {
    int32_t epochs, first_epoch; /* FIRST_EPOCH: epochs before this stretch */
    double rate_gain;
    bool rounding; /* the ranges stay where calibration found them */
    const char *checkpoint; /* or NULL */
} Stage;

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
    Session teacher;       /* with --teacher; its graph ends in logits */
    Trainer *taught_by;    /* that graph at work, else NULL */
    Graph *g;
    LossKind loss;
    double threshold; /* of one output for two classes */
    struct SensorJob *sensor; /* NULL without --signal */
    const Stage *stage;
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
Status job_normalize(Job *j);
Status job_read(Job *j);
FitSet job_set(const Job *j, Part part);
Status job_class_weights(Job *j, const float **out); /* *OUT stays where there are none */

/* --- train.c --- */
/* What outputs Y [count][outputs] of a set are worth; the loss is left alone. */
void job_metrics(Job *j, const FitSet *set, const float *y, int32_t outputs, Metrics *m);

/* --- train_teacher.c --- */
/* Reads the teacher, if there is one, and checks that it knows the same samples and classes. Needs graph and loss. */
Status job_read_teacher(Job *j);
void job_free_teacher(Job *j);

/* --- train_report.c --- */
/* The rows so far as CSV. */
Status job_write_log(const Job *j);

/* --- train_fit.c --- */
/* Trains the graph as it is now; j->trainer and j->fit hold the result. */
Status job_fit(Job *j, const Stage *stage);
void job_end_fit(Job *j);

/* --- train_meta.c --- */
/* Class names, normalisation and units into the graph. */
void job_name_graph(Job *j);
/* The normalisation of the samples alone. */
void job_scale_input(Job *j);
/* The recipe and what came of it, as a note "training". */
void job_record(Job *j);

/* --- train_sensor.c: with --signal --- */
/* As job_read; the samples become rows of standardised features, and with a detector only usual ones stay in the parts
 * for training and validation. */
Status job_read_signal(Job *j);
/* No net is needed: the detector is fitted, not trained. */
bool job_fits_detector(const Job *j);
/* Features, detector (or the net in r->file) and decision as one graph into r->file; judges it. */
Status job_finish_sensor(Job *j);

/* --- train_finish.c --- */
/* Folds what only training needs and writes the file into r->file. */
Status job_finish(Job *j);
/* Widths name layers of the net: to be asked before it is trained. */
Status job_check_widths(Job *j);
/* Trains ROUNDED epochs more with the rounding of int8 after EPOCHS without, and writes the int8 file; judges it on
 * validation and test part. */
Status job_quantize(Job *j, int32_t epochs, int32_t rounded);

#endif
