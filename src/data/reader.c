/* From rows and windows to Data: room, groups, classes, shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <math.h>
#include <sys/stat.h>

enum { BLOCK_WINDOWS = 10 };
static const int64_t default_limit = INT64_C(4) << 30;

uint64_t data_hash(uint64_t seed, const void *bytes, size_t count)
{
    const uint8_t *p = bytes;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (seed * UINT64_C(0x9e3779b97f4a7c15));
    for (size_t i = 0; i < count; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

/* --- room --- */

Status reader_floats(Reader *r, int64_t count, int64_t each, bool keep, float **out)
{
    int64_t bytes_each = each * (int64_t)sizeof(float);
    if (each > 0 && count > r->limit / bytes_each) {
        return fail(r->d, ERR_LIMIT,
                    "'%s': %jd samples of %jd numbers take more memory than the limit of %jd bytes",
                    r->data->name, (intmax_t)count, (intmax_t)each, (intmax_t)r->limit);
    }
    *out = NEW(keep ? &r->data->arena : &r->scratch, float, count *each);
    return OK;
}

Status reader_open(Reader *r, Shape raw, int64_t capacity, int32_t y_count, bool labels)
{
    Data *data = r->data;
    data->shape = raw;
    data->x_count = shape_count(&raw);
    data->y_count = y_count;
    r->capacity = capacity;
    TRY(reader_floats(r, capacity, data->x_count, true, &data->x));
    if (y_count > 0) {
        TRY(reader_floats(r, capacity, y_count, true, &data->y));
    }
    data->label = labels ? NEW(&data->arena, int32_t, capacity) : NULL;
    data->group = NEW(&data->arena, uint64_t, capacity);
    data->source_of = NEW(&data->arena, int32_t, capacity);
    return OK;
}

Status reader_add(Reader *r, const float *raw, const float *y, int32_t label, uint64_t group,
                  int32_t source)
{
    Data *data = r->data;
    if (data->count == r->capacity) {
        return fail(r->d, ERR_INPUT, "'%s' changed while it was read", data->name);
    }
    int64_t i = data->count++;
    memcpy(data->x + i * data->x_count, raw, (size_t)data->x_count * sizeof *raw);
    if (data->y != NULL) {
        memcpy(data->y + i * data->y_count, y, (size_t)data->y_count * sizeof *y);
    }
    if (data->label != NULL) {
        data->label[i] = label;
    }
    data->group[i] = group;
    data->source_of[i] = source;
    return OK;
}

Status reader_label(Reader *r, const char *text, size_t bytes, int32_t *label, const char *format,
                    ...)
{
    *label = bytes == 0 ? -3 : classes_find(&r->classes, text, bytes);
    if (*label >= 0) {
        return OK;
    }
    char place[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(place, sizeof place, format, args);
    va_end(args);
    if (*label == -3) {
        return fail(r->d, ERR_INPUT, "%s: the label is missing", place);
    }
    if (*label == -2) {
        return fail(r->d, ERR_LIMIT, "%s: more than %d classes", place, r->classes.count);
    }
    return fail(r->d, ERR_INPUT, "%s: there is no class '%s'; the classes are %s", place,
                text_clean(&r->scratch, text, bytes < 60 ? bytes : 60), classes_list(&r->classes));
}

/* --- a table becomes the data --- */

int64_t window_count(int64_t rows, int64_t window, int64_t stride)
{
    return rows < window ? 0 : (rows - window) / stride + 1;
}

/* The class that most rows of a window have; of equals, the one that comes last. */
static int32_t window_label(Reader *r, const int32_t *label, int64_t count)
{
    int32_t *votes = NEW(&r->scratch, int32_t, r->classes.count);
    int32_t best = label[count - 1];
    for (int64_t i = 0; i < count; i++) {
        votes[label[i]]++;
    }
    for (int64_t i = count - 1; i >= 0; i--) {
        best = votes[label[i]] > votes[best] ? label[i] : best;
    }
    return best;
}

static Status take_windows(Reader *r, const Table *t)
{
    int64_t window = r->o->window;
    int64_t stride = r->o->stride > 0 ? r->o->stride : window;
    int64_t each = shape_count(&t->row);
    int64_t count = window_count(t->rows, window, stride);
    if (count == 0) {
        return fail(r->d, ERR_INPUT, "'%s' has %jd rows, fewer than the window of %jd",
                    r->data->name, (intmax_t)t->rows, (intmax_t)window);
    }
    if (t->row.rank == MAX_RANK || window > INT32_MAX / 4 / each) {
        return fail(r->d, ERR_LIMIT, "'%s': a window of %jd rows is too large", r->data->name,
                    (intmax_t)window);
    }
    Shape raw = {.rank = t->row.rank + 1, .dim = {(int32_t)window}};
    memcpy(raw.dim + 1, t->row.dim, (size_t)t->row.rank * sizeof raw.dim[0]);
    TRY(reader_open(r, raw, count, t->y_count, t->label != NULL));
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i * stride;
        int64_t block = at / (BLOCK_WINDOWS * window);
        TRY(reader_add(r, t->x + at * each,
                       t->y == NULL ? NULL : t->y + (at + window - 1) * t->y_count,
                       t->label == NULL ? 0 : window_label(r, t->label + at, window),
                       data_hash(0, &block, sizeof block), 0));
    }
    return OK;
}

static void take_rows(Reader *r, const Table *t)
{
    Data *data = r->data;
    data->count = t->rows;
    data->shape = t->row;
    data->x_count = shape_count(&t->row);
    data->x = t->x;
    data->y_count = t->y_count;
    data->y = t->y;
    data->label = t->label;
    data->x_name = t->x_name;
    data->y_name = t->y_name;
    data->group = NEW(&data->arena, uint64_t, data->count);
    size_t bytes = (size_t)data->x_count * sizeof *data->x;
    for (int64_t i = 0; i < data->count; i++) {
        data->group[i] = data_hash(0, data->x + i * data->x_count, bytes);
    }
}

Status reader_take(Reader *r, const Table *t)
{
    r->data->format = t->format;
    r->data->x_gain = t->x_gain;
    if (r->o->window > 0) {
        TRY(take_windows(r, t));
        r->data->y_name = t->y_name;
    } else {
        take_rows(r, t);
    }
    if (t->predicts_x) {
        r->data->y = r->data->x;
        r->data->y_count = (int32_t)r->data->x_count;
    }
    return OK;
}

/* --- all --- */

static Status read_file(Reader *r, const char *path)
{
    Span file;
    Table t;
    bool keep = r->o->window == 0;
    TRY(file_read(&r->scratch, path, (size_t)r->limit, &file, r->d));
    TRY(gzip_open(&r->scratch, file, path, (size_t)r->limit, &file, r->d));
    if (is_array_file(file)) {
        TRY(array_table(r, file, path, keep, &t));
    } else {
        TRY(csv_table(r, file, path, keep, &t));
    }
    return reader_take(r, &t);
}

static Status check_options(const DataOptions *o, Diag *d)
{
    if (o->path == NULL) {
        return fail(d, ERR_USAGE, "no file or folder of samples is given");
    }
    if (o->window < 0 || o->stride < 0) {
        return fail(d, ERR_USAGE, "a window and its stride are whole numbers of samples above 0");
    }
    return OK;
}

static Status reshape(Reader *r)
{
    Data *data = r->data;
    const Shape *want = &r->o->shape;
    if (want->rank == 0) {
        return OK;
    }
    char text[96];
    if (shape_count(want) != data->x_count) {
        return fail(r->d, ERR_INPUT, "'%s': a sample has %jd numbers; the shape %s takes %jd",
                    data->name, (intmax_t)data->x_count, shape_text(want, text),
                    (intmax_t)shape_count(want));
    }
    data->shape = *want;
    return OK;
}

static Status read_all(Reader *r)
{
    TRY(check_options(r->o, r->d));
    r->data->name = arena_strdup(&r->data->arena, r->o->path);
    classes_open(&r->classes, &r->scratch, r->o);
    TRY(read_file(r, r->o->path));
    TRY(reshape(r));
    classes_close(&r->classes, r->data, r->d);
    return OK;
}

Status data_read(const DataOptions *o, Data **out, Diag *d)
{
    Arena arena = {0};
    Data *data = NEW(&arena, Data, 1);
    data->arena = arena;
    data->x_gain = 1.0;
    Reader r = {.o = o, .data = data, .d = d};
    r.limit = o->limit_bytes > 0 ? o->limit_bytes : default_limit;
    Status s = read_all(&r);
    arena_free(&r.scratch);
    *out = data;
    if (s != OK) {
        data_free(data);
        *out = NULL;
    }
    return s;
}

void data_free(Data *data)
{
    if (data != NULL) {
        Arena arena = data->arena; /* DATA itself lies in it */
        arena_free(&arena);
    }
}
