/* What the readers of samples share: tables of rows, and the way from rows or windows to Data.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_READER_H
#define SHRINC_READER_H

#include "data/classes.h"
#include "data/data.h"
#include "data/features.h"

typedef struct Reader {
    const DataOptions *o; /* OPTIONS */
    DataOptions options;  /* the caller's, with what was decided since */
    Data *data;
    Arena scratch; /* freed when the reading is over */
    Arena file;    /* freed when the file is done with */
    Classes classes;
    bool quiet;         /* the warnings of a folder's other files would be the first one's again */
    int64_t limit;      /* bytes */
    int64_t capacity;   /* samples that the arrays of DATA hold */
    Features *features; /* or NULL */
    float *padded;      /* [elements of a raw window] */
    int64_t raw_count;  /* elements of a raw window */
    Diag *d;
} Reader;

/* Rows of numbers from one file. X in the data's arena if it may become the data's own, else in scratch. */
typedef struct Table {
    const char *format;
    int64_t rows;
    Shape row;      /* of one row */
    float *x;       /* [rows][elements of row] */
    double rate_hz; /* 0: unknown */
    double x_gain;
    int32_t y_count;
    float *y;            /* [rows][y_count] or NULL */
    int32_t *label;      /* [rows], numbers of r->classes, or NULL */
    const char **x_name; /* [elements of row] or NULL */
    const char **y_name; /* [y_count] or NULL */
} Table;

/* 64 bits that depend on all of SEED and the bytes (eight at a time; murmur3's finaliser at the ends). */
uint64_t data_hash(uint64_t seed, const void *bytes, size_t count);

/* --- csv_table.c, array_table.c: a file's rows. KEEP: for the data's arena */
Status csv_table(Reader *r, Span file, const char *path, bool keep, Table *t) MUST_CHECK;
/* IDX, NPY, NPZ. */
bool is_array_file(Span file);
Status array_table(Reader *r, Span file, const char *path, bool keep, Table *t) MUST_CHECK;

/* --- wav.c */
bool is_sound_file(Span file);
typedef struct Sound {
    int64_t frames;
    int32_t channels;
    double rate_hz;
} Sound;
Status sound_info(Span file, const char *path, Sound *out, Diag *d) MUST_CHECK;
/* Frames as rows of channels, -1 .. 1; in r->file. */
Status sound_table(Reader *r, Span file, const char *path, Table *t) MUST_CHECK;

/* --- image.c */
bool is_image_file(Span file);
/* One sample: pixels as 0 .. 1, [height][width][channels], in r->file; resized as the options say. */
Status image_sample(Reader *r, Span file, const char *path, Shape *shape, float **x) MUST_CHECK;

/* --- folder.c */
Status folder_read(Reader *r, const char *path) MUST_CHECK;

/* --- reader.c */
/* COUNT * EACH floats, in the data's arena (KEEP) or in r->file; fails beyond the limit. */
Status reader_floats(Reader *r, int64_t count, int64_t each, bool keep, float **out) MUST_CHECK;
/* Room for CAPACITY samples that are made of raw windows of SHAPE. */
Status reader_open(Reader *r, Shape raw, int64_t capacity, int32_t y_count, bool labels) MUST_CHECK;
/* Appends a sample made of COUNT raw numbers, filled with zeros to the window's size; LABEL and Y as opened;
 * SOURCE: index of its file. */
Status reader_add(Reader *r, const float *raw, int64_t count, const float *y, int32_t label,
                  uint64_t group, int32_t source) MUST_CHECK;
/* The number of the class TEXT, or a sentence that begins with the formatted place ("'x.csv' line 3"). */
Status reader_label(Reader *r, const char *text, size_t bytes, int32_t *label, const char *format,
                    ...) PRINTF_LIKE(5, 6) MUST_CHECK;
/* A file that is no folder, whatever its kind but images, as rows. */
Status reader_table(Reader *r, Span file, const char *path, bool keep, Table *t) MUST_CHECK;
/* Reads and unpacks PATH into r->file. */
Status reader_load(Reader *r, const char *path, Span *out) MUST_CHECK;

/* How a signal is cut; window 0: not at all. */
typedef struct Cut {
    int64_t window, stride;
    bool fill; /* a signal shorter than the window is filled with zeros */
} Cut;
Status reader_cut(Reader *r, double rate_hz, Cut *out) MUST_CHECK;
int64_t cut_count(const Cut *c, int64_t rows);
/* Shape of a window of rows. */
Status cut_shape(Reader *r, const Table *t, int64_t window, Shape *out) MUST_CHECK;
/* Appends the windows of T. LABEL: of all, -1: the rows' own. GROUP: of all; STRETCHES: of each stretch of
 * windows its own. */
Status reader_add_windows(Reader *r, const Table *t, const Cut *c, int32_t label, uint64_t group,
                          bool stretches, int32_t source) MUST_CHECK;

#endif
