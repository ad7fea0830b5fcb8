/* compare: one table for the variants of a model, and the picture of what their cost buys.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_COMPARE_H
#define SHRINC_DRIVER_COMPARE_H

#include "data/data.h"
#include "driver/driver.h"
#include "driver/train.h"
#include "plot/plot.h"
#include "train/fit.h"

enum { COMPARE_METRICS = 4 };

typedef struct CompareMetric {
    const char *name; /* "accuracy", "MAE" */
    const char *unit; /* "%" or "" */
    bool more_is_better;
} CompareMetric;

typedef struct CompareRow {
    const char *name; /* file name without its ending, or the whole path where two are alike */
    const char *path;
    const char *types; /* of the arithmetic: "s8", "f32", "s8+f32" */
    int64_t file_bytes;
    int64_t weights_bytes; /* constants in the emitted C; -1: not compiled */
    int64_t
        code_bytes; /* text and constants of the image on the target without the weights; -1: not known */
    int64_t ram_bytes;              /* arena and state; -1: not compiled */
    int64_t stack_bytes;            /* -1: not known */
    int64_t instructions;           /* the most of any vector; -1: not known */
    double metric[COMPARE_METRICS]; /* NaN: not known */
    const char *worst_layer;        /* NULL: not known */
    double worst_snr_db;
    const char *form; /* "4 bit with 128 channels": of weights, and of the widest layer but the last; or NULL */
    int32_t dominated_by; /* a row that is nowhere worse and somewhere better, or -1 */
    const char *note;     /* why something is not known, or NULL */
} CompareRow;

/* With the flash of row INSTEAD, row USE has the better first metric, or as good a one in less. */
typedef struct CompareAdvice {
    int32_t use, instead;
    double gain;   /* of the metric, >= 0 */
    double chance; /* a gain below this may be chance (95 %, samples taken as independent); NAN: not known */
} CompareAdvice;

typedef struct CompareResult {
    Arena arena;
    CompareRow *row;
    int32_t row_count;
    bool knows_code; /* of all rows with weights and metric: flash is weights and code, else the weights alone */
    CompareAdvice *advice; /* [advice_count] the smallest flash first */
    int32_t advice_count;
    CompareMetric metric[COMPARE_METRICS];
    int32_t metric_count;
    int64_t samples;       /* that the metrics are of */
    const char *data_name; /* NULL: no data */
    const char *target;    /* where code and instructions were measured, NULL: nowhere */
    const char *note;      /* why the target was not used, or NULL */
} CompareResult;

/* A model to compare. */
typedef struct CompareModel {
    const char *path;
    const char *name;        /* NULL: from the path */
    const char *worst_layer; /* of making it, NULL: not known */
    double worst_snr_db;
    const char *note; /* why there is no such model (PATH is NULL then), or NULL */
} CompareModel;

/* --- compare_data.c: samples to judge and to calibrate with --- */

typedef struct CompareData {
    const Data *judged;        /* NULL: none were named */
    const int64_t *judge;      /* [judge_count] which of them; NULL: all */
    int64_t judge_count;
    const Data *calibration;   /* samples that training saw, or the same */
    const int64_t *calibrate;  /* likewise */
    int64_t calibrate_count;
    struct Job *job;
} CompareData;

/* Reads the samples that S names. SHARED: as a training with the same settings shares them; judged is the test part,
 * or validation where there is none. Else all. They are normalised as G's file says (G may be NULL), else, if SHARED,
 * as the settings say. Freed by compare_data_free also after a failure. */
Status compare_data_read(const TrainSettings *s, bool shared, const Graph *g, CompareData *out, Diag *d) MUST_CHECK;
void compare_data_free(CompareData *c);

/* --- compare.c --- */

typedef struct CompareOptions {
    const CompareModel *model; /* the first is what changes are counted from */
    int32_t model_count;
    const Data *data;      /* in the model's units (normalised), or NULL; not changed */
    const int64_t *sample; /* [sample_count] which samples count; NULL: all */
    int64_t sample_count;
    const char *target; /* "cortex-m4"; NULL: none */
    int64_t vectors;    /* made inputs whose instructions are counted, 0: 4 */
    Optimize optimize;
    Rounding rounding;
} CompareOptions;

/* Only a first row that cannot be read, or data that do not fit it, fail; another model's failure is a note in its row.
 * PROGRESS (may be NULL) is told each model before it starts. */
typedef void (*CompareProgress)(void *context, const char *name, int32_t index, int32_t count);
Status compare_models(const CompareOptions *o, CompareResult *r, CompareProgress progress,
                      void *context, Diag *d) MUST_CHECK;
void compare_free(CompareResult *r);
/* Makes the variants in LIST ("float32,float16,int8,int16x8,dynamic,int4,ternary") of each of PATH_COUNT float models
 * as files in DIR, calibrated on at most 1,000 of the samples, taken evenly. A variant that cannot be made is a note.
 * All results live in A. */
Status compare_variants(const char *const *path, int32_t path_count, const char *list, const Data *data,
                        const int64_t *sample, int64_t sample_count, const char *dir, Arena *a, CompareModel **model,
                        int32_t *model_count, Diag *d) MUST_CHECK;
/* weights + code where code is known, else the weights. */
int64_t compare_flash(const CompareRow *row);
/* A row's cost; -1: not known. Flash as r->knows_code says, so that rows can be compared. */
typedef enum CompareCost { COST_FLASH, COST_RAM, COST_INSTRUCTIONS, COST_COUNT } CompareCost;
int64_t compare_cost_of(const CompareResult *r, const CompareRow *row, CompareCost cost);
/* File name without its ending. */
const char *compare_short_name(Arena *a, const char *path);

/* --- advise.c, compare_plot.c --- */

/* Finds r->advice, from the rows as measured. */
void compare_advise(CompareResult *r);
/* Bits and channels of an imported model; NULL: it has no layer with weights. */
const char *compare_form(Arena *a, const Graph *g);
/* The first metric against each known cost, with the frontiers; ERR_INPUT where there is no metric. */
Status compare_picture(const CompareResult *r, const char *path, Diag *d) MUST_CHECK;
json_t *compare_json(const CompareResult *r);

/* --- score.c: outputs against what was wanted; metrics as the trainer's --- */

/* Whether a sample has as many numbers as the (only) input of G; else a sentence. */
Status score_fits(const Graph *g, const Data *data, Diag *d) MUST_CHECK;
/* Runs G (lowered) on the chosen samples, on THREADS >= 1 threads (the outputs do not depend on them). OUT
 * [count][outputs], real values, lives in A. Fails if the data's samples do not have the elements that G's one input
 * takes. */
Status score_run(const Graph *g, bool planned, const Data *data, const int64_t *sample,
                 int64_t count, int32_t threads, Arena *a, float **out, int64_t *out_count, Diag *d) MUST_CHECK;
/* What is known of what the outputs should be. */
typedef enum ScoreKind { SCORE_CLASSES, SCORE_NUMBERS, SCORE_RESTORED, SCORE_AGREEMENT } ScoreKind;
/* All metrics of outputs: of classes, of numbers, or of an input restored (M->auc then of the restoring error where
 * there are classes, else NAN). What M points to lives in A. Fails where nothing is known. */
Status score_all(const Data *data, const int64_t *sample, int64_t count, const float *out, int64_t out_count,
                 int32_t top_k, Arena *a, ScoreKind *kind, Metrics *m, Diag *d) MUST_CHECK;
/* What can be said of such outputs by what the data know: classes, numbers, or the input itself (autoencoder). FIRST is
 * what the first model gave, for data without either. */
Status score_metrics(const Data *data, const int64_t *sample, int64_t count, const float *out,
                     int64_t out_count, const float *first, CompareMetric metric[COMPARE_METRICS],
                     double value[COMPARE_METRICS], int32_t *metric_count, Diag *d) MUST_CHECK;

#endif
