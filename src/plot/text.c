/* Charts in a terminal: braille dots, or letters where those cannot be shown.
 * SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"

#include <math.h>

enum { MIN_COLUMNS = 24, MIN_ROWS = 4, MAX_SIDE = 500 };

typedef struct Canvas {
    int32_t columns, rows; /* characters inside the axes */
    bool unicode, color;
    uint8_t *dots;  /* [rows][columns] braille bits */
    int8_t *series; /* [rows][columns] the last series there, -1: none */
} Canvas;

static const char marks[] = "*+ox#@%&";

/* FX, FY: 0..1 from the lower left. */
static void set_dot(Canvas *c, double fx, double fy, int32_t series)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (!(fx >= 0 && fx <= 1 && fy >= 0 && fy <= 1)) {
        return;
    }
    int32_t x = (int32_t)lround(fx * (c->columns * 2 - 1));
    int32_t y = (int32_t)lround((1 - fy) * (c->rows * 4 - 1));
    int32_t cell = y / 4 * c->columns + x / 2;
    c->dots[cell] = (uint8_t)(c->dots[cell] | bit[y % 4][x % 2]);
    c->series[cell] = (int8_t)(series % 8);
}

static void draw_series(Canvas *c, const PlotSeries *s, int32_t index, const Axis *x_axis,
                        const Axis *y_axis)
{
    bool down = false;
    double last_x = 0;
    double last_y = 0;
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        if (!series_point(s, i, &x, &y)) {
            down = false;
            continue;
        }
        x = fmin(fmax(axis_place(x_axis, x), -9), 9);
        y = fmin(fmax(axis_place(y_axis, y), -9), 9);
        set_dot(c, x, y, index);
        bool joined = down && s->form != PLOT_POINTS && s->form != PLOT_BARS;
        double from_y = s->form == PLOT_STEPS ? y : last_y;
        double span =
            joined ? fmax(fabs(x - last_x) * c->columns * 2, fabs(y - last_y) * c->rows * 4) : 0;
        for (int32_t k = 1; k < (int32_t)span; k++) {
            double part = k / span;
            set_dot(c, last_x + (x - last_x) * part,
                    s->form == PLOT_STEPS ? last_y : from_y + (y - from_y) * part, index);
        }
        for (int32_t k = 1; s->form == PLOT_STEPS && k < (int32_t)span; k++) {
            set_dot(c, x, last_y + (y - last_y) * (k / span), index);
        }
        down = true;
        last_x = x;
        last_y = y;
    }
}

static void put_color(const Canvas *c, Out *out, int32_t series)
{
    static const int32_t code[] = {34, 33, 32, 35, 36, 31, 94, 92};
    if (c->color) {
        out_printf(out, "\033[%dm", code[series]);
    }
}

static void put_cell(const Canvas *c, Out *out, int32_t cell)
{
    if (c->series[cell] < 0) {
        out_text(out, " ");
        return;
    }
    put_color(c, out, c->series[cell]);
    if (c->unicode) { /* U+2800 and the dots, as UTF-8 */
        uint8_t dots = c->dots[cell];
        uint8_t utf8[] = {0xe2, (uint8_t)(0xa0 | dots >> 6), (uint8_t)(0x80 | (dots & 0x3f))};
        out_bytes(out, utf8, sizeof utf8);
    } else {
        out_bytes(out, &marks[c->series[cell]], 1);
    }
    if (c->color) {
        out_text(out, "\033[0m");
    }
}

static void put_legend(const Canvas *c, const Plot *p, Out *out, int32_t indent)
{
    bool any = false;
    for (int32_t i = 0; i < p->series_count; i++) {
        if (p->series[i].name == NULL) {
            continue;
        }
        out_printf(out, "%*s", any ? 3 : indent, "");
        put_color(c, out, i % 8);
        if (c->unicode) {
            out_text(out, "\xe2\x96\xa0");
        } else {
            out_bytes(out, &marks[i % 8], 1);
        }
        out_printf(out, "%s %s", c->color ? "\033[0m" : "", p->series[i].name);
        any = true;
    }
    out_text(out, any ? "\n" : "");
}

/* The tick whose row this is, or "". */
static const char *row_tick(const Canvas *c, const Axis *y, int32_t row)
{
    for (int32_t i = 0; i < y->tick_count; i++) {
        double place = (1 - axis_place(y, y->tick[i])) * (c->rows * 4 - 1);
        if ((int32_t)lround(place) / 4 == row) {
            return y->text[i];
        }
    }
    return "";
}

static void put_x_axis(const Canvas *c, const Plot *p, const Axis *x, Out *out, int32_t indent)
{
    int32_t at = 0;
    out_printf(out, "%*s", indent, "");
    for (int32_t i = 0; i < x->tick_count && p->x.category == NULL; i++) {
        int32_t length = (int32_t)strlen(x->text[i]);
        int32_t start = (int32_t)lround(axis_place(x, x->tick[i]) * (c->columns - 1)) - length / 2;
        start = start < 0 ? 0 : start > c->columns - length ? c->columns - length : start;
        if (start < at) {
            continue;
        }
        out_printf(out, "%*s%s", start - at, "", x->text[i]);
        at = start + length + 1;
        out_text(out, i + 1 < x->tick_count ? " " : "");
    }
    if (p->x.label != NULL) {
        out_printf(out, "\n%*s%s", indent + (c->columns - (int32_t)strlen(p->x.label)) / 2, "",
                   p->x.label);
    }
    out_text(out, "\n");
}

Status plot_text(const Plot *p, const PlotText *how, Out *out, Diag *d)
{
    TRY(plot_check(p, d));
    int32_t columns = how->columns != 0 ? how->columns : 72;
    int32_t rows = how->rows != 0 ? how->rows : 16;
    if (columns < MIN_COLUMNS || rows < MIN_ROWS || columns > MAX_SIDE || rows > MAX_SIDE) {
        return fail(d, ERR_INPUT,
                    "a chart of %d columns and %d rows; give at least %d and %d, at most %d",
                    columns, rows, MIN_COLUMNS, MIN_ROWS, MAX_SIDE);
    }
    Arena scratch = {0};
    Axis *axis = NEW(&scratch, Axis, 2);
    axis_range(p, false, &axis[0]);
    axis_range(p, true, &axis[1]);
    axis_ticks(&axis[1], rows / 3, p->y.min == 0 && p->y.max == 0);
    int32_t indent = 0;
    for (int32_t i = 0; i < axis[1].tick_count; i++) {
        int32_t length = (int32_t)strlen(axis[1].text[i]);
        indent = indent > length ? indent : length;
    }
    /* Series of one form can be told apart by letters or by colour only. */
    Canvas c = {.columns = columns - indent - 2, .rows = rows, .color = how->color};
    c.unicode = how->unicode && (how->color || p->series_count == 1);
    axis_ticks(&axis[0], c.columns / 12, false);
    c.dots = NEW(&scratch, uint8_t, c.columns * rows);
    c.series = NEW(&scratch, int8_t, c.columns * rows);
    memset(c.series, -1, (size_t)(c.columns * rows));
    for (int32_t i = 0; i < p->series_count; i++) {
        draw_series(&c, &p->series[i], i, &axis[0], &axis[1]);
    }
    out_printf(out, "%*s%s\n", indent + 2, "", p->title);
    put_legend(&c, p, out, indent + 2);
    for (int32_t r = 0; r < rows; r++) {
        out_printf(out, "%*s %s", indent, row_tick(&c, &axis[1], r),
                   how->unicode ? "\xe2\x94\x82" : "|");
        for (int32_t k = 0; k < c.columns; k++) {
            put_cell(&c, out, r * c.columns + k);
        }
        out_text(out, "\n");
    }
    put_x_axis(&c, p, &axis[0], out, indent + 2);
    arena_free(&scratch);
    return OK;
}
