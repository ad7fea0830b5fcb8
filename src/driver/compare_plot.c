/* compare: the picture of what flash, RAM and instructions buy, each with its frontier.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include <math.h>

enum { CHART_WIDTH = 560, CHART_HEIGHT = 420, LOG_RATIO = 10 };

typedef struct Points {
    int64_t count;
    double *x, *y;
    const char **label;
} Points;

/* One chart: the first metric against one cost. */
typedef struct Picture {
    const CompareResult *r;
    Arena *arena;
    CompareCost cost;
    const CompareRow **row; /* [count] those with a metric, by cost and then the better first */
    int32_t count;
    Points all, front, rest;
} Picture;

static double picture_cost(const Picture *p, const CompareRow *row)
{
    return (double)compare_cost_of(p->r, row, p->cost);
}

/* The metric, so that more is better. */
static double picture_worth(const Picture *p, const CompareRow *row)
{
    return p->r->metric[0].more_is_better ? row->metric[0] : -row->metric[0];
}

static void points_add(Points *p, double x, double y, const char *label)
{
    p->x[p->count] = x;
    p->y[p->count] = y;
    p->label[p->count++] = label;
}

static void choose_rows(Picture *p)
{
    const CompareResult *r = p->r;
    p->row = NEW(p->arena, const CompareRow *, r->row_count);
    for (int32_t i = 0; i < r->row_count && r->metric_count > 0; i++) {
        if (picture_cost(p, &r->row[i]) >= 0 && isfinite(r->row[i].metric[0])) {
            p->row[p->count++] = &r->row[i];
        }
    }
    for (int32_t i = 1; i < p->count; i++) {
        const CompareRow *row = p->row[i];
        int32_t at = i;
        for (; at > 0; at--) {
            double more = picture_cost(p, row) - picture_cost(p, p->row[at - 1]);
            if (more > 0 ||
                (!(more < 0) && picture_worth(p, row) <= picture_worth(p, p->row[at - 1]))) {
                break;
            }
            p->row[at] = p->row[at - 1];
        }
        p->row[at] = row;
    }
}

/* FRONT: rows that are better than all cheaper ones, and then the right end. */
static void divide_rows(Picture *p)
{
    Points *points[] = {&p->all, &p->front, &p->rest};
    for (size_t i = 0; i < COUNT(points); i++) {
        *points[i] =
            (Points){0, NEW(p->arena, double, p->count + 1), NEW(p->arena, double, p->count + 1),
                     NEW(p->arena, const char *, p->count + 1)};
    }
    double best = 0;
    for (int32_t i = 0; i < p->count; i++) {
        const CompareRow *row = p->row[i];
        bool better = i == 0 || picture_worth(p, row) > best;
        best = better ? picture_worth(p, row) : best;
        points_add(&p->all, picture_cost(p, row), row->metric[0], NULL);
        points_add(better ? &p->front : &p->rest, picture_cost(p, row), row->metric[0], row->name);
    }
    points_add(&p->front, p->all.x[p->count - 1], p->front.y[p->front.count - 1], NULL);
}

/* Room around the values; nothing is more than all of it. */
static void set_range(const Picture *p, PlotAxis *y)
{
    double low = p->all.y[0];
    double high = low;
    for (int64_t i = 1; i < p->all.count; i++) {
        low = fmin(low, p->all.y[i]);
        high = fmax(high, p->all.y[i]);
    }
    bool percent = strcmp(p->r->metric[0].unit, "%") == 0;
    double room = fmax((high - low) * 0.2, percent ? 0.5 : fmax(fabs(high) * 0.01, 1e-9));
    y->min = low - room;
    y->max = percent ? fmin(high + room, 100.1) : high + room;
}

static PlotAxis cost_axis(const Picture *p)
{
    const CompareResult *r = p->r;
    double least = p->all.x[0];
    double most = p->all.x[p->count - 1];
    PlotAxis x = {.log = least > 0 && most > least * LOG_RATIO};
    if (p->cost == COST_INSTRUCTIONS) {
        x.label = arena_printf(p->arena, "instructions of a run on %s", r->target);
    } else if (p->cost == COST_RAM) {
        x.label = "RAM: arena and state";
        x.unit = "bytes";
    } else {
        x.label = r->knows_code ? arena_printf(p->arena, "flash: weights and code on %s", r->target)
                                : "flash: weights alone";
        x.unit = "bytes";
    }
    return x;
}

static Plot make_chart(Picture *p)
{
    static const char *const titles[COST_COUNT] = {"flash", "RAM", "instructions"};
    const CompareResult *r = p->r;
    const CompareMetric *m = &r->metric[0];
    divide_rows(p);
    PlotSeries *series = NEW(p->arena, PlotSeries, 3);
    series[0] = (PlotSeries){.name = "frontier", .form = PLOT_STEPS, .muted = true};
    series[1] =
        (PlotSeries){.name = "on the frontier", .form = PLOT_POINTS, .label = p->front.label};
    series[2] = (PlotSeries){
        .name = "another is cheaper and as good", .form = PLOT_POINTS, .label = p->rest.label};
    const Points *points[] = {&p->front, &p->front, &p->rest};
    for (int32_t i = 0; i < 3; i++) {
        series[i].count = points[i]->count - (i == 1); /* the right end is no row */
        series[i].x = points[i]->x;
        series[i].y = points[i]->y;
    }
    Plot plot = {
        .title = arena_printf(p->arena, "%s against %s", m->name, titles[p->cost]),
        .subtitle =
            arena_printf(p->arena, "%s, %jd samples; %s",
                         r->data_name != NULL ? path_base(r->data_name) : "", (intmax_t)r->samples,
                         m->more_is_better ? "up and left is better" : "down and left is better"),
        .x = cost_axis(p),
        .y = {.label = m->name, .unit = m->unit},
        .series = series,
        .series_count = p->rest.count > 0 ? 3 : 2,
    };
    set_range(p, &plot.y);
    return plot;
}

Status compare_picture(const CompareResult *r, const char *path, Diag *d)
{
    Arena arena = {0};
    Plot plot[COST_COUNT];
    int32_t plots = 0;
    for (CompareCost cost = COST_FLASH; cost < COST_COUNT; cost++) {
        Picture p = {.r = r, .arena = &arena, .cost = cost};
        choose_rows(&p);
        if (p.count > 0) {
            plot[plots++] = make_chart(&p);
        }
    }
    PlotPage page = {.plot = plot, .plot_count = plots, .columns = plots};
    if (plots > 1) {
        page.width = CHART_WIDTH;
        page.height = CHART_HEIGHT;
    }
    Status status =
        plots > 0
            ? plot_write(&page, path, d)
            : fail(d, ERR_INPUT,
                   "'%s': there is no metric to draw against flash; compare on data (--data FILE)",
                   path);
    arena_free(&arena);
    return status;
}
