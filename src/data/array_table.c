/* Arrays (IDX, NPY, NPZ) as rows, with the labels that lie beside them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <math.h>
#include <unistd.h>

enum { CHUNK = 1024, PATH_BYTES = 4096 };

bool is_array_file(Span file)
{
    return npy_is(file) || npz_is(file) || idx_is(file);
}

/* --- numbers --- */

static Status fail_element(const Array *a, int64_t index, double value, Diag *d)
{
    Out place = {0};
    int64_t step = a->count;
    for (int32_t i = 0; i < a->rank; i++) {
        step /= a->dim[i];
        out_printf(&place, "%s%jd", i == 0 ? "" : ",", (intmax_t)(index / step));
        index %= step;
    }
    Status s = fail(d, ERR_INPUT, "'%s': element [%s] is %s; leave that sample out", a->name,
                    place.text == NULL ? "" : place.text, isnan(value) ? "nan" : "infinite");
    out_free(&place);
    return s;
}

static Status to_floats(const Array *a, double gain, float *out, Diag *d)
{
    double chunk[CHUNK];
    bool check = a->kind == 'f';
    for (int64_t from = 0; from < a->count; from += CHUNK) {
        int64_t n = a->count - from < CHUNK ? a->count - from : CHUNK;
        array_get(a, from, n, chunk);
        for (int64_t i = 0; i < n; i++) {
            if (check && !isfinite((float)chunk[i])) {
                return fail_element(a, from + i, chunk[i], d);
            }
            out[from + i] = (float)(chunk[i] * gain);
        }
    }
    return OK;
}

/* --- labels --- */

/* Whole numbers in one dimension are classes; others are numbers to predict. */
static Status take_labels(Reader *r, const Array *a, bool keep, Table *t)
{
    int64_t each = a->rank == 0 || a->dim[0] == 0 ? 0 : a->count / a->dim[0];
    if (a->rank == 0 || a->dim[0] != t->rows || each > INT32_MAX / 8) {
        return fail(r->d, ERR_INPUT, "'%s' holds %jd labels for %jd samples", a->name,
                    (intmax_t)(a->rank == 0 ? 1 : a->dim[0]), (intmax_t)t->rows);
    }
    bool is_class = a->kind != 'f' && each == 1;
    if (!is_class) {
        t->y_count = (int32_t)each;
        TRY(reader_floats(r, t->rows, each, keep, &t->y));
        return to_floats(a, 1.0, t->y, r->d);
    }
    t->label = NEW(keep ? &r->data->arena : &r->file, int32_t, t->rows);
    for (int64_t i = 0; i < t->rows; i++) {
        double value = 0.0;
        char text[32];
        array_get(a, i, 1, &value);
        int n = snprintf(text, sizeof text, "%.0f", value);
        TRY(reader_label(r, text, (size_t)n, &t->label[i], "'%s' element [%jd]", a->name,
                         (intmax_t)i));
    }
    return OK;
}

/* A file of labels that is text: one a line. */
static Status take_label_lines(Reader *r, Span file, const char *path, bool keep, Table *t)
{
    Csv c;
    TRY(csv_open(&r->file, file, path, r->o->header, &c, r->d));
    if (c.column_count != 1) {
        return fail(r->d, ERR_INPUT, "'%s' has %d columns; labels are one a line", path,
                    c.column_count);
    }
    t->label = NEW(keep ? &r->data->arena : &r->file, int32_t, t->rows);
    int64_t count = 0;
    bool more = true;
    for (;; count++) {
        TRY(csv_next(&c, &more, r->d));
        if (!more) {
            break;
        }
        if (count < t->rows) {
            TRY(reader_label(r, c.field[0].text, c.field[0].bytes, &t->label[count],
                             "'%s' line %jd", path, (intmax_t)c.line));
        }
    }
    if (count != t->rows) {
        return fail(r->d, ERR_INPUT, "'%s' holds %jd labels for %jd samples", path, (intmax_t)count,
                    (intmax_t)t->rows);
    }
    return OK;
}

static Status read_labels(Reader *r, const char *path, bool keep, Table *t)
{
    Span file;
    Array a;
    TRY(file_read(&r->file, path, (size_t)r->limit, &file, r->d));
    TRY(gzip_open(&r->file, file, path, (size_t)r->limit, &file, r->d));
    if (idx_is(file)) {
        TRY(idx_open(file, path, &a, r->d));
    } else if (npy_is(file)) {
        TRY(npy_open(&r->file, file, path, &a, r->d));
    } else {
        return take_label_lines(r, file, path, keep, t);
    }
    return take_labels(r, &a, keep, t);
}

/* PATH with the last FROM of its base name exchanged for TO; false if there is none. */
static bool exchange(char path[PATH_BYTES], const char *from, const char *to)
{
    const char *base = path_base(path);
    const char *found = NULL;
    for (const char *p = strstr(base, from); p != NULL; p = strstr(p + 1, from)) {
        found = p;
    }
    if (found == NULL || strlen(path) + strlen(to) >= PATH_BYTES) {
        return false;
    }
    size_t at = (size_t)(found - path);
    char rest[PATH_BYTES];
    (void)snprintf(rest, sizeof rest, "%s", found + strlen(from));
    (void)snprintf(path + at, PATH_BYTES - at, "%s%s", to, rest);
    return true;
}

/* Is there such a file, as it is called, packed or unpacked? */
static bool is_there(char path[PATH_BYTES])
{
    if (access(path, R_OK) == 0) {
        return true;
    }
    size_t n = strlen(path);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0) {
        path[n - 3] = '\0';
    } else if (n + 4 < PATH_BYTES) {
        memcpy(path + n, ".gz", 4);
    }
    return access(path, R_OK) == 0;
}

/* The file of labels beside the samples: "train-images-idx3-ubyte.gz" has "train-labels-idx1-ubyte.gz",
 * "x_train.npy" has "y_train.npy", "walk.npy" has "walk_labels.npy". */
static bool find_labels(const char *samples, char path[PATH_BYTES])
{
    static const char *const pairs[][2] = {
        {"images", "labels"},    {"x_", "y_"}, {"X_", "y_"}, {"data", "labels"},
        {".npy", "_labels.npy"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (snprintf(path, PATH_BYTES, "%s", samples) >= PATH_BYTES) {
            return false;
        }
        if (!exchange(path, pairs[i][0], pairs[i][1])) {
            continue;
        }
        (void)(exchange(path, "idx3", "idx1") || exchange(path, "idx2", "idx1") ||
               exchange(path, "idx4", "idx1"));
        if (is_there(path)) {
            return true;
        }
    }
    return false;
}

static Status add_labels(Reader *r, Span file, const char *path, const Array *x, bool keep,
                         Table *t)
{
    const char *labels = r->o->labels;
    bool itself = r->o->target_columns != NULL && strcmp(r->o->target_columns, "x") == 0;
    if (labels == NULL ? itself : strcmp(labels, "none") == 0) {
        return OK;
    }
    if (npz_is(file)) {
        Array y;
        bool found = true;
        if (labels != NULL) {
            TRY(npz_open(&r->file, file, path, labels, (size_t)r->limit, &y, r->d));
        } else {
            const char *name = strrchr(x->name, ':');
            TRY(npz_open_labels(&r->file, file, path, name == NULL ? "" : name + 1,
                                (size_t)r->limit, &y, &found, r->d));
        }
        return found ? take_labels(r, &y, keep, t) : OK;
    }
    char beside[PATH_BYTES];
    if (labels == NULL && find_labels(path, beside)) {
        labels = beside;
    }
    return labels == NULL ? OK : read_labels(r, arena_strdup(&r->file, labels), keep, t);
}

/* --- samples --- */

/* One number is a row of one; pictures in bytes without a channel get one. */
static Status row_shape(const Array *a, Shape *row, Diag *d)
{
    if (a->rank == 0 || a->count == 0) {
        return fail(d, ERR_INPUT, "'%s' holds no samples", a->name);
    }
    if (a->rank > MAX_RANK) {
        return fail(d, ERR_UNSUPPORTED, "'%s' has %d dimensions; at most %d are known", a->name,
                    a->rank, MAX_RANK);
    }
    *row = (Shape){.rank = a->rank - 1};
    for (int32_t i = 1; i < a->rank; i++) {
        if (a->count / a->dim[0] > INT32_MAX / 4) {
            return fail(d, ERR_LIMIT, "'%s': a sample of %jd elements is too large", a->name,
                        (intmax_t)(a->count / a->dim[0]));
        }
        row->dim[i - 1] = (int32_t)a->dim[i];
    }
    if (row->rank == 0 || (a->kind == 'u' && a->bytes_each == 1 && row->rank == 2)) {
        row->dim[row->rank++] = 1;
    }
    return OK;
}

Status array_table(Reader *r, Span file, const char *path, bool keep, Table *t)
{
    Array x;
    *t = (Table){.format = npz_is(file) ? "npz" : npy_is(file) ? "npy" : "idx"};
    if (npz_is(file)) {
        TRY(npz_open(&r->file, file, path, r->o->array, (size_t)r->limit, &x, r->d));
    } else if (npy_is(file)) {
        TRY(npy_open(&r->file, file, path, &x, r->d));
    } else {
        TRY(idx_open(file, path, &x, r->d));
    }
    TRY(row_shape(&x, &t->row, r->d));
    t->rows = x.dim[0];
    t->x_gain = x.kind == 'u' && x.bytes_each == 1 ? 1.0 / 255.0 : 1.0;
    TRY(reader_floats(r, t->rows, shape_count(&t->row), keep, &t->x));
    TRY(to_floats(&x, t->x_gain, t->x, r->d));
    return add_labels(r, file, path, &x, keep, t);
}
