/* stream: the strip chart, signal above, score, threshold and events below, over the same time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stream.h"

#include "link/link.h"
#include "plot/plot.h"

#include <math.h>

enum { CHANNELS_SHOWN = 6, EVENTS_SHOWN = 40, WIDTH = 980, HEIGHT = 320, KINDS = 4, SERIES = 3 + KINDS };

typedef struct Strip {
    const StreamResult *r;
    Arena *arena;
    double unit_s;        /* of the axis of time, in seconds; 0: samples */
    const char *unit;
    double cap;           /* scores above it are drawn there */
    PlotSpan *span;
} Strip;

static void choose_unit(Strip *p)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{3600.0, "h"}, {60.0, "min"}, {1.0, "s"}};
    const StreamResult *r = p->r;
    p->unit = "samples";
    for (size_t i = 0; i < COUNT(units) && r->rate_hz > 0.0 && !(p->unit_s > 0.0); i++) {
        if ((double)r->samples / r->rate_hz >= 3.0 * units[i].seconds || i + 1 == COUNT(units)) {
            p->unit_s = units[i].seconds;
            p->unit = units[i].name;
        }
    }
}

static double time_of(const Strip *p, double sample)
{
    return p->unit_s > 0.0 ? sample / p->r->rate_hz / p->unit_s : sample;
}

/* Least and most of each column, one behind the other: a band. */
static PlotSeries band(const Strip *p, int32_t channel)
{
    double *x = NEW(p->arena, double, 2 * STREAM_COLUMNS);
    double *y = NEW(p->arena, double, 2 * STREAM_COLUMNS);
    for (int64_t i = 0; i < STREAM_COLUMNS; i++) {
        x[2 * i] = x[2 * i + 1] = time_of(p, (double)p->r->samples * ((double)i + 0.5) / STREAM_COLUMNS);
        y[2 * i] = (double)p->r->trace.low[channel * STREAM_COLUMNS + i];
        y[2 * i + 1] = (double)p->r->trace.high[channel * STREAM_COLUMNS + i];
    }
    int64_t count = 0; /* a short recording leaves columns empty */
    for (int64_t i = 0; i < 2 * STREAM_COLUMNS; i++) {
        if (isfinite(y[i])) {
            x[count] = x[i];
            y[count++] = y[i];
        }
    }
    return (PlotSeries){.name = p->r->channel_name[channel], .form = PLOT_LINE, .count = count, .x = x, .y = y};
}

/* The score in as many columns, the most of each, and the least. */
static PlotSeries score_band(const Strip *p)
{
    const StreamResult *r = p->r;
    int64_t columns = r->run_count < STREAM_COLUMNS ? r->run_count : STREAM_COLUMNS;
    double *x = NEW(p->arena, double, 2 * columns);
    double *y = NEW(p->arena, double, 2 * columns);
    for (int64_t i = 0; i < columns; i++) {
        double low = INFINITY;
        double high = -INFINITY;
        int64_t first = i * r->run_count / columns;
        int64_t end = (i + 1) * r->run_count / columns;
        for (int64_t k = first; k < end; k++) {
            low = fmin(low, r->run[k].score);
            high = fmax(high, r->run[k].score);
        }
        x[2 * i] = x[2 * i + 1] = time_of(p, (double)r->run[end - 1].end);
        y[2 * i] = fmin(low, p->cap);
        y[2 * i + 1] = fmin(high, p->cap);
    }
    return (PlotSeries){.name = "score", .form = PLOT_LINE, .count = 2 * columns, .x = x, .y = y};
}

/* Events of one kind, at the score of their run; the first ones are named. */
static PlotSeries events(const Strip *p, int32_t kind)
{
    const StreamResult *r = p->r;
    double *x = NEW(p->arena, double, r->event_count + 1);
    double *y = NEW(p->arena, double, r->event_count + 1);
    PlotSeries s = {.name = stream_event_name(kind), .form = PLOT_POINTS, .x = x, .y = y};
    for (int64_t i = 0; i < r->run_count; i++) {
        if (r->run[i].event == kind) {
            x[s.count] = time_of(p, (double)r->run[i].end);
            y[s.count++] = fmin(r->run[i].score, p->cap);
        }
    }
    return s;
}

static PlotAxis time_axis(const Strip *p)
{
    return (PlotAxis){.label = "time", .unit = p->unit, .max = time_of(p, (double)p->r->samples)};
}

static Plot signal_chart(Strip *p, const Session *s)
{
    const StreamResult *r = p->r;
    int32_t shown = r->channels < CHANNELS_SHOWN ? r->channels : CHANNELS_SHOWN;
    PlotSeries *series = NEW(p->arena, PlotSeries, shown);
    for (int32_t c = 0; c < shown; c++) {
        series[c] = band(p, c);
    }
    return (Plot){.title = arena_printf(p->arena, "%s hears %s", path_base(s->file_name), path_base(r->source)),
                  .subtitle = arena_printf(p->arena, "%jd samples of %d channels%s", (intmax_t)r->samples, r->channels,
                                           shown < r->channels ? ", the first of them" : ""),
                  .x = time_axis(p),
                  .y = {.label = "signal"},
                  .series = series,
                  .series_count = shown,
                  .span = p->span,
                  .span_count = (int32_t)r->fault_count,
                  .span_name = "labelled"};
}

static Plot score_chart(Strip *p)
{
    static const int32_t kinds[KINDS] = {EVENT_ANOMALY, EVENT_RECOVERED, EVENT_FAULT, EVENT_FAULT_OVER};
    const StreamResult *r = p->r;
    PlotSeries *series = NEW(p->arena, PlotSeries, SERIES);
    double *x = NEW(p->arena, double, 2);
    double *y = NEW(p->arena, double, 2);
    x[1] = time_of(p, (double)r->samples);
    y[0] = y[1] = r->threshold;
    int32_t n = 0;
    series[n++] = score_band(p);
    series[n++] =
        (PlotSeries){.name = "threshold", .form = PLOT_LINE, .dashed = true, .muted = true, .count = 2, .x = x, .y = y};
    for (int32_t k = 0; k < KINDS; k++) {
        series[n] = events(p, kinds[k]);
        n += series[n].count > 0;
    }
    return (Plot){.title = "Score and events",
                  .subtitle = arena_printf(p->arena, "%jd events in %jd bytes; scores above %.4g are drawn there",
                                           (intmax_t)r->event_count, (intmax_t)r->event_bytes, p->cap),
                  .x = time_axis(p),
                  .y = {.label = "score"},
                  .series = series,
                  .series_count = n,
                  .span = p->span,
                  .span_count = (int32_t)r->fault_count,
                  .span_name = "labelled"};
}

/* So high that the threshold is seen beside scores of a broken sensor. */
static double score_cap(const StreamResult *r)
{
    double most = r->threshold;
    for (int64_t i = 0; i < r->run_count; i++) {
        most = fmax(most, r->run[i].score);
    }
    return fmin(most, r->threshold > 0.0 ? 4.0 * r->threshold : most);
}

Status stream_plot(const Session *s, const StreamResult *r, const char *path, Diag *d)
{
    Arena arena = {0};
    Strip p = {.r = r, .arena = &arena, .cap = score_cap(r)};
    choose_unit(&p);
    p.span = NEW(&arena, PlotSpan, r->fault_count + 1);
    for (int64_t k = 0; k < r->fault_count; k++) {
        p.span[k] = (PlotSpan){time_of(&p, (double)r->fault[k].begin), time_of(&p, (double)r->fault[k].end)};
    }
    Plot plots[2] = {signal_chart(&p, s), score_chart(&p)};
    PlotPage page = {.plot = plots, .plot_count = 2, .columns = 1, .width = WIDTH, .height = HEIGHT};
    Status status = plot_write(&page, path, d);
    arena_free(&arena);
    return status;
}
