/* Inputs and outputs in files: raw bytes, .npy arrays, .csv lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"
#include "driver/driver.h"

#include <math.h>

enum { SAMPLES_LIMIT = 1 << 30 };

/* --- one element --- */

static double type_low(Type t)
{
    return t == TYPE_S8    ? -128.0
           : t == TYPE_S16 ? -32768.0
           : t == TYPE_S32 ? -2147483648.0
           : t == TYPE_S64 ? -9007199254740992.0
                           : 0.0;
}

static double type_high(Type t)
{
    return t == TYPE_S8     ? 127.0
           : t == TYPE_U8   ? 255.0
           : t == TYPE_BOOL ? 1.0
           : t == TYPE_S16  ? 32767.0
           : t == TYPE_S32  ? 2147483647.0
                            : 9007199254740992.0;
}

/* Half away from zero and within LOW .. HIGH; LOW where it is no number. */
static double round_within(double value, double low, double high)
{
    value = value >= low ? value : low;
    value = value <= high ? value : high;
    double whole = (double)(int64_t)value;
    return whole + (value - whole >= 0.5 ? 1.0 : 0.0) - (value - whole <= -0.5 ? 1.0 : 0.0);
}

void elements_put(const Tensor *t, const float *x, int64_t count, uint8_t *at)
{
    if (t->type != TYPE_S8 || t->q.count != 1) {
        for (int64_t k = 0; k < count; k++) {
            element_put(t, true, (double)x[k], at + k * type_bytes(t->type));
        }
        return;
    }
    double scale = (double)t->q.scale[0];
    double zero = t->q.zero[0];
    for (int64_t k = 0; k < count; k++) {
        at[k] = (uint8_t)(int8_t)round_within((double)x[k] / scale + zero, -128.0, 127.0);
    }
}

void element_put(const Tensor *t, bool real, double value, uint8_t *at)
{
    if (t->type == TYPE_F32) {
        float f = (float)value;
        memcpy(at, &f, sizeof f);
        return;
    }
    if (real && t->q.count == 1) {
        value = value / (double)t->q.scale[0] + t->q.zero[0];
    }
    int64_t integer = (int64_t)round_within(value, type_low(t->type), type_high(t->type));
    memcpy(at, &integer,
           (size_t)type_bytes(t->type)); /* little endian host, checked at build time */
}

double element_get(const Tensor *t, bool real, const uint8_t *bytes, int64_t i)
{
    double v = element_value(t->type, bytes, i);
    return real && t->q.count == 1 ? (v - t->q.zero[0]) * (double)t->q.scale[0] : v;
}

static int64_t list_elements(const Graph *g, const TensorId *list, int32_t count)
{
    int64_t elements = 0;
    for (int32_t i = 0; i < count; i++) {
        elements += shape_count(&tensor(g, list[i])->shape);
    }
    return elements;
}

/* Stores one run's values (all inputs in order). */
static void put_run(const Graph *g, bool real, const double *values, uint8_t *at)
{
    for (int32_t i = 0; i < g->input_count; i++) {
        const Tensor *t = tensor(g, g->input[i]);
        for (int64_t k = 0; k < shape_count(&t->shape); k++) {
            element_put(t, real, *values++, at);
            at += type_bytes(t->type);
        }
    }
}

/* --- .csv --- */

static Status read_csv(Arena *a, const Graph *g, Span file, const char *path, bool real,
                       uint8_t **inputs, int64_t *runs, Diag *d)
{
    Csv c;
    int64_t want = list_elements(g, g->input, g->input_count);
    int64_t bytes = graph_input_bytes(g);
    TRY(csv_open(a, file, path, HEADER_FIND_OUT, &c, d));
    if (c.column_count != want) {
        return fail(d, ERR_INPUT, "'%s' line %jd has %d values; one run of this model takes %jd",
                    path, (intmax_t)c.next_line, c.column_count, (intmax_t)want);
    }
    double *values = NEW(a, double, want + 1);
    *inputs = NEW(a, uint8_t, csv_line_bound(&c) * bytes + 1);
    *runs = 0;
    for (;;) {
        bool more = false;
        TRY(csv_next(&c, &more, d));
        if (!more) {
            return OK;
        }
        for (int32_t i = 0; i < c.column_count; i++) {
            TRY(csv_number(&c, i, false, &values[i], d));
        }
        put_run(g, real, values, *inputs + *runs * bytes);
        (*runs)++;
    }
}

/* --- .npy --- */

static const char *npy_descr(Type type)
{
    static const char *const names[TYPE_COUNT] = {
        [TYPE_F32] = "<f4", [TYPE_S8] = "|i1",  [TYPE_U8] = "|u1",   [TYPE_S16] = "<i2",
        [TYPE_S32] = "<i4", [TYPE_S64] = "<i8", [TYPE_BOOL] = "|b1",
    };
    return names[type] == NULL ? "|u1" : names[type];
}

static Status read_npy(Arena *a, const Graph *g, Span file, const char *path, bool real,
                       uint8_t **inputs, int64_t *runs, Diag *d)
{
    Array n;
    TRY(npy_open(a, file, path, &n, d));
    int64_t want = list_elements(g, g->input, g->input_count);
    if (n.count == 0 || want == 0 || n.count % want != 0) {
        return fail(d, ERR_INPUT, "'%s' has %jd elements; one run of this model takes %jd", path,
                    (intmax_t)n.count, (intmax_t)want);
    }
    *runs = n.count / want;
    *inputs = NEW(a, uint8_t, *runs * graph_input_bytes(g) + 1);
    double *values = NEW(a, double, want);
    for (int64_t r = 0; r < *runs; r++) {
        array_get(&n, r * want, want, values);
        put_run(g, real, values, *inputs + r * graph_input_bytes(g));
    }
    return OK;
}

static Status write_npy(const Graph *g, const char *path, bool real, const uint8_t *outputs,
                        int64_t runs, Diag *d)
{
    if (g->output_count != 1) {
        return fail(
            d, ERR_UNSUPPORTED,
            "'%s': a .npy file holds one array but the model has %d outputs; use .bin or .csv",
            path, g->output_count);
    }
    const Tensor *t = tensor(g, g->output[0]);
    int64_t count = shape_count(&t->shape);
    int64_t dim[1 + MAX_RANK] = {runs};
    for (int32_t i = 0; i < t->shape.rank; i++) {
        dim[1 + i] = t->shape.dim[i];
    }
    Out o = {0};
    npy_header(&o, real ? "<f4" : npy_descr(t->type), dim, 1 + t->shape.rank);
    if (!real || t->type == TYPE_F32) {
        out_bytes(&o, outputs, (size_t)(runs * tensor_bytes(t)));
    } else {
        for (int64_t i = 0; i < runs * count; i++) {
            float f = (float)element_get(t, true, outputs, i);
            out_bytes(&o, &f, sizeof f);
        }
    }
    Status s = file_write(path, o.text, o.bytes, d);
    out_free(&o);
    return s;
}

/* --- all of them --- */

static bool has_ending(const char *path, const char *ending)
{
    size_t n = strlen(path);
    size_t m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

Status samples_read(Arena *a, const Graph *g, const char *path, bool real, uint8_t **inputs,
                    int64_t *runs, Diag *d)
{
    Span file;
    TRY(file_read(a, path, SAMPLES_LIMIT, &file, d));
    if (has_ending(path, ".csv")) {
        return read_csv(a, g, file, path, real, inputs, runs, d);
    }
    if (has_ending(path, ".npy")) {
        return read_npy(a, g, file, path, real, inputs, runs, d);
    }
    if (!has_ending(path, ".bin")) {
        return fail(d, ERR_INPUT, "'%s': the ending says how to read it; use .bin, .npy or .csv",
                    path);
    }
    int64_t bytes = graph_input_bytes(g);
    if (file.bytes == 0 || bytes == 0 || (int64_t)file.bytes % bytes != 0) {
        return fail(d, ERR_INPUT, "'%s' has %zu bytes; one run of this model takes %jd", path,
                    file.bytes, (intmax_t)bytes);
    }
    *runs = (int64_t)file.bytes / bytes;
    *inputs = arena_memdup(a, file.data, file.bytes);
    return OK;
}

static Status write_csv(const Graph *g, const char *path, bool real, const uint8_t *outputs,
                        int64_t runs, Diag *d)
{
    Out o = {0};
    for (int64_t r = 0; r < runs; r++) {
        for (int32_t i = 0; i < g->output_count; i++) {
            const Tensor *t = tensor(g, g->output[i]);
            for (int64_t k = 0; k < shape_count(&t->shape); k++) {
                out_printf(&o, "%s%.9g", i == 0 && k == 0 ? "" : ",",
                           element_get(t, real, outputs, k));
            }
            outputs += tensor_bytes(t);
        }
        out_text(&o, "\n");
    }
    Status s = file_write(path, o.text == NULL ? "" : o.text, o.bytes, d);
    out_free(&o);
    return s;
}

Status samples_write(const Graph *g, const char *path, bool real, const uint8_t *outputs,
                     int64_t runs, Diag *d)
{
    if (has_ending(path, ".csv")) {
        return write_csv(g, path, real, outputs, runs, d);
    }
    if (has_ending(path, ".npy")) {
        return write_npy(g, path, real, outputs, runs, d);
    }
    if (!has_ending(path, ".bin")) {
        return fail(d, ERR_INPUT, "'%s': the ending says how to write it; use .bin, .npy or .csv",
                    path);
    }
    return file_write(path, outputs, (size_t)(runs * graph_output_bytes(g)), d);
}
