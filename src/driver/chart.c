/* Columns of CSV files to charts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/chart.h"

#include <math.h>

enum { CHART_BYTES = 1 << 28, CHARTS = 16, NAME_BYTES = 80 };

typedef struct Sheet {
    const char *path;
    int32_t column_count;
    const char **name; /* [column_count] */
    int64_t rows;
    double **column;       /* [column_count][rows] NaN: a gap */
    int32_t x;             /* its x column */
    const char **category; /* [rows] where the x column holds text, or NULL */
} Sheet;

typedef struct Maker {
    const ChartOptions *o;
    Arena *arena;
    Diag *diag;
    Sheet *sheet;
    Plot *plot; /* [CHARTS] */
    int32_t plot_count;
    PlotSeries *series; /* of the chart being made */
} Maker;

/* --- reading --- */

static const char *field_text(Arena *a, const Field *f)
{
    return text_clean(a, f->text, f->bytes < NAME_BYTES ? f->bytes : NAME_BYTES);
}

static bool is_number(const Csv *c, const Field *f)
{
    double v = 0;
    const char *p = f->text;
    char point = c->point == '\0' && c->separator != ',' && memchr(f->text, ',', f->bytes) != NULL
                     ? ','
                     : '.';
    return f->bytes == 0 ||
           (number_parse(&p, f->text + f->bytes, point, &v) && p == f->text + f->bytes);
}

static Status read_rows(Maker *m, Csv *c, Sheet *s)
{
    int64_t bound = csv_line_bound(c);
    for (int32_t i = 0; i < s->column_count; i++) {
        s->column[i] = NEW(m->arena, double, bound);
    }
    for (;;) {
        bool more = false;
        TRY(csv_next(c, &more, m->diag));
        if (!more) {
            return OK;
        }
        if (s->rows == 0 && !is_number(c, &c->field[s->x])) {
            s->category = NEW(m->arena, const char *, bound);
        }
        for (int32_t i = 0; i < s->column_count; i++) {
            double v = (double)NAN;
            if (i == s->x && s->category != NULL) {
                v = (double)s->rows;
                s->category[s->rows] = field_text(m->arena, &c->field[i]);
            } else if (c->field[i].bytes > 0) {
                TRY(csv_number(c, i, false, &v, m->diag));
            }
            s->column[i][s->rows] = v;
        }
        s->rows++;
    }
}

static int32_t find_column(const Sheet *s, const char *name, size_t bytes)
{
    for (int32_t i = 0; i < s->column_count; i++) {
        if (strlen(s->name[i]) == bytes && memcmp(s->name[i], name, bytes) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *column_list(Maker *m, const Sheet *s)
{
    const char *text = "";
    for (int32_t i = 0; i < s->column_count && i < 20; i++) {
        text = arena_printf(m->arena, "%s%s%s", text, i == 0 ? "" : ", ", s->name[i]);
    }
    return text;
}

static Status read_sheet(Maker *m, const char *path, Sheet *s)
{
    Span file;
    Csv c;
    *s = (Sheet){.path = path};
    TRY(file_read(m->arena, path, CHART_BYTES, &file, m->diag));
    TRY(csv_open(m->arena, file, path, HEADER_FIND_OUT, &c, m->diag));
    s->column_count = c.column_count;
    s->name = NEW(m->arena, const char *, c.column_count);
    s->column = NEW(m->arena, double *, c.column_count);
    for (int32_t i = 0; i < c.column_count; i++) {
        s->name[i] = c.name != NULL ? field_text(m->arena, &c.name[i])
                                    : arena_printf(m->arena, "column %d", i + 1);
    }
    if (m->o->x != NULL) {
        s->x = find_column(s, m->o->x, strlen(m->o->x));
        if (s->x < 0) {
            return fail(m->diag, ERR_USAGE, "'%s' has no column '%s' for the x axis; it has %s",
                        path, m->o->x, column_list(m, s));
        }
    }
    TRY(read_rows(m, &c, s));
    return s->rows > 0
               ? OK
               : fail(m->diag, ERR_INPUT, "'%s' has names of columns and no line below them", path);
}

/* --- charts --- */

static Status begin_chart(Maker *m)
{
    if (m->plot_count >= CHARTS) {
        return fail(m->diag, ERR_USAGE, "--y: more than %d charts in one picture", CHARTS);
    }
    m->series = NEW(m->arena, PlotSeries, PLOT_SERIES);
    Plot *p = &m->plot[m->plot_count++];
    const Sheet *s = &m->sheet[0];
    const char *title = m->o->title != NULL ? m->o->title : path_base(s->path);
    *p = (Plot){.title = title, .series = m->series};
    p->x = (PlotAxis){.label = m->o->x_label != NULL ? m->o->x_label : s->name[s->x],
                      .log = m->o->log_x};
    p->y = (PlotAxis){.label = m->o->y_label, .log = m->o->log_y};
    if (s->category != NULL) {
        p->x.category = s->category;
        p->x.category_count = (int32_t)(s->rows < 1000 ? s->rows : 1000);
    }
    return OK;
}

static Status add_series(Maker *m, const Sheet *s, int32_t column, const char *name,
                         PlotSeries form)
{
    Plot *p = &m->plot[m->plot_count - 1];
    if (p->series_count >= PLOT_SERIES) {
        return fail(m->diag, ERR_USAGE, "one chart shows at most %d columns; choose with --y",
                    PLOT_SERIES);
    }
    form.name = name;
    form.count = s->rows;
    form.x = s->column[s->x];
    form.y = s->column[column];
    m->series[p->series_count++] = form;
    return OK;
}

/* What the words behind a column's name say: "points:grey". */
static Status read_form(Maker *m, const char *text, size_t bytes, PlotSeries *form)
{
    static const char *const words[] = {"line", "points", "steps", "bars", "dashed", "grey"};
    while (bytes > 0) {
        size_t n = 0;
        while (n < bytes && text[n] != ':') {
            n++;
        }
        size_t i = 0;
        while (i < COUNT(words) && !(strlen(words[i]) == n && memcmp(words[i], text, n) == 0)) {
            i++;
        }
        if (i == COUNT(words)) {
            return fail(
                m->diag, ERR_USAGE,
                "--y: '%.*s' is no way to draw; choose line, dashed, points, steps, bars, grey",
                (int)n, text);
        }
        if (i < 4) {
            form->form = (PlotForm)i;
        }
        form->dashed = form->dashed || i == 4;
        form->muted = form->muted || i == 5;
        bytes -= n + (n < bytes);
        text += n + 1;
    }
    return OK;
}

/* One entry of --y: "loss:dashed". */
static Status add_entry(Maker *m, const char *text, size_t bytes)
{
    size_t n = 0;
    while (n < bytes && text[n] != ':') {
        n++;
    }
    PlotSeries form = {.form = PLOT_LINE};
    TRY(n < bytes ? read_form(m, text + n + 1, bytes - n - 1, &form) : OK);
    int32_t holders = 0;
    for (int32_t i = 0; i < m->o->path_count; i++) {
        holders += find_column(&m->sheet[i], text, n) >= 0;
    }
    if (holders == 0) {
        return fail(m->diag, ERR_USAGE, "--y: '%s' has no column '%.*s'; it has %s",
                    m->sheet[0].path, (int)n, text, column_list(m, &m->sheet[0]));
    }
    for (int32_t i = 0; i < m->o->path_count; i++) {
        const Sheet *s = &m->sheet[i];
        int32_t column = find_column(s, text, n);
        if (column >= 0) {
            const char *name =
                holders == 1 ? s->name[column]
                             : arena_printf(m->arena, "%s %s", path_base(s->path), s->name[column]);
            TRY(add_series(m, s, column, name, form));
        }
    }
    return OK;
}

static Status charts_as_asked(Maker *m)
{
    TRY(begin_chart(m));
    for (const char *p = m->o->y; *p != '\0';) {
        size_t n = strcspn(p, ",/");
        TRY(add_entry(m, p, n));
        p += n;
        if (*p == '/') {
            TRY(begin_chart(m));
        }
        p += *p != '\0';
    }
    return OK;
}

/* The column val_NAME of column NAME, or -1. */
static int32_t validation_of(Maker *m, const Sheet *s, int32_t column)
{
    const char *name = arena_printf(m->arena, "val_%s", s->name[column]);
    return find_column(s, name, strlen(name));
}

static Status charts_by_themselves(Maker *m)
{
    bool paired = false;
    for (int32_t c = 0; c < m->sheet[0].column_count; c++) {
        paired = paired || (c != m->sheet[0].x && validation_of(m, &m->sheet[0], c) >= 0);
    }
    TRY(paired ? OK : begin_chart(m));
    for (int32_t c = 0; paired && c < m->sheet[0].column_count; c++) {
        const Sheet *s = &m->sheet[0];
        int32_t validation = validation_of(m, s, c);
        if (c == s->x || validation < 0) {
            continue;
        }
        TRY(begin_chart(m));
        Plot *p = &m->plot[m->plot_count - 1];
        p->y.label = m->o->y_label != NULL ? m->o->y_label : s->name[c];
        p->title = m->o->title != NULL ? m->o->title : s->name[c];
        p->subtitle = m->o->title != NULL ? NULL : path_base(s->path);
        for (int32_t i = 0; i < m->o->path_count; i++) {
            const Sheet *other = &m->sheet[i];
            int32_t own = find_column(other, s->name[c], strlen(s->name[c]));
            int32_t val = find_column(other, s->name[validation], strlen(s->name[validation]));
            const char *of =
                m->o->path_count > 1 ? arena_printf(m->arena, "%s ", path_base(other->path)) : "";
            PlotSeries form = {.form = PLOT_LINE};
            TRY(own < 0
                    ? OK
                    : add_series(m, other, own, arena_printf(m->arena, "%straining", of), form));
            form.dashed = true;
            TRY(val < 0
                    ? OK
                    : add_series(m, other, val, arena_printf(m->arena, "%svalidation", of), form));
        }
    }
    for (int32_t i = 0; !paired && i < m->o->path_count; i++) {
        const Sheet *s = &m->sheet[i];
        for (int32_t c = 0; c < s->column_count; c++) {
            const char *name = m->o->path_count > 1
                                   ? arena_printf(m->arena, "%s %s", path_base(s->path), s->name[c])
                                   : s->name[c];
            TRY(c == s->x ? OK : add_series(m, s, c, name, (PlotSeries){.form = PLOT_LINE}));
        }
    }
    return OK;
}

/* A chart of one series needs no legend: the axis says what it is. */
static void label_axes(Maker *m)
{
    for (int32_t i = 0; i < m->plot_count; i++) {
        Plot *p = &m->plot[i];
        if (p->y.label == NULL && p->series_count == 1) {
            p->y.label = p->series[0].name;
        }
    }
}

Status chart_csv(const ChartOptions *o, Arena *a, PlotPage *page, Diag *d)
{
    Maker m = {.o = o, .arena = a, .diag = d};
    m.sheet = NEW(a, Sheet, o->path_count + 1);
    m.plot = NEW(a, Plot, CHARTS);
    for (int32_t i = 0; i < o->path_count; i++) {
        TRY(read_sheet(&m, o->path[i], &m.sheet[i]));
        bool text = m.sheet[i].category != NULL;
        if (i > 0 && text != (m.sheet[0].category != NULL)) {
            return fail(d, ERR_INPUT, "'%s' has %s on the x axis, '%s' has %s; draw them apart",
                        o->path[0], text ? "numbers" : "text", o->path[i],
                        text ? "text" : "numbers");
        }
    }
    TRY(o->y != NULL ? charts_as_asked(&m) : charts_by_themselves(&m));
    label_axes(&m);
    int32_t columns = m.plot_count < 2 ? 1 : 2;
    *page = (PlotPage){m.plot, m.plot_count, columns, o->width, o->height};
    if (columns > 1 && o->width == 0) {
        page->width = 520;
        page->height = o->height != 0 ? o->height : 380;
    }
    return OK;
}
