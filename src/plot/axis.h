/* Axes: ranges, ticks and the text of numbers. Private to src/plot.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PLOT_AXIS_H
#define SHRINC_PLOT_AXIS_H

#include "plot/plot.h"

enum { AXIS_TICKS = 64, AXIS_TEXT = 32 };

typedef struct Axis {
    double min, max; /* min < max; log: both above 0 */
    bool log;
    int32_t tick_count;
    double tick[AXIS_TICKS];
    char text[AXIS_TICKS][AXIS_TEXT]; /* "" where a tick gets a line only */
} Axis;

/* The whole chart is checked: what can be drawn and what cannot, in a sentence. */
Status plot_check(const Plot *p, Diag *d) MUST_CHECK;
/* The range of the data, or what the axis asks for, with room at the ends. IS_Y: y, else x. */
void axis_range(const Plot *p, bool is_y, Axis *a);
/* About WISHED ticks at 1, 2 or 5 times a power of ten; GROW: the range ends on ticks. */
void axis_ticks(Axis *a, int32_t wished, bool grow);
/* 0 at min, 1 at max. */
double axis_place(const Axis *a, double value);
/* True if point I of S can be drawn. */
bool series_point(const PlotSeries *s, int64_t i, double *x, double *y);
/* V as its neighbours STEP away are told apart: "0.25", "12,000", "3e-05". */
void number_text(double v, double step, char text[AXIS_TEXT]);

#endif
