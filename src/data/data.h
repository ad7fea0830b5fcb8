/* Floor 4: samples from files. Readers turn CSV, NPY/NPZ, IDX, WAV and image files into one Data.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DATA_H
#define SHRINC_DATA_H

#include "data/files.h"
#include "ir/ir.h"

/* A set of samples in memory: COUNT samples of SHAPE (without a batch dimension), and what is known
 * of each: a class (LABEL), numbers to predict (Y), both or neither. All arrays live in ARENA. */
typedef struct Data {
    Arena arena;
    const char *name;   /* file or folder as given, for sentences */
    const char *format; /* "csv", "npy", "npz", "idx", "wav", "image" */
    int64_t count;      /* samples, >= 1 */
    Shape shape;        /* of one: [7], [49,10], [28,28,1] (height, width, channels) */
    int64_t x_count;    /* elements of one sample */
    float *x;           /* [count][x_count] */
    /* What numbers in the file were multiplied by: uint8 arrays and images 1/255, sound 1 (libsndfile's
     * float, 16-bit sound / 32768), else 1;
     * 1 with features, which are no such multiples. */
    double x_gain;
    int32_t y_count;         /* numbers to predict per sample, 0: none */
    float *y;                /* [count][y_count] or NULL; X itself for an autoencoder */
    int32_t *label;          /* [count], 0 .. class_count-1, or NULL */
    int32_t class_count;     /* 0: no labels */
    const char **class_name; /* [class_count], sorted (numbers by value), or NULL */
    const char **x_name;     /* [x_count] column names, or NULL */
    const char **y_name;     /* [y_count] or NULL */
    /* [count] what must not be torn apart by a split: hash of the file's name (folders), of a stretch of
     * windows (one long signal), else of the sample's numbers, so that equal samples stay together. */
    uint64_t *group;
    const char *
        *source;        /* [source_count] files, relative to NAME where that is a folder; or NULL */
    int32_t *source_of; /* [count] index into SOURCE, or NULL */
    int32_t source_count;
    double rate_hz; /* samples a second, of the sound or as told; 0: unknown */
} Data;

/* How to read. Zero means: find out. */
typedef struct DataOptions {
    /* CSV, NPY, NPZ, IDX (gz too), WAV, PNG or JPEG file, or a folder of one kind of them. */
    const char *path;
    /* NPY, IDX: file of labels; NPZ: name of that array; NULL: found beside (not where the input itself is
     * to be predicted); "none". */
    const char *labels;
    const char *array; /* NPZ: name of the array of samples; NULL: a usual name, or the only one */
    /* CSV: class column by name or number from 1, negative from the back; NULL: one called label or
     * class, or the only column of text; "none". */
    const char *label_column;
    /* CSV: comma-separated columns to predict; any format: "x", the input itself (autoencoder). */
    const char *target_columns;
    const char *skip_columns; /* CSV: comma-separated columns to pass over (time, row numbers) */
    Header header;            /* CSV: whether the first line holds names */
    /* Folders: "folder", "name" (of the file, before the first '_'), "file" (the whole name, without its
     * ending) or "none"; NULL: by sub-folders if there are any and TARGET_COLUMNS says nothing
     * else, else none. */
    const char *label_from;
    /* Fixes the classes and their order (from a model's labels); NULL: as found, sorted. */
    const char *const *class_name;
    int32_t class_count;
    /* Signals (sound, rows of CSV, NPY, NPZ): samples per window and from one to the next. WINDOW 0: a file
     * is one sample (sound, folders; shorter ones are filled with zeros), or a row is; STRIDE 0: as WINDOW.
     * A sound or a file of a folder that is shorter than the window is filled with zeros. */
    int64_t window, stride;
    double window_s, stride_s; /* the same in seconds; used if > 0 */
    double rate_hz;            /* of signals in CSV, NPY, NPZ; sound knows its own */
    const char *features;  /* "mfcc frame=32ms hop=20ms bands=40 coefficients=10" (features.h) */
    Shape shape;           /* rank 0: as found; else each sample is reshaped to it */
    int32_t width, height; /* images: resized to it; 0: as found, all alike */
    int32_t channels;      /* images: 1 grey, 3 colour; sound: 1 mixes; 0: as found, all alike */
    int64_t limit_bytes;   /* refuse to hold more in memory; 0: 4 GiB */
} DataOptions;

/* Reads all samples. Fails with file and line (or sample) on ragged rows, text in a number, NaN or infinity, missing or
 * unknown labels, truncated or empty files. Warns (D) of classes that are missing or alone. *OUT is freed by data_free;
 * NULL after a failure. */
Status data_read(const DataOptions *o, Data **out, Diag *d) MUST_CHECK;
/* The same of a file's bytes that are in memory already; o->path is only its name. */
Status data_read_bytes(const DataOptions *o, Span file, Data **out, Diag *d) MUST_CHECK;
void data_free(Data *data); /* NULL is fine */
/* The class called NAME, which is what is usual; 0 where there are not two classes. Fails, with the classes there are,
 * on another name and on none (NULL): which class is usual is no matter of the alphabet. */
Status data_usual_class(const Data *data, const char *name, int32_t *out, Diag *d) MUST_CHECK;

/* --- synthetic.c: data made to try things out ------------------------------------------------------- */

extern const char *const synthetic_names[]; /* "sine", "blobs", "wave", "machine", NULL */
/* Appends COUNT samples as CSV with a header, the same for the same SEED:
 *   sine   x,y: x uniform in [0, 2 pi), y = sin x + NOISE times a normal deviate
 *   blobs  x1,x2,class: three clouds of deviation 1 + NOISE around corners of a triangle 4 wide
 *   wave   value,class: stretches of 256 rows, in turn a sine, a square and a sawtooth of random phase and of
 *          8 to 16 periods, plus noise (to be cut by windows)
 *   machine  x,y,z,temperature,state: 1,000 samples a second in g and degrees Celsius, with the FAULTS that
 *          machine_faults() reads (NULL: none); a sample that did not come is -32.768
 * Fails on a wrong KIND, COUNT, NOISE or FAULTS. */
Status synthetic_csv(const char *kind, int64_t count, double noise, uint64_t seed, const char *faults, Out *csv,
                     Diag *d) MUST_CHECK;

/* --- split.c: who learns, who chooses, who judges -------------------------------------------------- */

typedef enum Part { PART_TRAIN, PART_VALIDATION, PART_TEST, PART_COUNT } Part;
/* Sample numbers of each part, ascending. */
typedef struct Split {
    int64_t count[PART_COUNT];
    int64_t *index[PART_COUNT];
} Split;
/* Decided group by group from a hash of SEED and the group, so that adding data moves none, and groups are never torn
 * apart. FRACTION sums to 1. EXACT: the groups, in the order of their hash and each class spread evenly over it, are
 * dealt out so that the counts come as near as whole groups allow. Fails when a part with a fraction above 0 gets no
 * sample; warns of classes that training does not get. Memory: the data's arena. */
Status data_split(Data *data, const double fraction[PART_COUNT], uint64_t seed, bool exact,
                  Split *out, Diag *d) MUST_CHECK;
/* The test part is the files whose path ("digits/0_george_3.wav") or base name matches PATTERN (fnmatch);
 * FRACTION[PART_TEST] is ignored, the rest is split in the proportion of the other two. */
Status data_split_files(Data *data, const char *pattern, const double fraction[PART_COUNT],
                        uint64_t seed, bool exact, Split *out, Diag *d) MUST_CHECK;

/* --- normalize.c: fitted on the training part alone -------------------------------------------------- */

typedef enum Normalization {
    NORMALIZE_NONE,
    NORMALIZE_STANDARD,
    NORMALIZE_MINMAX,
    NORMALIZE_SCALE,
    NORMALIZE_COUNT
} Normalization;
extern const char *const normalization_names[]; /* "none", "standard", "minmax", "scale", NULL */
/* x' = (x - offset[c]) * gain[c]; COUNT 1 (whole input), channels (last dimension) or x_count (each feature). */
typedef struct Normalizer {
    Normalization kind;
    int32_t count;
    float *offset, *gain; /* [count] */
} Normalizer;
/* STANDARD: mean 0, deviation 1; MINMAX: [0, 1]; SCALE: offset 0, gain 1/max|x|. A constant feature gets gain 0 and a
 * warning that names it. PER: 'w'hole, 'c'hannel, 'f'eature. Memory: the data's arena. */
Status data_fit_normalizer(Data *data, const Split *s, Normalization kind, char per,
                           Normalizer *out, Diag *d) MUST_CHECK;
void data_normalize(Data *data, const Normalizer *n); /* in place */

/* --- describe.c: what was read ------------------------------------------------------------------------ */

/* One column, channel or the whole input. */
typedef struct Spread {
    const char *name; /* never NULL: "x 3" where the file names none */
    double min, max, mean, deviation;
    bool is_constant;
} Spread;

typedef struct Description {
    Arena arena;
    const char *per; /* "feature", "channel" or "whole" */
    Spread *x;       /* [x_count] */
    int64_t
        x_count; /* features if at most 64 of them in a row of numbers, else channels if at most 64 */
    Spread *y;   /* [y_count], at most 64 */
    int64_t y_count;
    int64_t *
        class_size; /* [data->class_count][PART_COUNT] by parts of the split; without one all are training */
    int64_t copies; /* samples whose group another sample before has, where groups are of content */
} Description;

/* S may be NULL. */
void data_describe(const Data *data, const Split *s, Description *out);
void description_free(Description *x);

#endif
