/* File formats without a meaning yet: numbers, CSV lines, arrays.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FILES_H
#define SHRINC_FILES_H

#include "base/base.h"

/* --- number.c --------------------------------------------------------------------------------------- */

/* A decimal number at *TEXT ("-1.5e3", "nan", "inf"), rounded correctly, whatever the locale. POINT: '.' or ',' as
 * decimal mark. Moves *TEXT behind it; false (and *TEXT unmoved) if there is none. */
bool number_parse(const char **text, const char *end, char point, double *value);

typedef enum Header { HEADER_FIND_OUT, HEADER_YES, HEADER_NO } Header;

/* --- csv.c: lines to fields ---------------------------------------------------------------------------- */

typedef struct Field {
    const char *text; /* not NUL-terminated; quotes removed, doubled quotes made one */
    size_t bytes;
} Field;

/* A CSV file being read. Tab, ';' or ',' between fields, whichever divides the first lines alike; fields may be quoted
 * and then hold line ends; blank lines are passed over; where fields are not divided by commas, a number may have a
 * decimal comma. */
typedef struct Csv {
    const char *path; /* for sentences */
    const char *at, *end;
    char separator;
    char point;           /* decimal mark: '.', or ',' once one was seen */
    int32_t column_count; /* of the first line; every other must have as many */
    Field *field;         /* [column_count] of the line just read */
    Field *name;          /* [column_count] from the header, or NULL */
    int64_t line;         /* number of the line just read, from 1 */
    int64_t next_line;
    Arena *arena; /* of unquoted fields */
} Csv;

Status csv_open(Arena *a, Span file, const char *path, Header header, Csv *out, Diag *d) MUST_CHECK;
/* The next line into c->field; *MORE false at the end. A ragged line or an unclosed quote fails. */
Status csv_next(Csv *c, bool *more, Diag *d) MUST_CHECK;
/* The number in COLUMN of the line just read. FINITE: NaN, infinities and what no float holds fail too. */
Status csv_number(Csv *c, int32_t column, bool finite, double *value, Diag *d) MUST_CHECK;
/* How many lines may still come; never more than the bytes left can hold. */
int64_t csv_line_bound(const Csv *c);

/* --- npy.c, npz.c, idx.c: arrays ------------------------------------------------------------------------ */

enum { ARRAY_MAX_RANK = 8 };

/* An array as it lies in a file. COUNT elements of BYTES_EACH, present in full. */
typedef struct Array {
    const char *name; /* "x.npy", "x.npz:data", for sentences */
    char kind;        /* 'f' float, 'i' signed, 'u' unsigned, 'b' bool */
    int32_t bytes_each;
    bool big_endian;
    bool fortran; /* the first index runs fastest */
    int32_t rank;
    int64_t dim[ARRAY_MAX_RANK];
    int64_t count;
    const uint8_t *data;
} Array;

bool npy_is(Span file);
Status npy_open(Arena *a, Span file, const char *name, Array *out, Diag *d) MUST_CHECK;
/* Appends the header of an array of type DESCR ("<f4") in C order; its elements come behind. */
void npy_header(Out *out, const char *descr, const int64_t *dim, int32_t rank);
bool npz_is(Span file);
/* The array called NAME (without ".npy"); NULL: the usual names of samples, or the only array. At most LIMIT bytes. */
Status npz_open(Arena *a, Span file, const char *path, const char *name, size_t limit, Array *out,
                Diag *d) MUST_CHECK;
/* The array of labels that goes with the samples called NAME ("x_train": "y_train"); *FOUND says whether. */
Status npz_open_labels(Arena *a, Span file, const char *path, const char *name, size_t limit,
                       Array *out, bool *found, Diag *d) MUST_CHECK;
bool idx_is(Span file);
Status idx_open(Span file, const char *name, Array *out, Diag *d) MUST_CHECK;
/* COUNT elements from number FROM on, counted in C order. int64 beyond 2^53 is rounded. */
void array_get(const Array *array, int64_t from, int64_t count, double *out);

/* Undoes gzip if FILE begins with its mark; else OUT = FILE. At most LIMIT bytes come out. */
Status gzip_open(Arena *a, Span file, const char *path, size_t limit, Span *out,
                 Diag *d) MUST_CHECK;

#endif
