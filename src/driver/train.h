/* train: from data and a network's text (or a float model) to a trained .tflite.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_TRAIN_H
#define SHRINC_DRIVER_TRAIN_H

#include "data/data.h"
#include "driver/driver.h"
#include "driver/settings.h"
#include "train/fit.h"
#include "train/net.h"

enum { QAT_NONE, QAT_INT8, QAT_INT4, QAT_TERNARY };
extern const char *const qat_names[]; /* ends with NULL */

/* Reals that are NAN, and numbers that are 0 where that makes no sense, were not given: the default depends on other
 * settings. */
typedef struct TrainSettings {
    /* [data] */
    const char *data, *labels, *array, *label_column, *target_columns, *skip_columns, *label_from,
        *features;
    const char *shape, *image; /* "28x28x1"; "WIDTHxHEIGHT" */
    const char *test_data, *test_labels, *test_files;
    int32_t header;
    int64_t window, stride, channels;
    double window_seconds, stride_seconds, sampling_rate;
    const char *split; /* "60/20/20" */
    int32_t split_by;
    int32_t normalize, normalize_per;
    /* [net] */
    const char *net, *model;
    int32_t init;
    /* [train] */
    int64_t epochs, batch, seed, threads;
    int32_t optimizer, schedule, loss; /* LOSS: loss_names and before them "auto" */
    double rate, momentum, rho, beta_1, beta_2, epsilon, weight_decay;
    bool nesterov;
    double min_rate, factor, every, warmup;
    int64_t plateau_patience;
    double huber_delta, label_smoothing, l1, l2, clip, norm_momentum, ema;
    bool keep_zeros;
    const char *teacher;
    double temperature, distill;
    const char *class_weights;
    int64_t augment_shift;
    bool augment_flip;
    double augment_jitter, augment_scale;
    int64_t early_stop;
    double min_delta;
    int32_t keep;
    int64_t top_k;
    /* [quantize] */
    int32_t qat;
    int64_t qat_epochs;
    const char *widths;
    /* [sensor] */
    const char *signal, *normal, *threshold, *memory;
    int32_t detector;
    int64_t clusters, components;
    double ridge, full_scale, release;
    int64_t needed, of, refractory, heartbeat, stuck, clips;
    /* [output] */
    const char *out, *log, *checkpoint;
    const char *input_units, *output_units;
    bool resume;
} TrainSettings;

extern const Setting train_settings[]; /* ends with a NULL name */
/* Those that say which samples there are and how they are shared: section "data", and the seed. */
const Setting *data_settings(void);
const Setting *eval_settings(void);   /* those, top-k and threads */
const Setting *stream_settings(void); /* those and normal */
TrainSettings train_defaults(void);

struct TrainResult;

/* What a training tells while it runs; each may be NULL. */
typedef struct TrainWatch {
    void *context;
    void (*begin)(void *context, const struct TrainResult *r); /* data and net are there */
    void (*batch)(void *context, int64_t done, int64_t batches, const EpochRow *row);
    void (*epoch)(void *context, const EpochRow *row);
    const volatile int *stop; /* set from outside: end after this batch and keep the best */
} TrainWatch;

typedef struct TrainPart {
    const char *name; /* "train", "validation", "test" */
    int64_t count;
    Metrics metrics;   /* of the float model as saved; COUNT 0: there is no such part */
    Metrics quantized; /* of the int8 model, with qat */
} TrainPart;

/* What a detector is worth on a part of the data. */
typedef struct SensorPart {
    int64_t usual, unusual;          /* windows */
    int64_t false_alarms, found;     /* of these, scores at the threshold or above */
    double auc;                      /* NAN where one side is missing */
} SensorPart;

/* What became of a training with --signal. */
typedef struct SensorReport {
    const char *detector; /* "none": a classifier */
    int32_t features, window, hop, channels;
    double scale;         /* real value of a step of the samples */
    double threshold;
    SensorPart part[PART_COUNT];
} SensorReport;

typedef struct TrainResult {
    Arena arena;
    Out file; /* the .tflite */
    const char *data_name, *net;
    Shape shape;             /* of a sample */
    const char **class_name; /* [class_count] or NULL */
    int32_t class_count, outputs;
    int64_t parameters, macs;
    int32_t epochs; /* wanted */
    const char *loss_name, *optimizer_name, *metric_name;
    TrainPart part[PART_COUNT];
    EpochRow *row; /* [row_count] */
    int64_t row_count;
    int32_t best_epoch, resumed_epoch; /* RESUMED: 0, or epochs that a checkpoint brought */
    bool stopped, ended_early, kept_best;
    double seconds; /* of the training loop alone */
    const SensorReport *sensor; /* NULL without --signal */
} TrainResult;

/* Trains and makes the file in r->file (written by the caller); the log and checkpoints are written on
 * the way. R is freed by train_free also after a failure. */
Status train_run(const TrainSettings *s, const TrainWatch *watch, TrainResult *r,
                 Diag *d) MUST_CHECK;
void train_free(TrainResult *r);
/* Metrics as JSON; names of classes may be NULL. */
json_t *metrics_json(const Metrics *m, const char *const *class_name, int32_t class_count);
json_t *train_json(const TrainSettings *s, const TrainResult *r);

#endif
