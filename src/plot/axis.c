/* Ranges, ticks at round numbers, and how numbers are written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"

#include <math.h>

bool series_point(const PlotSeries *s, int64_t i, double *x, double *y)
{
    *x = s->x != NULL ? s->x[i] : (double)i;
    *y = s->y[i];
    return isfinite(*x) && isfinite(*y);
}

static bool has_form(const Plot *p, PlotForm form)
{
    for (int32_t i = 0; i < p->series_count; i++) {
        if (p->series[i].form == form) {
            return true;
        }
    }
    return false;
}

static Status check_series(const Plot *p, const PlotSeries *s, int64_t *drawable, Diag *d)
{
    const char *name = s->name != NULL ? s->name : "";
    if (s->count < 0 || (s->count > 0 && s->y == NULL)) {
        return fail(d, ERR_INPUT, "chart '%s', series '%s': there are no numbers", p->title, name);
    }
    for (int64_t i = 0; i < s->count; i++) {
        double x = 0;
        double y = 0;
        if (!series_point(s, i, &x, &y)) {
            continue;
        }
        *drawable += 1;
        if ((p->x.log && x <= 0) || (p->y.log && y <= 0)) {
            return fail(d, ERR_INPUT,
                        "chart '%s', series '%s', point %jd: %g on the logarithmic %s axis; only "
                        "numbers above 0 "
                        "have a place there",
                        p->title, name, (intmax_t)i + 1, p->y.log && y <= 0 ? y : x,
                        p->y.log && y <= 0 ? "y" : "x");
        }
    }
    return OK;
}

static Status check_axis(const Plot *p, const PlotAxis *a, const char *name, Diag *d)
{
    bool given = a->min != 0 || a->max != 0;
    if (given && !(isfinite(a->min) && isfinite(a->max) && a->min < a->max)) {
        return fail(d, ERR_INPUT, "chart '%s': the %s axis cannot go from %g to %g", p->title, name,
                    a->min, a->max);
    }
    if (given && a->log && a->min <= 0) {
        return fail(d, ERR_INPUT, "chart '%s': the logarithmic %s axis cannot begin at %g",
                    p->title, name, a->min);
    }
    return OK;
}

Status plot_check(const Plot *p, Diag *d)
{
    if (p->title == NULL) {
        return fail(d, ERR_INPUT, "a chart needs a title");
    }
    if (p->series_count < 1 || p->series_count > PLOT_SERIES || p->series == NULL) {
        return fail(d, ERR_INPUT, "chart '%s' has %d series; it can show 1 to %d", p->title,
                    p->series_count, PLOT_SERIES);
    }
    TRY(check_axis(p, &p->x, "x", d));
    TRY(check_axis(p, &p->y, "y", d));
    if (p->y.log && has_form(p, PLOT_BARS)) {
        return fail(d, ERR_INPUT,
                    "chart '%s': bars begin at 0, which a logarithmic axis does not have",
                    p->title);
    }
    int64_t drawable = 0;
    for (int32_t i = 0; i < p->series_count; i++) {
        TRY(check_series(p, &p->series[i], &drawable, d));
    }
    if (drawable == 0) {
        return fail(d, ERR_INPUT, "chart '%s': there is no point with finite numbers to draw",
                    p->title);
    }
    return OK;
}

static void data_range(const Plot *p, bool is_y, Axis *a)
{
    a->min = INFINITY;
    a->max = -INFINITY;
    for (int32_t i = 0; i < p->series_count; i++) {
        const PlotSeries *s = &p->series[i];
        for (int64_t k = 0; k < s->count; k++) {
            double x = 0;
            double y = 0;
            if (series_point(s, k, &x, &y)) {
                a->min = fmin(a->min, is_y ? y : x);
                a->max = fmax(a->max, is_y ? y : x);
            }
        }
    }
    if (is_y && has_form(p, PLOT_BARS)) {
        a->min = fmin(a->min, 0);
        a->max = fmax(a->max, 0);
    }
}

/* Markers at the edge need room, and a range needs two ends. */
static void pad_range(Axis *a, double part)
{
    if (a->log) {
        double factor = a->max > a->min ? pow(a->max / a->min, part) : 1.5;
        a->min = fmax(a->min / factor, 1e-300);
        a->max = fmin(a->max * factor, 1e300);
        return;
    }
    double room = a->max > a->min ? (a->max - a->min) * part : a->max != 0 ? fabs(a->max) * 0.1 : 1;
    a->min = fmax(a->min - room, -1e300);
    a->max = fmin(a->max + room, 1e300);
}

void axis_range(const Plot *p, bool is_y, Axis *a)
{
    const PlotAxis *wish = is_y ? &p->y : &p->x;
    *a = (Axis){.log = wish->log};
    if (wish->min != 0 || wish->max != 0) {
        a->min = wish->min;
        a->max = wish->max;
        return;
    }
    if (!is_y && wish->category != NULL) {
        a->min = -0.5;
        a->max = (double)wish->category_count - 0.5;
        return;
    }
    data_range(p, is_y, a);
    double lowest = a->min;
    /* A constant differs from itself by rounding alone. */
    bool flat = a->max - a->min <= 1e-12 * fmax(fabs(a->min), fabs(a->max));
    if (flat) {
        a->max = a->min;
        pad_range(a, 0);
    } else if (!is_y && has_form(p, PLOT_BARS)) {
        a->min -= 0.5;
        a->max += 0.5;
    } else if (is_y || has_form(p, PLOT_POINTS)) {
        pad_range(a, is_y ? 0.02 : 0.025);
    }
    if (is_y && lowest >= 0 && !flat && !a->log) {
        a->min = fmax(a->min, 0); /* losses and errors have no room below 0, bars stand on it */
    }
}

static void number_plain(double v, int decimals, char text[AXIS_TEXT])
{
    char raw[AXIS_TEXT];
    (void)snprintf(raw, sizeof raw, "%.*f", decimals, v);
    size_t digits = strspn(raw + (raw[0] == '-'), "0123456789");
    size_t at = 0;
    size_t start = raw[0] == '-';
    for (size_t i = 0; raw[i] != '\0' && at + 2 < AXIS_TEXT; i++) {
        bool whole = i > start && i < start + digits;
        if (whole && (start + digits - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = raw[i];
    }
    text[at] = '\0';
}

void number_text(double v, double step, char text[AXIS_TEXT])
{
    double size = fmax(fabs(v), step);
    if (fabs(v) < step * 1e-6) {
        (void)snprintf(text, AXIS_TEXT, "0");
    } else if (size >= 1e10 || size < 1e-4) {
        int digits = (int)fmin(fmax(floor(log10(fabs(v))) - floor(log10(step)), 0), 8);
        (void)snprintf(text, AXIS_TEXT, "%.*e", digits, v);
    } else {
        double below = -floor(log10(step) + 1e-9);
        number_plain(v, (int)fmin(fmax(below, 0), 8), text);
    }
}

/* The smallest of 1, 2, 5 times a power of ten that is not below WISHED. */
static double nice_step(double wished)
{
    double power = pow(10, floor(log10(wished)));
    double part = wished / power;
    return (part <= 1.0000001 ? 1 : part <= 2.0000001 ? 2 : part <= 5.0000001 ? 5 : 10) * power;
}

static void add_tick(Axis *a, double v, double step)
{
    if (a->tick_count < AXIS_TICKS) {
        a->tick[a->tick_count] = v;
        number_text(v, step, a->text[a->tick_count]);
        a->tick_count++;
    }
}

static void linear_ticks(Axis *a, int32_t wished, bool grow)
{
    double step = nice_step((a->max - a->min) / wished);
    double first = ceil(a->min / step - 1e-6);
    double last = floor(a->max / step + 1e-6);
    if (grow) {
        first = floor(a->min / step + 1e-6);
        last = ceil(a->max / step - 1e-6);
        a->min = fmin(a->min, first * step);
        a->max = fmax(a->max, last * step);
    }
    for (double k = first; k <= last && a->tick_count < AXIS_TICKS; k++) {
        add_tick(a, k * step, step);
    }
}

static void log_ticks(Axis *a, int32_t wished)
{
    static const double parts[] = {1, 2, 5};
    double low = floor(log10(a->min) + 1e-9);
    double high = ceil(log10(a->max) - 1e-9);
    double stride = fmax(1, ceil((high - low) / wished));
    size_t per_decade = log10(a->max / a->min) * 3 <= wished * 1.5 ? 3 : 1;
    for (double e = ceil(low / stride) * stride; e <= high; e += stride) {
        for (size_t i = 0; i < per_decade; i++) {
            double v = parts[i] * pow(10, e);
            if (v >= a->min * (1 - 1e-9) && v <= a->max * (1 + 1e-9)) {
                add_tick(a, v, v);
            }
        }
    }
    if (a->tick_count < 2) { /* less than a decade: round numbers do better */
        a->tick_count = 0;
        linear_ticks(a, wished, false);
    }
}

void axis_ticks(Axis *a, int32_t wished, bool grow)
{
    a->tick_count = 0;
    wished = wished < 2 ? 2 : wished > 20 ? 20 : wished;
    if (a->log) {
        log_ticks(a, wished);
    } else {
        linear_ticks(a, wished, grow);
    }
}

double axis_place(const Axis *a, double value)
{
    if (a->log) {
        return log(value / a->min) / log(a->max / a->min);
    }
    return (value - a->min) / (a->max - a->min);
}
