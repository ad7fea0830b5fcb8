/* The picture: a card, charts on it, axes, grid, series, legend; drawn with cairo, whatever the surface.
 * SPDX-License-Identifier: Apache-2.0 */
#include "plot/draw.h"

#include "plot/axis.h"

#include <math.h>

typedef struct Color {
    double red, green, blue;
} Color;

/* Okabe and Ito (2008), without the yellow that white swallows and the black of the text. */
static const Color palette[] = {{0.000, 0.447, 0.698}, {0.835, 0.369, 0.000},
                                {0.000, 0.620, 0.451}, {0.800, 0.475, 0.655},
                                {0.902, 0.624, 0.000}, {0.337, 0.706, 0.914}};
static const Color card = {0.988, 0.988, 0.984};
static const Color edge = {0.80, 0.81, 0.83};
static const Color grid = {0.88, 0.89, 0.90};
static const Color ink = {0.12, 0.13, 0.15};
static const Color soft = {0.36, 0.38, 0.41};
static const Color mute = {0.42, 0.44, 0.47};
static const Color shade = {1.00, 0.93, 0.78};

enum { TITLE_SIZE = 16, TEXT_SIZE = 12, MARGIN = 18, MARKERS = 4, MAX_BOXES = 2048 };

typedef struct Box {
    double x, y, width, height;
} Box;

typedef struct Pen {
    cairo_t *cr;
    Arena *arena;
    const Plot *plot;
    Box panel; /* the chart's part of the card */
    Box area;  /* the part inside the axes */
    Axis x, y;
    Box taken[MAX_BOXES]; /* where no label may lie: markers, steps, labels placed so far */
    int32_t taken_count;
} Pen;

/* --- text ---------------------------------------------------------------------------------------- */

static void set_color(cairo_t *cr, Color c, double alpha)
{
    cairo_set_source_rgba(cr, c.red, c.green, c.blue, alpha);
}

static void set_font(cairo_t *cr, double size, bool bold)
{
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

static double text_width(cairo_t *cr, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(cr, text, &e);
    return e.x_advance;
}

/* ALIGN: 0 begins at X, 0.5 is centred on it, 1 ends there; Y is the baseline. */
static void draw_text(cairo_t *cr, const char *text, double x, double y, double align)
{
    cairo_move_to(cr, x - align * text_width(cr, text), y);
    cairo_show_text(cr, text);
}

/* TEXT, or as much of it as WIDTH has room for, and dots. */
static const char *fit_text(Pen *p, const char *text, double width)
{
    char *clean = text_clean(p->arena, text, strlen(text));
    size_t n = strlen(clean);
    if (text_width(p->cr, clean) <= width) {
        return clean;
    }
    const char *shown = clean;
    while (n > 1) {
        n--;
        while (n > 1 && ((unsigned char)clean[n] & 0xc0) == 0x80) { /* not inside a character */
            n--;
        }
        shown = arena_printf(p->arena, "%.*s...", (int)n, clean);
        if (text_width(p->cr, shown) <= width) {
            break;
        }
    }
    return shown;
}

static const char *axis_title(Pen *p, const PlotAxis *a)
{
    const char *label = a->label != NULL ? a->label : "";
    const char *note = a->log ? ", log scale" : "";
    if (a->unit != NULL && a->unit[0] != '\0') {
        return arena_printf(p->arena, "%s [%s]%s", label, a->unit, note);
    }
    return label[0] != '\0' ? arena_printf(p->arena, "%s%s", label, note) : "";
}

/* --- series ---------------------------------------------------------------------------------------- */

/* Which colour and marker: muted series do not count. */
static int32_t series_rank(const Plot *plot, int32_t index)
{
    int32_t rank = 0;
    for (int32_t i = 0; i < index; i++) {
        rank += !plot->series[i].muted;
    }
    return rank;
}

static Color series_color(const Plot *plot, int32_t index)
{
    return plot->series[index].muted ? mute
                                     : palette[(size_t)series_rank(plot, index) % COUNT(palette)];
}

static void trace_marker(cairo_t *cr, int32_t shape, double x, double y, double r)
{
    cairo_new_sub_path(cr);
    switch (shape % MARKERS) {
    case 0: cairo_arc(cr, x, y, r, 0, 2 * 3.14159265358979); break;
    case 1: cairo_rectangle(cr, x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76); break;
    case 2:
        cairo_move_to(cr, x, y - r * 1.2);
        cairo_line_to(cr, x + r * 1.1, y + r * 0.8);
        cairo_line_to(cr, x - r * 1.1, y + r * 0.8);
        break;
    default:
        cairo_move_to(cr, x, y - r * 1.25);
        cairo_line_to(cr, x + r * 1.25, y);
        cairo_line_to(cr, x, y + r * 1.25);
        cairo_line_to(cr, x - r * 1.25, y);
        break;
    }
    cairo_close_path(cr);
}

/* Many points are drawn small and half transparent, as dots whatever the series. */
static bool is_cloud(const PlotSeries *s)
{
    return s->count > 150;
}

static void style_line(Pen *p, int32_t index)
{
    static const double dash[] = {7, 4};
    const PlotSeries *s = &p->plot->series[index];
    set_color(p->cr, series_color(p->plot, index), 1);
    cairo_set_line_width(p->cr, s->muted ? 1.6 : 2);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(p->cr, dash, s->dashed ? 2 : 0, 0);
}

static void place(const Pen *p, double x, double y, double *px, double *py)
{
    /* Far outside is outside: cairo's fixed-point coordinates have their limits. */
    double fx = fmin(fmax(axis_place(&p->x, x), -4), 5);
    double fy = fmin(fmax(axis_place(&p->y, y), -4), 5);
    *px = p->area.x + fx * p->area.width;
    *py = p->area.y + p->area.height - fy * p->area.height;
}

static void draw_line(Pen *p, int32_t index)
{
    const PlotSeries *s = &p->plot->series[index];
    bool down = false;
    double last_x = 0;
    double last_y = 0;
    style_line(p, index);
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        if (!series_point(s, i, &x, &y)) {
            down = false;
            continue;
        }
        place(p, x, y, &x, &y);
        if (!down) {
            cairo_move_to(p->cr, x, y);
        } else if (fabs(x - last_x) + fabs(y - last_y) < 0.25 && i + 1 < s->count) {
            continue; /* the eye cannot tell it from the point before */
        } else if (s->form == PLOT_STEPS) {
            cairo_line_to(p->cr, x, last_y);
        }
        cairo_line_to(p->cr, x, y);
        down = true;
        last_x = x;
        last_y = y;
    }
    cairo_stroke(p->cr);
    cairo_set_dash(p->cr, NULL, 0, 0);
}

static void draw_points(Pen *p, int32_t index)
{
    const PlotSeries *s = &p->plot->series[index];
    bool cloud = is_cloud(s);
    int32_t shape = cloud ? 0 : series_rank(p->plot, index);
    set_color(p->cr, series_color(p->plot, index), cloud ? 0.6 : 1);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(p->cr, 4);
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        if (!series_point(s, i, &x, &y)) {
            continue;
        }
        place(p, x, y, &x, &y);
        if (cloud) { /* a line of no length with round ends: short in the file */
            cairo_move_to(p->cr, x, y);
            cairo_line_to(p->cr, x, y);
        } else {
            trace_marker(p->cr, shape, x, y, 4.5);
        }
    }
    if (cloud) {
        cairo_stroke(p->cr);
    } else {
        cairo_fill_preserve(p->cr);
        set_color(p->cr, card, 1);
        cairo_set_line_width(p->cr, 1);
        cairo_stroke(p->cr);
    }
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_BUTT);
}

static int32_t bars_before(const Plot *plot, int32_t index)
{
    int32_t n = 0;
    for (int32_t i = 0; i < index; i++) {
        n += plot->series[i].form == PLOT_BARS;
    }
    return n;
}

/* The left edge and the width of a bar, in points. */
static void bar_place(const Pen *p, int32_t index, double x, double *left, double *width)
{
    double unit = p->area.width / (p->x.max - p->x.min);
    int32_t all = bars_before(p->plot, p->plot->series_count);
    *width = fmin(unit * 0.72 / all, 72);
    *left = p->area.x + (x - p->x.min) * unit + (bars_before(p->plot, index) - all / 2.0) * *width;
}

static void draw_bars(Pen *p, int32_t index)
{
    const PlotSeries *s = &p->plot->series[index];
    double zero_x = 0;
    double zero_y = 0;
    place(p, p->x.log ? p->x.min : 0, 0, &zero_x, &zero_y);
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        double left = 0;
        double width = 0;
        double top = 0;
        if (!series_point(s, i, &x, &y)) {
            continue;
        }
        bar_place(p, index, x, &left, &width);
        place(p, x, y, &x, &top);
        cairo_rectangle(p->cr, left + 0.5, fmin(top, zero_y), width - 1, fabs(zero_y - top));
    }
    set_color(p->cr, series_color(p->plot, index), 1);
    cairo_fill(p->cr);
}

/* --- labels beside points ---------------------------------------------------------------------------- */

static bool overlap(Box a, Box b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

static bool is_free(const Pen *p, Box box)
{
    Box a = p->area;
    if (box.x < a.x || box.x + box.width > a.x + a.width || box.y < a.y - 4 ||
        box.y + box.height > a.y + a.height) {
        return false;
    }
    for (int32_t i = 0; i < p->taken_count; i++) {
        if (overlap(box, p->taken[i])) {
            return false;
        }
    }
    return true;
}

static void take(Pen *p, Box box)
{
    if (p->taken_count < MAX_BOXES) {
        p->taken[p->taken_count++] = box;
    }
}

/* Around the point, nearest places first; where none is free the label is left out. */
static void draw_label(Pen *p, const char *text, double x, double y)
{
    double w = text_width(p->cr, text);
    double h = TEXT_SIZE + 2;
    /* Above and below before left and right, where a line through the point usually runs. */
    Box tries[] = {{x - w / 2, y - h - 6, w, h},  {x + 6, y - h - 5, w, h},
                   {x - w - 6, y - h - 5, w, h},  {x - w / 2, y + 7, w, h},
                   {x + 6, y + 6, w, h},          {x - w - 6, y + 6, w, h},
                   {x + 8, y - h / 2, w, h},      {x - w - 8, y - h / 2, w, h},
                   {x + 14, y - 2 * h - 4, w, h}, {x + 14, y + h + 4, w, h}};
    for (size_t i = 0; i < COUNT(tries); i++) {
        if (is_free(p, tries[i])) {
            take(p, tries[i]);
            draw_text(p->cr, text, tries[i].x, tries[i].y + h - 3, 0);
            return;
        }
    }
}

/* The level and the upright part of every step. */
static void take_steps(Pen *p, const PlotSeries *s)
{
    double last_x = NAN;
    double last_y = NAN;
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        if (!series_point(s, i, &x, &y)) {
            last_x = NAN;
            continue;
        }
        place(p, x, y, &x, &y);
        if (!isnan(last_x)) {
            take(p, (Box){fmin(last_x, x), last_y - 1, fabs(x - last_x), 2});
            take(p, (Box){x - 1, fmin(last_y, y), 2, fabs(y - last_y)});
        }
        last_x = x;
        last_y = y;
    }
}

static void draw_labels(Pen *p)
{
    const Plot *plot = p->plot;
    set_font(p->cr, TEXT_SIZE - 1, false);
    for (int32_t i = 0; i < plot->series_count; i++) {
        if (plot->series[i].form == PLOT_STEPS) {
            take_steps(p, &plot->series[i]);
        }
    }
    for (int pass = 0; pass < 2; pass++) { /* all markers first: labels keep off them */
        for (int32_t i = 0; i < plot->series_count; i++) {
            const PlotSeries *s = &plot->series[i];
            for (int64_t k = 0; s->label != NULL && k < s->count; k++) {
                double x = 0;
                double y = 0;
                if (s->label[k] == NULL || !series_point(s, k, &x, &y)) {
                    continue;
                }
                double left = 0;
                double width = 0;
                if (s->form == PLOT_BARS) {
                    bar_place(p, i, x, &left, &width);
                }
                place(p, x, y, &x, &y);
                if (pass == 0) {
                    take(p, s->form == PLOT_BARS ? (Box){left, y, width, 4}
                                                 : (Box){x - 5, y - 5, 10, 10});
                    continue;
                }
                set_color(p->cr, s->muted ? soft : ink, 1);
                const char *text = text_clean(p->arena, s->label[k], strlen(s->label[k]));
                if (s->form == PLOT_BARS) {
                    draw_text(p->cr, text, left + width / 2, y - 4, 0.5);
                } else {
                    draw_label(p, text, x, y);
                }
            }
        }
    }
}

/* --- the frame ------------------------------------------------------------------------------------------ */

/* Title, subtitle and legend; returns the y below them. */
static double draw_head(Pen *p)
{
    const Plot *plot = p->plot;
    double left = p->panel.x + MARGIN;
    double width = p->panel.width - 2 * MARGIN;
    double y = p->panel.y + MARGIN + TITLE_SIZE - 3;
    set_font(p->cr, TITLE_SIZE, true);
    set_color(p->cr, ink, 1);
    draw_text(p->cr, fit_text(p, plot->title, width), left, y, 0);
    set_font(p->cr, TEXT_SIZE, false);
    if (plot->subtitle != NULL && plot->subtitle[0] != '\0') {
        y += TEXT_SIZE + 7;
        set_color(p->cr, soft, 1);
        draw_text(p->cr, fit_text(p, plot->subtitle, width), left, y, 0);
    }
    double x = left;
    bool any = false;
    for (int32_t i = 0; i < plot->series_count; i++) {
        const PlotSeries *s = &plot->series[i];
        if (s->name == NULL || s->name[0] == '\0') {
            continue;
        }
        const char *name = fit_text(p, s->name, width - 30);
        double w = 28 + text_width(p->cr, name) + 18;
        if (!any || x + w - 18 > left + width) {
            x = left;
            y += TEXT_SIZE + (any ? 8 : 12);
            any = true;
        }
        double middle = y - TEXT_SIZE * 0.34;
        if (s->form == PLOT_LINE || s->form == PLOT_STEPS) {
            style_line(p, i);
            cairo_move_to(p->cr, x, middle);
            cairo_line_to(p->cr, x + 22, middle);
            cairo_stroke(p->cr);
            cairo_set_dash(p->cr, NULL, 0, 0);
        } else {
            set_color(p->cr, series_color(plot, i), 1);
            int32_t shape = s->form == PLOT_BARS ? 1 : is_cloud(s) ? 0 : series_rank(plot, i);
            trace_marker(p->cr, shape, x + 13, middle,
                         s->form == PLOT_BARS ? 6
                         : is_cloud(s)        ? 3
                                              : 4.5);
            cairo_fill(p->cr);
        }
        set_color(p->cr, ink, 1);
        draw_text(p->cr, name, x + 28, y, 0);
        x += w;
    }
    if (plot->span_count > 0 && plot->span_name != NULL) {
        y += any ? 0 : TEXT_SIZE + 12;
        set_color(p->cr, shade, 1);
        cairo_rectangle(p->cr, x + 4, y - TEXT_SIZE * 0.34 - 6, 18, 12);
        cairo_fill(p->cr);
        set_color(p->cr, ink, 1);
        draw_text(p->cr, fit_text(p, plot->span_name, width / 4), x + 28, y, 0);
    }
    return y;
}

static void draw_spans(Pen *p)
{
    const Plot *plot = p->plot;
    set_color(p->cr, shade, 1);
    for (int32_t i = 0; i < plot->span_count; i++) {
        double begin = 0;
        double end = 0;
        double y = 0;
        if (plot->span[i].end < p->x.min || plot->span[i].begin > p->x.max) {
            continue;
        }
        place(p, plot->span[i].begin, p->y.min, &begin, &y);
        place(p, plot->span[i].end, p->y.min, &end, &y);
        begin = fmax(begin, p->area.x);
        end = fmin(fmax(end, begin + 1.5), p->area.x + p->area.width);
        cairo_rectangle(p->cr, begin, p->area.y, fmax(end - begin, 0), p->area.height);
        cairo_fill(p->cr);
    }
}

/* Fewer ticks until their texts stand apart. */
static void fit_x_ticks(Pen *p)
{
    int32_t wished = (int32_t)(p->area.width / 80);
    for (;; wished--) {
        axis_ticks(&p->x, wished, false);
        double end = -1e9;
        bool fits = true;
        for (int32_t i = 0; i < p->x.tick_count; i++) {
            double w = text_width(p->cr, p->x.text[i]);
            double x = axis_place(&p->x, p->x.tick[i]) * p->area.width;
            fits = fits && x - w / 2 >= end + 8;
            end = x + w / 2;
        }
        if (fits || wished <= 2) {
            return;
        }
    }
}

/* The area inside the axes: what titles and tick texts leave. */
static void lay_out(Pen *p)
{
    double top = draw_head(p) + 12;
    set_font(p->cr, TEXT_SIZE, false);
    const char *title = fit_text(p, axis_title(p, &p->plot->y), p->panel.width - 2 * MARGIN);
    if (title[0] != '\0') {
        top += TEXT_SIZE + 2;
        set_color(p->cr, soft, 1);
        draw_text(p->cr, title, p->panel.x + MARGIN, top, 0);
        top += 9;
    }
    double bottom = p->panel.y + p->panel.height - MARGIN - TEXT_SIZE - 4;
    if (axis_title(p, &p->plot->x)[0] != '\0') {
        bottom -= TEXT_SIZE + 8;
    }
    p->area.y = top + 8;
    p->area.height = fmax(bottom - p->area.y, 10);
    axis_range(p->plot, false, &p->x);
    axis_range(p->plot, true, &p->y);
    bool free_end = p->plot->y.min == 0 && p->plot->y.max == 0;
    axis_ticks(&p->y, (int32_t)(p->area.height / 48), free_end);
    double widest = 0;
    for (int32_t i = 0; i < p->y.tick_count; i++) {
        widest = fmax(widest, text_width(p->cr, p->y.text[i]));
    }
    p->area.x = p->panel.x + MARGIN + widest + 8;
    p->area.width = fmax(p->panel.x + p->panel.width - MARGIN - 8 - p->area.x, 10);
    fit_x_ticks(p);
}

static void draw_y_axis(Pen *p)
{
    Box a = p->area;
    for (int32_t i = 0; i < p->y.tick_count; i++) {
        double y = a.y + a.height * (1 - axis_place(&p->y, p->y.tick[i]));
        set_color(p->cr, grid, 1);
        cairo_set_line_width(p->cr, 1);
        cairo_move_to(p->cr, a.x, y);
        cairo_line_to(p->cr, a.x + a.width, y);
        cairo_stroke(p->cr);
        set_color(p->cr, soft, 1);
        draw_text(p->cr, p->y.text[i], a.x - 8, y + TEXT_SIZE * 0.35, 1);
    }
}

/* A tick's text must stay on the chart, even where the tick is at its edge. */
static void draw_x_text(Pen *p, const char *text, double x)
{
    double half = text_width(p->cr, text) / 2;
    double end = p->panel.x + p->panel.width - 6;
    x = fmin(x, end - half);
    set_color(p->cr, soft, 1);
    draw_text(p->cr, text, x, p->area.y + p->area.height + TEXT_SIZE + 7, 0.5);
}

static void draw_x_axis(Pen *p)
{
    Box a = p->area;
    const PlotAxis *x_axis = &p->plot->x;
    for (int32_t i = 0; x_axis->category == NULL && i < p->x.tick_count; i++) {
        double x = a.x + a.width * axis_place(&p->x, p->x.tick[i]);
        set_color(p->cr, grid, 1);
        cairo_set_line_width(p->cr, 1);
        cairo_move_to(p->cr, x, a.y);
        cairo_line_to(p->cr, x, a.y + a.height + 4);
        cairo_stroke(p->cr);
        draw_x_text(p, p->x.text[i], x);
    }
    for (int32_t i = 0; x_axis->category != NULL && i < x_axis->category_count; i++) {
        double x = a.x + a.width * axis_place(&p->x, i);
        draw_x_text(p, fit_text(p, x_axis->category[i], a.width / x_axis->category_count - 6), x);
    }
    const char *title = axis_title(p, x_axis);
    if (title[0] != '\0') {
        set_color(p->cr, soft, 1);
        draw_text(p->cr, fit_text(p, title, a.width), a.x + a.width / 2,
                  p->panel.y + p->panel.height - MARGIN, 0.5);
    }
}

static void draw_base(Pen *p)
{
    double zero = axis_place(&p->y, p->y.log ? p->y.min : 0);
    double y = p->area.y + p->area.height * (1 - (zero > 0 && zero < 1 ? zero : 0));
    set_color(p->cr, mute, 1);
    cairo_set_line_width(p->cr, 1);
    cairo_move_to(p->cr, p->area.x, y);
    cairo_line_to(p->cr, p->area.x + p->area.width, y);
    cairo_stroke(p->cr);
}

static void draw_chart(Pen *p)
{
    lay_out(p);
    draw_spans(p);
    draw_y_axis(p);
    draw_x_axis(p);
    draw_base(p);
    cairo_save(p->cr);
    cairo_rectangle(p->cr, p->area.x - 6, p->area.y - 6, p->area.width + 12, p->area.height + 12);
    cairo_clip(p->cr);
    for (int32_t i = 0; i < p->plot->series_count; i++) {
        switch (p->plot->series[i].form) {
        case PLOT_LINE:
        case PLOT_STEPS: draw_line(p, i); break;
        case PLOT_POINTS: draw_points(p, i); break;
        case PLOT_BARS: draw_bars(p, i); break;
        }
    }
    cairo_restore(p->cr);
    draw_labels(p);
}

void page_size(const PlotPage *page, int32_t *width, int32_t *height, int32_t *columns)
{
    *columns = page->columns > 0 ? page->columns : 1;
    *columns = *columns > page->plot_count ? page->plot_count : *columns;
    int32_t rows = (page->plot_count + *columns - 1) / *columns;
    *width = (page->width > 0 ? page->width : PLOT_WIDTH) * *columns;
    *height = (page->height > 0 ? page->height : PLOT_HEIGHT) * rows;
}

static void draw_card(cairo_t *cr, double width, double height)
{
    const double r = 8;
    const double right_angle = 3.14159265358979 / 2;
    cairo_new_sub_path(cr);
    cairo_arc(cr, width - r - 0.5, r + 0.5, r, -right_angle, 0);
    cairo_arc(cr, width - r - 0.5, height - r - 0.5, r, 0, right_angle);
    cairo_arc(cr, r + 0.5, height - r - 0.5, r, right_angle, 2 * right_angle);
    cairo_arc(cr, r + 0.5, r + 0.5, r, 2 * right_angle, 3 * right_angle);
    cairo_close_path(cr);
    set_color(cr, card, 1);
    cairo_fill_preserve(cr);
    set_color(cr, edge, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

void page_draw(const PlotPage *page, cairo_t *cr)
{
    Arena scratch = {0};
    int32_t width = 0;
    int32_t height = 0;
    int32_t columns = 0;
    page_size(page, &width, &height, &columns);
    draw_card(cr, width, height);
    double w = (double)width / columns;
    double h = page->height > 0 ? page->height : PLOT_HEIGHT;
    for (int32_t i = 0; i < page->plot_count; i++) {
        Pen *p = NEW(&scratch, Pen, 1);
        *p = (Pen){.cr = cr, .arena = &scratch, .plot = &page->plot[i]};
        p->panel = (Box){i % columns * w, i / columns * h, w, h};
        draw_chart(p);
    }
    arena_free(&scratch);
}
