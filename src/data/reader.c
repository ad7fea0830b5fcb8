/* From rows and windows to Data: room, groups, classes, shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <math.h>
#include <sys/stat.h>

enum { BLOCK_WINDOWS = 10 };
static const int64_t default_limit = INT64_C(4) << 30;

static uint64_t stir(uint64_t h)
{
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

uint64_t data_hash(uint64_t seed, const void *bytes, size_t count)
{
    const uint8_t *p = bytes;
    uint64_t h = stir(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ count;
    for (; count > 0; p += sizeof h) {
        uint64_t word = 0;
        size_t n = count < sizeof word ? count : sizeof word;
        memcpy(&word, p, n);
        h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 32;
        count -= n;
    }
    return stir(h);
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
    *out = NEW(keep ? &r->data->arena : &r->file, float, count *each);
    return OK;
}

/* The features take the place of the raw window. */
static Status open_features(Reader *r, Shape *shape)
{
    double rate = r->data->rate_hz > 0.0 ? r->data->rate_hz : r->o->rate_hz;
    bool is_signal = shape->rank == 1 || (shape->rank == 2 && shape->dim[1] == 1);
    FeatureOptions o;
    if (!is_signal) {
        char text[96];
        return fail(
            r->d, ERR_INPUT,
            "'%s': features are made of one signal, not of %s; mix sound to one channel, or skip "
            "columns",
            r->data->name, shape_text(shape, text));
    }
    TRY(features_parse(r->o->features, rate, shape->dim[0], &o, r->d));
    r->features = features_new(&r->scratch, &o);
    *shape = features_shape(r->features);
    return OK;
}

Status reader_open(Reader *r, Shape raw, int64_t capacity, int32_t y_count, bool labels)
{
    Data *data = r->data;
    r->raw_count = shape_count(&raw);
    r->padded = NEW(&r->scratch, float, r->raw_count);
    if (r->o->features != NULL) {
        TRY(open_features(r, &raw));
    }
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

Status reader_add(Reader *r, const float *raw, int64_t count, const float *y, int32_t label,
                  uint64_t group, int32_t source)
{
    Data *data = r->data;
    if (data->count == r->capacity || count > r->raw_count) {
        return fail(r->d, ERR_INPUT, "'%s' changed while it was read", data->name);
    }
    int64_t i = data->count++;
    float *x = data->x + i * data->x_count;
    if (count < r->raw_count) {
        memset(r->padded, 0, (size_t)r->raw_count * sizeof *raw);
        memcpy(r->padded, raw, (size_t)count * sizeof *raw);
        raw = r->padded;
    }
    if (r->features != NULL) {
        features_run(r->features, raw, x);
    } else {
        memcpy(x, raw, (size_t)data->x_count * sizeof *raw);
    }
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
                text_clean(&r->file, text, bytes < 60 ? bytes : 60), classes_list(&r->classes));
}

/* --- windows --- */

Status reader_cut(Reader *r, double rate_hz, Cut *out)
{
    const DataOptions *o = r->o;
    double rate = rate_hz > 0.0 ? rate_hz : o->rate_hz;
    *out = (Cut){.window = o->window, .stride = o->stride};
    if ((o->window_s > 0.0 || o->stride_s > 0.0) && rate <= 0.0) {
        return fail(r->d, ERR_USAGE,
                    "'%s' does not tell its sampling rate: give it, or give the window in samples",
                    r->data->name);
    }
    double window = o->window_s > 0.0 ? round(o->window_s * rate) : (double)o->window;
    double stride = o->stride_s > 0.0 ? round(o->stride_s * rate) : (double)o->stride;
    if (!(window >= 0.0 && window <= 1e9 && stride >= 0.0 && stride <= 1e12) ||
        (o->window_s > 0.0 && window < 1.0) || (o->stride_s > 0.0 && stride < 1.0)) {
        return fail(r->d, ERR_USAGE, "a window of %g and a stride of %g samples make no sense",
                    window, stride);
    }
    out->window = (int64_t)window;
    out->stride = stride > 0.0 ? (int64_t)stride : out->window;
    return OK;
}

int64_t cut_count(const Cut *c, int64_t rows)
{
    if (rows < c->window) {
        return c->fill && rows > 0 ? 1 : 0;
    }
    return (rows - c->window) / c->stride + 1;
}

Status cut_shape(Reader *r, const Table *t, int64_t window, Shape *out)
{
    int64_t each = shape_count(&t->row);
    if (t->row.rank == MAX_RANK || window > INT32_MAX / 4 / each) {
        return fail(r->d, ERR_LIMIT, "'%s': a window of %jd rows is too large", r->data->name,
                    (intmax_t)window);
    }
    *out = (Shape){.rank = t->row.rank + 1, .dim = {(int32_t)window}};
    memcpy(out->dim + 1, t->row.dim, (size_t)t->row.rank * sizeof out->dim[0]);
    return OK;
}

/* The class that most rows of a window have; of equals, the one that comes last. */
static int32_t window_label(const int32_t *label, int64_t count, int32_t *votes, int32_t classes)
{
    memset(votes, 0, (size_t)classes * sizeof *votes);
    int32_t best = label[count - 1];
    for (int64_t i = 0; i < count; i++) {
        votes[label[i]]++;
    }
    for (int64_t i = count - 1; i >= 0; i--) {
        best = votes[label[i]] > votes[best] ? label[i] : best;
    }
    return best;
}

Status reader_add_windows(Reader *r, const Table *t, const Cut *c, int32_t label, uint64_t group,
                          bool stretches, int32_t source)
{
    int64_t each = shape_count(&t->row);
    int64_t count = cut_count(c, t->rows);
    int32_t *votes = NEW(&r->file, int32_t, r->classes.count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i * c->stride;
        int64_t rows = t->rows - at < c->window ? t->rows - at : c->window;
        int64_t block = at / (BLOCK_WINDOWS * c->window);
        int32_t own = label >= 0 || t->label == NULL
                          ? label
                          : window_label(t->label + at, rows, votes, r->classes.count);
        TRY(reader_add(r, t->x + at * each, rows * each,
                       t->y == NULL ? NULL : t->y + (at + rows - 1) * t->y_count, own,
                       stretches ? data_hash(group, &block, sizeof block) : group, source));
    }
    return OK;
}

/* --- a table becomes the data --- */

static void keep_source(Data *data)
{
    data->source_count = 1;
    data->source = NEW(&data->arena, const char *, 1);
    data->source[0] = path_base(data->name);
}

/* One file's windows, or each of its rows by way of its features. */
static Status take_windows(Reader *r, const Table *t)
{
    Cut c;
    TRY(reader_cut(r, t->rate_hz, &c));
    bool rows =
        c.window == 0 && t->rate_hz <= 0.0; /* a row of a table is a sample, a sound is one */
    c.fill = t->rate_hz > 0.0;
    c.window = rows ? 1 : c.window == 0 ? t->rows : c.window;
    c.stride = c.stride == 0 ? c.window : c.stride;
    int64_t count = cut_count(&c, t->rows);
    Shape raw = t->row;
    if (count == 0) {
        return fail(r->d, ERR_INPUT, "'%s' has %jd rows, fewer than the window of %jd",
                    r->data->name, (intmax_t)t->rows, (intmax_t)c.window);
    }
    if (!rows) {
        TRY(cut_shape(r, t, c.window, &raw));
    }
    TRY(reader_open(r, raw, count, t->y_count, t->label != NULL));
    keep_source(r->data);
    return reader_add_windows(r, t, &c, -1, 0, true, 0);
}

/* Equal samples stay on one side of a split. */
static void group_by_content(Data *data)
{
    size_t bytes = (size_t)data->x_count * sizeof *data->x;
    data->group = NEW(&data->arena, uint64_t, data->count);
    for (int64_t i = 0; i < data->count; i++) {
        data->group[i] = data_hash(0, data->x + i * data->x_count, bytes);
    }
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
    group_by_content(data);
}

static Status take_table(Reader *r, const Table *t, bool keep)
{
    Data *data = r->data;
    data->format = t->format;
    data->x_gain = t->x_gain;
    data->rate_hz = t->rate_hz;
    data->y_name = t->y_name;
    if (keep) {
        take_rows(r, t);
    } else {
        TRY(take_windows(r, t));
        if (t->rate_hz <= 0.0 && r->o->window == 0 && r->o->window_s <= 0.0) {
            group_by_content(data);
        }
    }
    return OK;
}

/* --- all --- */

static Status unpack(Reader *r, const char *path, Span *file)
{
    if (file->bytes == 0) {
        return fail(r->d, ERR_INPUT, "'%s' is empty", path);
    }
    return gzip_open(&r->file, *file, path, (size_t)r->limit, file, r->d);
}

Status reader_load(Reader *r, const char *path, Span *out)
{
    TRY(file_read(&r->file, path, (size_t)r->limit, out, r->d));
    return unpack(r, path, out);
}

Status reader_table(Reader *r, Span file, const char *path, bool keep, Table *t)
{
    return is_sound_file(file)   ? sound_table(r, file, path, t)
           : is_array_file(file) ? array_table(r, file, path, keep, t)
                                 : csv_table(r, file, path, keep, t);
}

static Status read_image(Reader *r, Span file, const char *path)
{
    Shape shape;
    float *x = NULL;
    TRY(image_sample(r, file, path, &shape, &x));
    r->data->format = "image";
    r->data->x_gain = 1.0 / 255.0;
    TRY(reader_open(r, shape, 1, 0, false));
    keep_source(r->data);
    return reader_add(r, x, shape_count(&shape), NULL, 0, 1, 0);
}

static Status read_file(Reader *r, Span file, const char *path)
{
    Table t;
    if (is_image_file(file)) {
        return read_image(r, file, path);
    }
    bool keep = r->o->window == 0 && r->o->window_s <= 0.0 && r->o->features == NULL &&
                !is_sound_file(file);
    TRY(reader_table(r, file, path, keep, &t));
    return take_table(r, &t, keep);
}

static Status read_path(Reader *r, const char *path, const Span *given)
{
    struct stat st;
    Span file;
    if (given != NULL) {
        file = *given;
        TRY(unpack(r, path, &file));
        return read_file(r, file, path);
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return folder_read(r, path);
    }
    TRY(reader_load(r, path, &file));
    return read_file(r, file, path);
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

/* The input itself is what is to be predicted. */
static Status predict_input(Reader *r)
{
    Data *data = r->data;
    const char *targets = r->o->target_columns;
    if (targets == NULL || (strcmp(targets, "x") != 0 && data->y_count > 0)) {
        return OK;
    }
    if (strcmp(targets, "x") != 0) {
        return fail(r->d, ERR_INPUT, "'%s' has no columns to predict; only 'x', the input itself",
                    data->name);
    }
    data->y = data->x;
    data->y_count = (int32_t)data->x_count;
    return OK;
}

static Status read_all(Reader *r, const Span *given)
{
    TRY(check_options(r->o, r->d));
    size_t bytes = strlen(r->o->path);
    while (bytes > 1 && r->o->path[bytes - 1] == '/') {
        bytes--;
    }
    r->data->name = arena_strndup(&r->data->arena, r->o->path, bytes);
    classes_open(&r->classes, &r->scratch, r->o);
    TRY(read_path(r, r->o->path, given));
    r->data->rate_hz = r->data->rate_hz > 0.0 ? r->data->rate_hz : r->o->rate_hz;
    r->data->x_gain = r->features != NULL ? 1.0 : r->data->x_gain;
    TRY(reshape(r));
    TRY(predict_input(r));
    classes_close(&r->classes, r->data, r->d);
    return OK;
}

static Status read_data(const DataOptions *o, const Span *given, Data **out, Diag *d)
{
    Arena arena = {0};
    Data *data = NEW(&arena, Data, 1);
    data->arena = arena;
    data->x_gain = 1.0;
    Reader r = {.options = *o, .data = data, .d = d};
    r.o = &r.options;
    r.limit = o->limit_bytes > 0 ? o->limit_bytes : default_limit;
    Status s = read_all(&r, given);
    arena_free(&r.scratch);
    arena_free(&r.file);
    *out = data;
    if (s != OK) {
        data_free(data);
        *out = NULL;
    }
    return s;
}

Status data_read(const DataOptions *o, Data **out, Diag *d)
{
    return read_data(o, NULL, out, d);
}

Status data_read_bytes(const DataOptions *o, Span file, Data **out, Diag *d)
{
    return read_data(o, &file, out, d);
}

void data_free(Data *data)
{
    if (data != NULL) {
        Arena arena = data->arena; /* DATA itself lies in it */
        arena_free(&arena);
    }
}
