/* A CSV file's columns: numbers to learn from, a class, numbers to predict.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <ctype.h>
#include <strings.h>

enum { LISTED_COLUMNS = 12, NAME_BYTES = 60 };

typedef enum Role { ROLE_X, ROLE_Y, ROLE_LABEL, ROLE_SKIP } Role;

typedef struct Columns {
    Role *role; /* [count] */
    int32_t count;
    int32_t x_count, y_count;
    int32_t label; /* column or -1 */
    bool label_was_guessed;
} Columns;

/* --- which column is what --- */

static bool field_is(const Field *f, const char *text, size_t bytes, bool exact)
{
    return f->bytes == bytes &&
           (exact ? memcmp(f->text, text, bytes) == 0 : strncasecmp(f->text, text, bytes) == 0);
}

static const char *list_columns(const Csv *c)
{
    Out text = {0};
    for (int32_t i = 0; c->name != NULL && i < c->column_count && i < LISTED_COLUMNS; i++) {
        size_t bytes = c->name[i].bytes < NAME_BYTES ? c->name[i].bytes : NAME_BYTES;
        out_printf(&text, "%s%s", i == 0 ? ": " : ", ",
                   text_clean(c->arena, c->name[i].text, bytes));
    }
    out_text(&text, c->name != NULL && c->column_count > LISTED_COLUMNS ? ", ..." : "");
    const char *list = arena_strdup(c->arena, text.text);
    out_free(&text);
    return list;
}

/* A column by its name, else by its number. */
static Status find_column(const Csv *c, const char *text, size_t bytes, int32_t *column, Diag *d)
{
    for (int32_t pass = 0; c->name != NULL && pass < 2; pass++) {
        for (int32_t i = 0; i < c->column_count; i++) {
            if (field_is(&c->name[i], text, bytes, pass == 0)) {
                *column = i;
                return OK;
            }
        }
    }
    const char *p = text;
    double value = 0.0;
    int32_t n = c->column_count;
    if (number_parse(&p, text + bytes, '.', &value) && p == text + bytes && value >= -n &&
        value <= n && value != 0.0 && (double)(int32_t)value == value) {
        *column = value < 0.0 ? n + (int32_t)value : (int32_t)value - 1;
        return OK;
    }
    return fail(d, ERR_INPUT, "'%s' has no column '%.*s'; it has %d columns%s", c->path,
                (int)(bytes < NAME_BYTES ? bytes : NAME_BYTES), text, n, list_columns(c));
}

static Status give_role(const Csv *c, const char *list, Role role, Columns *k, Diag *d)
{
    const char *p = list;
    while (p != NULL && *p != '\0') {
        size_t bytes = strcspn(p, ",");
        const char *next = p + bytes + (p[bytes] == ',');
        while (bytes > 0 && *p == ' ') {
            p++;
            bytes--;
        }
        int32_t column = 0;
        TRY(find_column(c, p, bytes, &column, d));
        if (k->role[column] != ROLE_X) {
            return fail(d, ERR_INPUT, "'%s': column %d is asked for twice", c->path, column + 1);
        }
        k->role[column] = role;
        p = next;
    }
    return OK;
}

static bool is_number(const Csv *c, int32_t column)
{
    const Field *f = &c->field[column];
    double value = 0.0;
    for (int32_t i = 0; i < 2; i++) {
        const char *p = f->text;
        char point = i == 0 ? '.' : ',';
        if ((point == '.' || c->separator != ',') &&
            number_parse(&p, f->text + f->bytes, point, &value) && p == f->text + f->bytes) {
            return true;
        }
    }
    return false;
}

/* "2020-03-09 10:14:33", "10:14": begins with a digit, holds only digits and what dates are written with. */
static bool is_time(const Field *f)
{
    bool marks = false;
    for (size_t i = 0; i < f->bytes; i++) {
        char ch = f->text[i];
        marks |= i > 0 && (ch == '-' || ch == ':' || ch == '/');
        if (!isdigit((unsigned char)ch) && strchr("-:/.TZ+ ", ch) == NULL) {
            return false;
        }
    }
    return marks && isdigit((unsigned char)f->text[0]);
}

/* Without a word from the caller: a column called label or class, or the only one with text. Columns of
 * dates are passed over. */
static void guess_columns(const Reader *r, const Csv *c, Columns *k)
{
    const DataOptions *o = r->o;
    bool may_guess = o->label_column == NULL && o->target_columns == NULL;
    int32_t text_column = -1;
    int32_t text_count = 0;
    for (int32_t i = 0; i < c->column_count; i++) {
        if (k->role[i] != ROLE_X) {
            continue;
        }
        if (c->name != NULL && may_guess && k->label < 0 &&
            (field_is(&c->name[i], "label", 5, false) ||
             field_is(&c->name[i], "class", 5, false))) {
            k->label = i;
            continue;
        }
        if (c->field[i].bytes == 0 || is_number(c, i)) {
            continue;
        }
        if (is_time(&c->field[i])) {
            k->role[i] = ROLE_SKIP;
            warn(r->quiet ? NULL : r->d, "'%s': column %d holds times and is passed over", c->path,
                 i + 1);
            continue;
        }
        text_column = i;
        text_count++;
    }
    if (may_guess && k->label < 0 && text_count == 1) {
        k->label = text_column;
        k->label_was_guessed = true;
    }
    if (k->label >= 0) {
        k->role[k->label] = ROLE_LABEL;
    }
}

static Status assign_roles(Reader *r, Csv *c, Columns *k)
{
    const DataOptions *o = r->o;
    *k = (Columns){
        .role = NEW(&r->file, Role, c->column_count), .count = c->column_count, .label = -1};
    Csv look = *c;
    bool more = false;
    TRY(csv_next(&look, &more, r->d));
    if (!more) {
        return fail(r->d, ERR_INPUT, "'%s' holds names but no line of data", c->path);
    }
    TRY(give_role(c, o->skip_columns, ROLE_SKIP, k, r->d));
    if (o->label_column != NULL && strcmp(o->label_column, "none") != 0) {
        TRY(find_column(c, o->label_column, strlen(o->label_column), &k->label, r->d));
        if (k->role[k->label] != ROLE_X) {
            return fail(r->d, ERR_INPUT, "'%s': column %d is asked for twice", c->path,
                        k->label + 1);
        }
        k->role[k->label] = ROLE_LABEL;
    }
    if (o->target_columns != NULL && strcmp(o->target_columns, "x") != 0) {
        TRY(give_role(c, o->target_columns, ROLE_Y, k, r->d));
    }
    guess_columns(r, c, k);
    for (int32_t i = 0; i < k->count; i++) {
        k->x_count += k->role[i] == ROLE_X;
        k->y_count += k->role[i] == ROLE_Y;
    }
    if (k->x_count == 0) {
        return fail(r->d, ERR_INPUT, "'%s': no column is left to learn from", c->path);
    }
    return OK;
}

/* --- rows --- */

static Status read_row(Reader *r, Csv *c, const Columns *k, Table *t)
{
    float *x = t->x + t->rows * k->x_count;
    float *y = t->y == NULL ? NULL : t->y + t->rows * k->y_count;
    for (int32_t i = 0; i < k->count; i++) {
        double value = 0.0;
        switch (k->role[i]) {
        case ROLE_X:
            TRY(csv_number(c, i, true, &value, r->d));
            *x++ = (float)value;
            break;
        case ROLE_Y:
            TRY(csv_number(c, i, true, &value, r->d));
            *y++ = (float)value;
            break;
        case ROLE_LABEL:
            TRY(reader_label(r, c->field[i].text, c->field[i].bytes, &t->label[t->rows],
                             "'%s' line %jd, column %d", c->path, (intmax_t)c->line, i + 1));
            break;
        case ROLE_SKIP: break;
        }
    }
    t->rows++;
    return OK;
}

static const char **names_of(Reader *r, const Csv *c, const Columns *k, Role role, int32_t count)
{
    if (c->name == NULL || count == 0) {
        return NULL;
    }
    const char **names = NEW(&r->data->arena, const char *, count);
    int32_t n = 0;
    for (int32_t i = 0; i < k->count; i++) {
        if (k->role[i] == role) {
            names[n++] = text_clean(&r->data->arena, c->name[i].text, c->name[i].bytes);
        }
    }
    return names;
}

/* A time stamp or a running number would become as many classes as there are lines. */
static Status check_classes(const Reader *r, const Csv *c, const Columns *k, const Table *t)
{
    if (!k->label_was_guessed || t->rows < 20 || r->classes.count <= t->rows / 2) {
        return OK;
    }
    return fail(
        r->d, ERR_INPUT,
        "'%s': column %d holds %d different texts in %jd lines: no class; pass over it or say "
        "which column is the class",
        c->path, k->label + 1, r->classes.count, (intmax_t)t->rows);
}

Status csv_table(Reader *r, Span file, const char *path, bool keep, Table *t)
{
    Csv c;
    Columns k;
    TRY(csv_open(&r->file, file, path, r->o->header, &c, r->d));
    TRY(assign_roles(r, &c, &k));
    int64_t bound = csv_line_bound(&c);
    *t = (Table){.format = "csv", .x_gain = 1.0, .y_count = k.y_count};
    t->row = shape_of(1, &k.x_count);
    TRY(reader_floats(r, bound, k.x_count, keep, &t->x));
    if (k.y_count > 0) {
        TRY(reader_floats(r, bound, k.y_count, keep, &t->y));
    }
    if (k.label >= 0) {
        t->label = NEW(keep ? &r->data->arena : &r->file, int32_t, bound);
    }
    bool more = true;
    for (;;) {
        TRY(csv_next(&c, &more, r->d));
        if (!more) {
            break;
        }
        TRY(read_row(r, &c, &k, t));
    }
    if (c.point == ',' && !r->quiet) {
        warn(r->d, "'%s': commas in numbers are taken as decimal marks", path);
    }
    t->x_name = names_of(r, &c, &k, ROLE_X, k.x_count);
    t->y_name = names_of(r, &c, &k, ROLE_Y, k.y_count);
    return check_classes(r, &c, &k, t);
}
