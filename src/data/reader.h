/* What the readers of samples share: tables of rows, and the way from rows or windows to Data.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_READER_H
#define SHRINC_READER_H

#include "data/classes.h"
#include "data/data.h"

struct Features;

typedef struct Reader {
    const DataOptions *o;
    Data *data;
    Arena scratch; /* freed when the reading is over */
    Classes classes;
    int64_t limit;    /* bytes */
    int64_t capacity; /* samples that the arrays of DATA hold */
    struct Features *features;
    Diag *d;
} Reader;

/* Rows of numbers from one file. X in the data's arena if it may become the data's own, else in scratch. */
typedef struct Table {
    const char *format;
    int64_t rows;
    Shape row; /* of one row */
    float *x;  /* [rows][elements of row] */
    double x_gain;
    int32_t y_count;
    float *y;         /* [rows][y_count] or NULL */
    int32_t *label;   /* [rows], numbers of r->classes, or NULL */
    const char **x_name;    /* [elements of row] or NULL */
    const char **y_name;    /* [y_count] or NULL */
    bool predicts_x;  /* y is x */
} Table;

/* 64 bits that depend on all of SEED and the bytes (FNV-1a, then murmur3's finaliser). */
uint64_t data_hash(uint64_t seed, const void *bytes, size_t count);

/* --- csv_table.c, array_table.c: a file's rows. KEEP: for the data's arena */
Status csv_table(Reader *r, Span file, const char *path, bool keep, Table *t) MUST_CHECK;
/* IDX, NPY, NPZ. */
bool is_array_file(Span file);
Status array_table(Reader *r, Span file, const char *path, bool keep, Table *t) MUST_CHECK;

/* --- reader.c */
/* COUNT floats for samples, in the data's arena or in scratch; fails beyond the limit. */
Status reader_floats(Reader *r, int64_t count, int64_t each, bool keep, float **out) MUST_CHECK;
/* Room for CAPACITY samples that are made of raw windows of SHAPE. */
Status reader_open(Reader *r, Shape raw, int64_t capacity, int32_t y_count, bool labels) MUST_CHECK;
/* Appends a sample; LABEL and Y as opened; SOURCE -1: none. */
Status reader_add(Reader *r, const float *raw, const float *y, int32_t label, uint64_t group,
                  int32_t source) MUST_CHECK;
/* The number of the class TEXT, or a sentence that begins with the formatted place ("'x.csv' line 3"). */
Status reader_label(Reader *r, const char *text, size_t bytes, int32_t *label, const char *format,
                    ...) PRINTF_LIKE(5, 6) MUST_CHECK;
/* A table becomes the data: row by row, or by windows. */
Status reader_take(Reader *r, const Table *t) MUST_CHECK;
/* Windows of a table of ROWS: how many; and appending them. */
int64_t window_count(int64_t rows, int64_t window, int64_t stride);

#endif
