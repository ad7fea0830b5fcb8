/* Floor 4: charts. One drawing code gives SVG and PNG (cairo), another the terminal's form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PLOT_H
#define SHRINC_PLOT_H

#include "base/base.h"

typedef enum PlotForm {
    PLOT_LINE,
    PLOT_POINTS,
    PLOT_STEPS, /* level up to the next point's x, then straight to its y: a frontier */
    PLOT_BARS   /* one bar per point, from 0; several such series stand side by side */
} PlotForm;

typedef struct PlotSeries {
    const char *name; /* for the legend; NULL: not in it */
    PlotForm form;
    bool dashed; /* lines and steps */
    bool muted;  /* grey, and takes no colour: a reference, not a result */
    int64_t count;
    const double *x,
        *y; /* [count]; a point with a number that is not finite is a gap. X NULL: 0, 1, 2, ... */
    const char *const *label; /* [count] text beside each point, entries may be NULL; or NULL */
} PlotSeries;

typedef struct PlotAxis {
    const char *label;           /* what it shows, NULL: nothing */
    const char *unit;            /* put in brackets behind the label; NULL: none */
    bool log;                    /* logarithmic: all numbers must be above 0 */
    double min, max;             /* both 0: from the data */
    const char *const *category; /* names at 0, 1, 2, ... instead of numbers, or NULL; x only */
    int32_t category_count;
} PlotAxis;

/* A stretch of the x axis, shaded behind the series; a short one is still a line. */
typedef struct PlotSpan {
    double begin, end;
} PlotSpan;

typedef struct Plot {
    const char *title;
    const char *subtitle; /* a smaller line below, or NULL */
    PlotAxis x, y;
    const PlotSeries *series;
    int32_t series_count;
    const PlotSpan *span; /* [span_count], not in the terminal's form */
    int32_t span_count;
    const char *span_name; /* of all of them, for the legend */
} Plot;

/* Charts in a grid on one opaque card, so that a light and a dark page show the same picture. Colours are
 * Okabe and Ito's, told apart by colour-blind eyes too; markers and dashes differ as well. */
typedef struct PlotPage {
    const Plot *plot;
    int32_t plot_count;
    int32_t columns;       /* charts side by side, 0: one */
    int32_t width, height; /* of one chart in points, 0: 760 x 440 */
} PlotPage;

enum { PLOT_WIDTH = 760, PLOT_HEIGHT = 440, PLOT_MIN = 240, PLOT_MAX = 4096, PLOT_SERIES = 64 };

/* ERR_INPUT with a sentence for nothing to draw, a log axis with numbers of 0 and below, or a wrong size. */
Status plot_svg(const PlotPage *page, Out *out, Diag *d) MUST_CHECK;
/* SCALE pixels a point, 1 .. 4; the picture has round(width * SCALE) columns. */
Status plot_png(const PlotPage *page, double scale, Out *out, Diag *d) MUST_CHECK;
/* PATH's ending, .svg or .png (two pixels a point), says the format. Written whole or not at all. */
Status plot_write(const PlotPage *page, const char *path, Diag *d) MUST_CHECK;
/* ERR_USAGE unless PATH ends in .svg or .png: to be asked before the work that leads to a picture. */
Status plot_check_path(const char *path, Diag *d) MUST_CHECK;

typedef struct PlotText {
    int32_t columns, rows; /* of the whole chart, 0: 72 x 16 */
    bool unicode;          /* braille dots, 2 x 4 a character */
    bool color;            /* escape sequences */
} PlotText;

/* The chart as lines of text; bars are drawn as points. */
Status plot_text(const Plot *p, const PlotText *how, Out *out, Diag *d) MUST_CHECK;

#endif
