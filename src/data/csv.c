/* CSV lines to fields. Separator and header are found by looking at the first lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"

#include <float.h>
#include <math.h>

enum { LOOK_LINES = 10, LOOK_BYTES = 1 << 16, SHOWN_BYTES = 40 };

/* --- one line --- */

static Status quoted_field(Csv *c, const char **at, Field *f, Diag *d)
{
    const char *p = *at + 1;
    const char *start = p;
    int64_t line = c->next_line;
    size_t doubled = 0;
    while (p < c->end && (*p != '"' || (p + 1 < c->end && p[1] == '"'))) {
        doubled += *p == '"';
        c->next_line += *p == '\n';
        p += *p == '"' ? 2 : 1;
    }
    if (p >= c->end) {
        return fail(d, ERR_INPUT, "'%s' line %jd: a quoted field begins here and never ends",
                    c->path, (intmax_t)line);
    }
    *f = (Field){start, (size_t)(p - start)};
    if (doubled > 0) {
        char *plain = NEW(c->arena, char, f->bytes);
        size_t n = 0;
        for (const char *q = start; q < p; q++) {
            plain[n++] = *q;
            q += *q == '"';
        }
        *f = (Field){plain, n};
    }
    for (p++; p < c->end && (*p == ' ' || *p == '\r'); p++) {
    }
    if (p < c->end && *p != c->separator && *p != '\n') {
        return fail(d, ERR_INPUT, "'%s' line %jd: text follows the closing quote of a field",
                    c->path, (intmax_t)c->next_line);
    }
    *at = p;
    return OK;
}

static Status take_field(Csv *c, const char **at, Field *f, Diag *d)
{
    const char *p = *at;
    while (p < c->end && *p == ' ') {
        p++;
    }
    if (p < c->end && *p == '"') {
        *at = p;
        return quoted_field(c, at, f, d);
    }
    const char *start = p;
    char separator = c->separator;
    while (p < c->end && *p != separator && *p != '\n') {
        p++;
    }
    *at = p;
    while (p > start && (p[-1] == ' ' || p[-1] == '\r')) {
        p--;
    }
    *f = (Field){start, (size_t)(p - start)};
    return OK;
}

/* Passes over blank lines; false at the end of the file. */
static bool find_line(Csv *c)
{
    while (c->at < c->end) {
        const char *p = c->at;
        while (p < c->end && (*p == ' ' || *p == '\r' || (*p == '\t' && c->separator != '\t'))) {
            p++;
        }
        if (p < c->end && *p != '\n') {
            return true;
        }
        c->next_line += p < c->end;
        c->at = p < c->end ? p + 1 : p;
    }
    return false;
}

/* Divides the line at c->at; stores the first CAPACITY fields, counts all. */
static Status divide(Csv *c, Field *field, int32_t capacity, int64_t *count, Diag *d)
{
    const char *p = c->at;
    int64_t n = 0;
    c->line = c->next_line;
    for (;;) {
        Field f;
        TRY(take_field(c, &p, &f, d));
        if (n < capacity) {
            field[n] = f;
        }
        n++;
        if (p >= c->end || *p == '\n') {
            break;
        }
        p++;
    }
    c->next_line += p < c->end;
    c->at = p < c->end ? p + 1 : p;
    *count = n;
    return OK;
}

Status csv_next(Csv *c, bool *more, Diag *d)
{
    *more = find_line(c);
    if (!*more) {
        return OK;
    }
    int64_t count = 0;
    TRY(divide(c, c->field, c->column_count, &count, d));
    if (count != c->column_count) {
        return fail(d, ERR_INPUT, "'%s' line %jd has %jd fields, the first line has %d", c->path,
                    (intmax_t)c->line, (intmax_t)count, c->column_count);
    }
    return OK;
}

int64_t csv_line_bound(const Csv *c)
{
    int64_t lines = 1;
    for (const char *p = c->at; p < c->end; p++) {
        p = memchr(p, '\n', (size_t)(c->end - p));
        if (p == NULL) {
            break;
        }
        lines++;
    }
    /* a field takes one byte and its separator */
    int64_t most = (c->end - c->at) / (2 * (int64_t)c->column_count) + 1;
    return lines < most ? lines : most;
}

/* --- numbers --- */

static bool parse_field(const Field *f, char point, double *value)
{
    const char *p = f->text;
    return number_parse(&p, f->text + f->bytes, point, value) && p == f->text + f->bytes;
}

static bool has_char(const Field *f, char c)
{
    return f->bytes > 0 && memchr(f->text, c, f->bytes) != NULL;
}

/* The decimal mark is settled by the first number that has one. */
static bool field_number(Csv *c, const Field *f, double *value)
{
    char point = c->point == '\0' ? '.' : c->point;
    if (parse_field(f, point, value)) {
        if (c->point == '\0' && has_char(f, '.')) {
            c->point = '.';
        }
        return true;
    }
    if (c->point == '\0' && has_char(f, ',') && parse_field(f, ',', value)) {
        c->point = ',';
        return true;
    }
    return false;
}

static Status fail_field(Csv *c, int32_t column, const char *why, Diag *d)
{
    const Field *f = &c->field[column];
    size_t shown = f->bytes < SHOWN_BYTES ? f->bytes : SHOWN_BYTES;
    char *text = text_clean(c->arena, f->text, shown);
    char *name =
        c->name == NULL
            ? NULL
            : text_clean(c->arena, c->name[column].text,
                         c->name[column].bytes < SHOWN_BYTES ? c->name[column].bytes : SHOWN_BYTES);
    return fail(d, ERR_INPUT, "'%s' line %jd, column %d%s%s%s %s%s%s%s", c->path, (intmax_t)c->line,
                column + 1, name == NULL ? "" : " ('", name == NULL ? "" : name,
                name == NULL ? "" : "')", f->bytes == 0 ? "" : "holds '", f->bytes == 0 ? "" : text,
                f->bytes == 0 ? "" : "', which ", why);
}

Status csv_number(Csv *c, int32_t column, bool finite, double *value, Diag *d)
{
    const Field *f = &c->field[column];
    if (f->bytes == 0) {
        return fail_field(c, column, "is empty; give a number or leave the line out", d);
    }
    if (!field_number(c, f, value)) {
        return fail_field(c, column, "is not a number", d);
    }
    if (finite && !(fabs(*value) <= (double)FLT_MAX)) {
        return fail_field(c, column, "cannot be learned from; leave the line out", d);
    }
    return OK;
}

/* --- the first lines --- */

/* How often SEPARATOR divides the line at *AT outside quotes; moves *AT behind the line. */
static int64_t count_separators(const char **at, const char *end, char separator)
{
    int64_t count = 0;
    bool quoted = false;
    const char *p = *at;
    for (; p < end && (quoted || *p != '\n'); p++) {
        quoted ^= *p == '"';
        count += !quoted && *p == separator;
    }
    *at = p < end ? p + 1 : p;
    return count;
}

/* Tab, ';', ',' in this order: the first that divides all looked-at lines alike, else the one that
 * divides the first line most. */
static char find_separator(const char *start, const char *end)
{
    static const char candidates[] = {'\t', ';', ','};
    char best = ',';
    int64_t best_count = 0;
    for (size_t i = 0; i < COUNT(candidates); i++) {
        const char *p = start;
        int64_t first = 0;
        bool alike = true;
        for (int32_t line = 0; line < LOOK_LINES && p < end; line++) {
            const char *before = p;
            int64_t n = count_separators(&p, end, candidates[i]);
            first = line == 0 ? n : first;
            alike = alike && (n == first || p - before <= 2); /* blank lines say nothing */
        }
        if (first > 0 && alike) {
            return candidates[i];
        }
        if (first > best_count) {
            best = candidates[i];
            best_count = first;
        }
    }
    return best;
}

static Status check_text(Span file, const char *path, Diag *d)
{
    size_t look = file.bytes < LOOK_BYTES ? file.bytes : LOOK_BYTES;
    if (look == 0) {
        return fail(d, ERR_INPUT, "'%s' is empty", path);
    }
    if (look >= 2 && ((file.data[0] == 0xff && file.data[1] == 0xfe) ||
                      (file.data[0] == 0xfe && file.data[1] == 0xff))) {
        return fail(d, ERR_INPUT, "'%s' is UTF-16 text; save it as UTF-8", path);
    }
    if (memchr(file.data, '\0', look) != NULL) {
        return fail(d, ERR_INPUT,
                    "'%s' is neither text nor a file that is known: CSV, NPY, NPZ, IDX, WAV, PNG, "
                    "JPEG",
                    path);
    }
    return OK;
}

/* Names, unless a field of the first line is a number where the names would have to be numbers 0, 1, 2
 * ... (as some tools write them); and somewhere a number must stand below a word. */
static bool looks_like_names(Csv *c, const Field *first, const Field *second)
{
    int64_t last = -1;
    bool number_below_word = false;
    for (int32_t i = 0; i < c->column_count; i++) {
        double value = 0.0;
        double below = 0.0;
        if (parse_field(&first[i], '.', &value) || parse_field(&first[i], ',', &value)) {
            bool counts = has_char(&first[i], '.') || has_char(&first[i], ',');
            if (counts || !(value >= 0.0 && value < 1e9) ||
                (last >= 0 && (int64_t)value != last + 1) || (double)(int64_t)value != value) {
                return false;
            }
            last = (int64_t)value;
        } else if (first[i].bytes > 0 && second != NULL) {
            number_below_word |=
                parse_field(&second[i], '.', &below) || parse_field(&second[i], ',', &below);
        }
    }
    return second != NULL ? number_below_word : last < 0;
}

static Status find_header(Csv *c, Header header, Diag *d)
{
    Csv look = *c;
    bool more = false;
    TRY(csv_next(&look, &more, d));
    Field *first = arena_memdup(c->arena, c->field, (size_t)c->column_count * sizeof *first);
    bool is_header = header == HEADER_YES;
    if (header == HEADER_FIND_OUT) {
        Csv after = look;
        Diag quiet = {0};
        bool second = csv_next(&after, &more, &quiet) == OK && more;
        is_header = looks_like_names(c, first, second ? c->field : NULL);
        diag_clear(&quiet);
    }
    if (is_header) {
        c->at = look.at;
        c->line = look.line;
        c->next_line = look.next_line;
        c->name = first;
    }
    return OK;
}

Status csv_open(Arena *a, Span file, const char *path, Header header, Csv *out, Diag *d)
{
    TRY(check_text(file, path, d));
    const char *text = (const char *)file.data;
    *out = (Csv){.path = path, .at = text, .end = text + file.bytes, .next_line = 1, .arena = a};
    if (file.bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        out->at += 3; /* byte order mark */
    }
    while (find_line(out) && *out->at == '#') { /* comments above the data */
        const char *stop = memchr(out->at, '\n', (size_t)(out->end - out->at));
        out->at = stop == NULL ? out->end : stop + 1;
        out->next_line++;
    }
    if (!find_line(out)) {
        return fail(d, ERR_INPUT, "'%s' holds no line of data", path);
    }
    out->separator = find_separator(out->at, out->end);
    out->point = out->separator == ',' ? '.' : '\0';
    Csv first = *out;
    int64_t count = 0;
    TRY(divide(&first, NULL, 0, &count, d));
    if (count > INT32_MAX / 2) {
        return fail(d, ERR_INPUT, "'%s' line %jd has %jd fields", path, (intmax_t)first.line,
                    (intmax_t)count);
    }
    out->column_count = (int32_t)count;
    out->field = NEW(a, Field, count);
    return find_header(out, header, d);
}
