/* Inputs and outputs in files: raw bytes, .npy arrays, .csv lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES_LIMIT = 1 << 30, MAX_LINE_NUMBERS = 1 << 24 };

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
    value = isnan(value) ? type_low(t->type) : round(value);
    value = value < type_low(t->type) ? type_low(t->type) : value;
    value = value > type_high(t->type) ? type_high(t->type) : value;
    int64_t integer = (int64_t)value;
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

/* Reads a number without regard to the locale; false if there is none. */
static bool read_number(const char **text, const char *end, double *value)
{
    char digits[64];
    size_t n = 0;
    const char *p = *text;
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    const char *start = p;
    while (p < end && (isalnum((unsigned char)*p) || *p == '.' || *p == '-' || *p == '+')) {
        p++;
    }
    n = (size_t)(p - start);
    if (n == 0 || n >= sizeof digits) {
        return false;
    }
    memcpy(digits, start, n);
    digits[n] = '\0';
    char *stop = NULL;
    *value = strtod(digits, &stop); /* the program never leaves the C locale */
    *text = p;
    return *stop == '\0';
}

static Status csv_line(const char *p, const char *end, int64_t want, double *values,
                       const char *path, int64_t line, Diag *d)
{
    for (int64_t i = 0; i < want; i++) {
        if (!read_number(&p, end, &values[i])) {
            return fail(
                d, ERR_INPUT,
                "'%s' line %jd: column %jd is not a number; a line holds the %jd values of one run",
                path, (intmax_t)line, (intmax_t)i + 1, (intmax_t)want);
        }
        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }
        if (i + 1 < want && (p >= end || (*p != ',' && *p != ';'))) {
            return fail(d, ERR_INPUT,
                        "'%s' line %jd has %jd values; one run of this model takes %jd", path,
                        (intmax_t)line, (intmax_t)i + 1, (intmax_t)want);
        }
        p += i + 1 < want;
    }
    if (p < end) {
        return fail(d, ERR_INPUT,
                    "'%s' line %jd has more than the %jd values that one run of this model takes",
                    path, (intmax_t)line, (intmax_t)want);
    }
    return OK;
}

static Status read_csv(Arena *a, const Graph *g, Span file, const char *path, bool real,
                       uint8_t **inputs, int64_t *runs, Diag *d)
{
    const char *p = (const char *)file.data;
    const char *end = p + file.bytes;
    int64_t lines = 1;
    for (const char *q = p; q < end; q++) {
        lines += *q == '\n';
    }
    int64_t want = list_elements(g, g->input, g->input_count);
    int64_t bytes = graph_input_bytes(g);
    if ((int64_t)file.bytes < want) {
        return fail(d, ERR_INPUT, "'%s' holds no complete run: one takes %jd values", path,
                    (intmax_t)want);
    }
    double *values = NEW(a, double, want + 1);
    *inputs = NEW(a, uint8_t,
                  (lines <= (int64_t)file.bytes / (want > 0 ? want : 1) + 1
                       ? lines
                       : (int64_t)file.bytes / want + 1) *
                          bytes +
                      1);
    *runs = 0;
    for (int64_t line = 1; p < end; line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *next = stop == NULL ? end : stop + 1;
        stop = stop == NULL ? end : stop;
        while (stop > p && (stop[-1] == '\r' || stop[-1] == ' ')) {
            stop--;
        }
        if (stop > p &&
            !(line == 1 && isalpha((unsigned char)*p))) { /* a first line of names is passed over */
            TRY(csv_line(p, stop, want, values, path, line, d));
            put_run(g, real, values, *inputs + *runs * bytes);
            (*runs)++;
        }
        p = next;
    }
    return OK;
}

/* --- .npy --- */

static const struct NpyType {
    const char *descr;
    Type type;
} npy_types[] = {
    {"<f4", TYPE_F32}, {"|i1", TYPE_S8},  {"|u1", TYPE_U8},   {"<i2", TYPE_S16},
    {"<i4", TYPE_S32}, {"<i8", TYPE_S64}, {"|b1", TYPE_BOOL}, {"<f8", TYPE_NONE},
};

static const char *npy_descr(Type type)
{
    for (size_t i = 0; i < COUNT(npy_types); i++) {
        if (npy_types[i].type == type) {
            return npy_types[i].descr;
        }
    }
    return "|u1";
}

typedef struct Npy {
    char descr[8];
    int32_t rank;
    int64_t dim[16];
    int64_t count;
    Span data;
} Npy;

/* Value of a key in the header's Python dictionary, as text after the colon; NULL if missing. */
static const char *npy_key(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    at = at == NULL ? NULL : strchr(at + strlen(key), ':');
    if (at == NULL) {
        return NULL;
    }
    at++;
    while (*at == ' ') {
        at++;
    }
    return at;
}

static Status npy_header(const char *header, const char *path, Npy *n, Diag *d)
{
    const char *descr = npy_key(header, "'descr'");
    const char *order = npy_key(header, "'fortran_order'");
    const char *shape = npy_key(header, "'shape'");
    if (descr == NULL || order == NULL || shape == NULL || *shape != '(' || *descr != '\'') {
        return fail(d, ERR_INPUT,
                    "'%s': its .npy header lacks a plain descr, fortran_order or shape; save it "
                    "with numpy.save",
                    path);
    }
    for (size_t i = 0; i < sizeof n->descr - 1 && descr[i + 1] != '\'' && descr[i + 1] != '\0';
         i++) {
        n->descr[i] = descr[i + 1];
    }
    if (strncmp(order, "False", 5) != 0) {
        return fail(d, ERR_INPUT, "'%s' is in Fortran order; save it with numpy.ascontiguousarray",
                    path);
    }
    n->count = 1;
    const char *p = shape + 1;
    while (*p != ')' && n->rank < 16) {
        char *stop = NULL;
        errno = 0;
        long long v = strtoll(p, &stop, 10);
        if (stop == p || v < 0 || errno != 0 || (v > 0 && n->count > SAMPLES_LIMIT / v)) {
            return fail(d, ERR_INPUT, "'%s': its .npy header has a shape that makes no sense",
                        path);
        }
        n->dim[n->rank++] = v;
        n->count *= v;
        p = stop;
        while (*p == ',' || *p == ' ') {
            p++;
        }
    }
    return OK;
}

static Status npy_open(Arena *a, Span file, const char *path, Npy *n, Diag *d)
{
    static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    if (file.bytes < 12 || memcmp(file.data, magic, sizeof magic) != 0) {
        return fail(d, ERR_INPUT, "'%s' is not a .npy file", path);
    }
    size_t version = file.data[6];
    if (version < 1 || version > 3) {
        return fail(d, ERR_INPUT, "'%s' is .npy version %zu; versions 1 to 3 are known", path,
                    version);
    }
    size_t at = version == 1 ? 10 : 12;
    size_t length = (size_t)file.data[8] | (size_t)file.data[9] << 8;
    if (version > 1) {
        length |= (size_t)file.data[10] << 16 | (size_t)file.data[11] << 24;
    }
    if (length > file.bytes - at) {
        return fail(d, ERR_INPUT, "'%s': its .npy header runs past the end of the file", path);
    }
    char *header = arena_strndup(a, (const char *)file.data + at, length);
    *n = (Npy){0};
    TRY(npy_header(header, path, n, d));
    n->data = (Span){file.data + at + length, file.bytes - at - length};
    return OK;
}

static Status read_npy(Arena *a, const Graph *g, Span file, const char *path, bool real,
                       uint8_t **inputs, int64_t *runs, Diag *d)
{
    Npy n;
    TRY(npy_open(a, file, path, &n, d));
    int64_t want = list_elements(g, g->input, g->input_count);
    if (n.count == 0 || n.count % want != 0) {
        return fail(d, ERR_INPUT, "'%s' has %jd elements; one run of this model takes %jd", path,
                    (intmax_t)n.count, (intmax_t)want);
    }
    int32_t bytes = 0;
    Type type = TYPE_NONE;
    for (size_t i = 0; i < COUNT(npy_types); i++) {
        if (strcmp(n.descr, npy_types[i].descr) == 0) {
            type = npy_types[i].type;
            bytes = type == TYPE_NONE ? 8 : type_bytes(type);
        }
    }
    if (bytes == 0) {
        return fail(d, ERR_INPUT,
                    "'%s' has dtype '%s'; supported: float32, float64, int8, uint8, int16, int32, "
                    "int64, bool",
                    path, n.descr);
    }
    if ((int64_t)n.data.bytes < n.count * bytes) {
        return fail(d, ERR_INPUT, "'%s' is cut short: %zu of %jd data bytes", path, n.data.bytes,
                    (intmax_t)(n.count * bytes));
    }
    *runs = n.count / want;
    *inputs = NEW(a, uint8_t, *runs * graph_input_bytes(g) + 1);
    double *values = NEW(a, double, want);
    for (int64_t r = 0; r < *runs; r++) {
        for (int64_t i = 0; i < want; i++) {
            const uint8_t *at = n.data.data + (r * want + i) * bytes;
            if (type == TYPE_NONE) {
                memcpy(&values[i], at, sizeof values[i]);
            } else {
                values[i] = element_value(type, at, 0);
            }
        }
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
    Out header = {0};
    out_printf(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (%jd,",
               real ? "<f4" : npy_descr(t->type), (intmax_t)runs);
    for (int32_t i = 0; i < t->shape.rank; i++) {
        out_printf(&header, "%s%d", i == 0 ? " " : ", ", t->shape.dim[i]);
    }
    out_text(&header, "), }");
    while ((10 + header.bytes + 1) % 64 != 0) {
        out_text(&header, " ");
    }
    out_text(&header, "\n");
    Out o = {0};
    const uint8_t head[10] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)header.bytes, (uint8_t)(header.bytes >> 8)};
    out_bytes(&o, head, sizeof head);
    out_bytes(&o, header.text, header.bytes);
    if (!real || t->type == TYPE_F32) {
        out_bytes(&o, outputs, (size_t)(runs * tensor_bytes(t)));
    } else {
        for (int64_t i = 0; i < runs * count; i++) {
            float f = (float)element_get(t, true, outputs, i);
            out_bytes(&o, &f, sizeof f);
        }
    }
    Status s = file_write(path, o.text, o.bytes, d);
    out_free(&header);
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
