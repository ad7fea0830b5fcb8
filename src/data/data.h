/* Floor 4: samples from files. Readers turn CSV, NPY/NPZ, IDX, WAV and image folders into one Data.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DATA_H
#define SHRINC_DATA_H

#include "ir/ir.h"

/* A set of samples in memory: COUNT samples of SHAPE (without a batch dimension), and what is known
 * of each: a class (LABEL), numbers to predict (Y), both or neither. All arrays live in ARENA. */
typedef struct Data {
    Arena arena;
    const char *name; /* file or folder as given, for sentences */
    int64_t count;    /* samples, >= 1 */
    Shape shape;      /* of one sample: [7], [49,10], [28,28,1] (height, width, channels) */
    int64_t x_count;  /* elements of one sample */
    float *x;         /* [count][x_count] */
    int32_t y_count;  /* numbers to predict per sample, 0: none */
    float *y;         /* [count][y_count] or NULL */
    int32_t *label;   /* [count], 0 .. class_count-1, or NULL */
    int32_t class_count;
    const char **class_name; /* [class_count], sorted; or NULL */
    const char **x_name;     /* [x_count] column names, or NULL */
    const char **y_name;     /* [y_count] or NULL */
    uint64_t *
        group; /* [count] what must not be torn apart by a split: hash of the file (WAV, image folders) or of the
                              * sample's number and bytes */
    double rate_hz; /* WAV: samples a second; 0: unknown */
} Data;

/* How to read. Zero means: find out. */
typedef struct DataOptions {
    const char *
        path; /* CSV, NPY, NPZ, IDX (gz too) file, folder of WAV or images (a sub-folder per class, or labels from
                               * file names) */
    const char *
        labels; /* file of labels for NPY and IDX; NPZ: name of the array; NULL: none, or found beside it */
    const char *
        label_column; /* CSV: class column by name or number from 1; negative from the back; NULL: none */
    const char *
        target_columns; /* CSV: comma-separated columns to predict; "x": the input itself (autoencoder) */
    const char *
        label_from; /* folders: "folder" (default), "name" (text before the first '_'), or "none" */
    const char *const *
        class_name; /* fix the classes and their order (from a model's labels); NULL: as found, sorted */
    int32_t class_count;
    int32_t window,
        stride; /* WAV, CSV of a signal: samples per window and between windows; 0: whole file / row by row */
    Shape shape;                     /* rank 0: as found. CSV, NPY: rows are reshaped to it */
    int32_t width, height, channels; /* images: resized to it; 0: as found, all alike */
    int64_t limit_bytes;             /* refuse to hold more in memory; 0: 4 GiB */
} DataOptions;

Status data_read(const DataOptions *o, Data **out, Diag *d) MUST_CHECK;
void data_free(Data *data);

/* --- split.c: who learns, who chooses, who judges -------------------------------------------------- */

typedef enum Part { PART_TRAIN, PART_VALIDATION, PART_TEST, PART_COUNT } Part;
/* Sample numbers of each part. Decided sample by sample from a hash of SEED and its group, so that
 * adding data moves none; groups are never torn apart. FRACTION sums to 1. EXACT: nearest counts
 * instead (sorted by hash), for small sets. */
typedef struct Split {
    int64_t count[PART_COUNT];
    int64_t *index[PART_COUNT];
} Split;
Status data_split(Data *data, const double fraction[PART_COUNT], uint64_t seed, bool exact,
                  Split *out, Diag *d) MUST_CHECK;

/* --- normalize.c: fitted on the training part alone -------------------------------------------------- */

typedef enum Normalization {
    NORMALIZE_NONE,
    NORMALIZE_STANDARD,
    NORMALIZE_MINMAX,
    NORMALIZE_SCALE
} Normalization;
/* x' = (x - offset[c]) * gain[c]; COUNT 1 (whole input), channels (last dimension) or x_count (each
 * feature). */
typedef struct Normalizer {
    Normalization kind;
    int32_t count;
    float *offset, *gain; /* [count] */
} Normalizer;
/* STANDARD: mean 0, deviation 1; MINMAX: [0, 1]; SCALE: offset 0, gain 1/max|x|. A constant feature
 * gets gain 0 and a warning that names it. PER: 'w'hole, 'c'hannel, 'f'eature. */
Status data_fit_normalizer(Data *data, const Split *s, Normalization kind, char per,
                           Normalizer *out, Diag *d) MUST_CHECK;
void data_normalize(Data *data, const Normalizer *n); /* in place */

#endif
