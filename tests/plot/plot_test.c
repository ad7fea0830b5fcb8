/* Charts: good ones become well-formed files of the right size, wrong ones a sentence; ticks and numbers are round.
 * Usage: plot_test FOLDER; the pictures stay there to be looked at.
 * SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"

#include <math.h>

static int passed, failed;

static void check(bool good, const char *id, const char *what, const char *got)
{
    if (good) {
        passed++;
    } else {
        failed++;
        printf("FAIL plot:%s: %s: %s\n", id, what, got);
    }
}

/* --- numbers and ticks ---------------------------------------------------------------------------- */

static const struct {
    double v, step;
    const char *text;
} numbers[] = {
    {0, 1, "0"},           {1e-12, 0.1, "0"},      {0.25, 0.05, "0.25"},   {0.5, 0.1, "0.5"},
    {-1.5, 0.5, "-1.5"},   {1000, 1000, "1,000"},   {12000, 2000, "12,000"}, {1234567, 1, "1,234,567"},
    {-25000, 5000, "-25,000"}, {3e-5, 1e-5, "3e-05"}, {2e12, 1e12, "2e+12"}, {100.5, 0.5, "100.5"},
};

static const struct {
    double min, max;
    bool log, grow;
    int32_t wished;
    const char *text; /* all ticks, separated by spaces */
} ticks[] = {
    {0, 500, false, false, 5, "0 100 200 300 400 500"},
    {-1.13, 1.2, false, true, 5, "-1.5 -1.0 -0.5 0 0.5 1.0 1.5"},
    {0.003, 0.4, true, false, 8, "0.005 0.01 0.02 0.05 0.1 0.2"},
    {0.9, 2e6, true, false, 4, "1 100 10,000 1,000,000"},
    {0.021, 0.029, true, false, 4, "0.022 0.024 0.026 0.028"},
    {1, 1.0000001, false, false, 4, "1.00000000 1.00000005 1.00000010"},
    {0, 6.2831853, false, false, 7, "0 1 2 3 4 5 6"},
};

static void check_texts(const Axis *a, const char *id, const char *want)
{
    Out text = {0};
    for (int32_t k = 0; k < a->tick_count; k++) {
        out_printf(&text, "%s%s", k == 0 ? "" : " ", a->text[k]);
    }
    check(text.text != NULL && strcmp(text.text, want) == 0, id, want, text.text != NULL ? text.text : "none");
    out_free(&text);
}

static void check_ticks(void)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[AXIS_TEXT];
        number_text(numbers[i].v, numbers[i].step, text);
        check(strcmp(text, numbers[i].text) == 0, "number", numbers[i].text, text);
    }
    for (size_t i = 0; i < COUNT(ticks); i++) {
        Axis a = {.min = ticks[i].min, .max = ticks[i].max, .log = ticks[i].log};
        axis_ticks(&a, ticks[i].wished, ticks[i].grow);
        check_texts(&a, "ticks", ticks[i].text);
    }
}

/* What a y axis from a to b covers, as its ticks. */
static const struct {
    double a, b;
    bool log;
    const char *text;
} ranges[] = {
    {0.017, 17.9, false, "0 5 10 15 20"},
    {0, 4, false, "0 1 2 3 4 5"},
    {-0.017, 17.9, false, "-5 0 5 10 15 20"},
    {0.01, 10, true, "0.01 0.1 1 10"},
};

static void check_ranges(void)
{
    for (size_t i = 0; i < COUNT(ranges); i++) {
        double y[2] = {ranges[i].a, ranges[i].b};
        PlotSeries s = {.name = "s", .y = y, .count = 2};
        Plot p = {.title = "T", .series = &s, .series_count = 1, .y = {.log = ranges[i].log}};
        Axis a;
        axis_range(&p, true, &a);
        axis_ticks(&a, 5, true);
        check_texts(&a, "range", ranges[i].text);
    }
}

/* --- charts ------------------------------------------------------------------------------------------ */

enum { N = 400 };

static double wave_x[N], wave_y[N], noisy_y[N], loss_y[N], other_y[N], gap_y[N];
static const double front_x[] = {1200, 2400, 4100, 9800}, front_y[] = {88.0, 95.8, 97.2, 97.2};
static const char *const front_label[] = {"binary", "int4", "int8", "a float32 variant of a rather long name"};
static const double bar_a[] = {3164, 2704, 1450}, bar_b[] = {100, 0, 700};
static const char *const bar_name[] = {"float .tflite", "int8 .tflite", "C"};
static const char *const bar_label[] = {"3,164", "2,704", "1,450"};
static const double bad[] = {1, NAN, INFINITY}, zero[] = {1, 0.5, 0}, none[] = {NAN, INFINITY, -INFINITY};
static const double same[] = {0.25, 0.25, 0.25}, huge[] = {-1e308, 1e308, 5};

static void fill(void)
{
    uint32_t r = 1;
    for (int32_t i = 0; i < N; i++) {
        r = r * 1664525u + 1013904223u;
        wave_x[i] = 6.2831853 * i / (N - 1);
        wave_y[i] = sin(wave_x[i]);
        noisy_y[i] = wave_y[i] + ((double)r / 4294967296.0 - 0.5) * 0.4;
        loss_y[i] = 0.4 * exp(-i / 40.0) + 0.012;
        other_y[i] = loss_y[i] * (1.1 + 0.1 * sin(i)) + 0.001;
        gap_y[i] = i % 100 < 70 ? wave_y[i] * 0.5 : NAN;
    }
}

static const PlotSeries wave[] = {
    {"samples", PLOT_POINTS, false, false, N, wave_x, noisy_y, NULL},
    {"true sine", PLOT_LINE, true, true, N, wave_x, wave_y, NULL},
    {"half, with gaps", PLOT_LINE, false, false, N, wave_x, gap_y, NULL},
};
static const PlotSeries curves[] = {{"training", PLOT_LINE, false, false, N, NULL, loss_y, NULL},
                                    {"validation", PLOT_LINE, true, false, N, NULL, other_y, NULL}};
static const PlotSeries front[] = {{"frontier", PLOT_STEPS, false, true, 4, front_x, front_y, NULL},
                                   {"variants", PLOT_POINTS, false, false, 4, front_x, front_y, front_label}};
static const PlotSeries bars[] = {{"flash", PLOT_BARS, false, false, 3, NULL, bar_a, bar_label},
                                  {"RAM", PLOT_BARS, false, false, 3, NULL, bar_b, NULL}};
static const PlotSeries one_bad[] = {{"bad", PLOT_POINTS, false, false, 3, NULL, bad, NULL}};
static const PlotSeries with_zero[] = {{"loss", PLOT_LINE, false, false, 3, NULL, zero, NULL}};
static const PlotSeries empty[] = {{"none", PLOT_LINE, false, false, 3, NULL, none, NULL}};
static const PlotSeries lost[] = {{"lost", PLOT_LINE, false, false, 3, NULL, NULL, NULL}};
static const PlotSeries flat[] = {{"flat", PLOT_LINE, false, false, 3, NULL, same, NULL}};
static const PlotSeries wide[] = {{"wide", PLOT_LINE, false, false, 3, NULL, huge, NULL}};
static const PlotSeries wild[] = {{"a name\n\033[31m\xff", PLOT_LINE, false, false, N, wave_x, wave_y, NULL}};

static const PlotSpan spans[] = {{1, 2.5}, {4, 4}, {6, 99}, {-5, -1}};

static const struct {
    const char *id;
    Plot plot[2];
    int32_t count, columns, width, height;
    const char *error; /* part of the sentence; NULL: it is drawn */
} rows[] = {
    {"sine", {{"Noisy sine", "400 samples", {"x", "rad", .max = 6.2831853}, {"y", NULL}, wave, 3}}, 1, 0, 0, 0, NULL},
    {"curves",
     {{"Training", NULL, {"epoch", NULL}, {"loss", "MSE", true}, curves, 2},
      {"Once more, not logarithmic", "the same numbers", {"epoch", NULL}, {"loss", "MSE"}, curves, 2}},
     2, 2, 480, 360, NULL},
    {"front",
     {{"Accuracy against flash", NULL, {"flash", "bytes"}, {"accuracy", "%"}, front, 2}},
     1, 0, 0, 0, NULL},
    {"bars",
     {{"Size", NULL, {NULL, NULL, .category = bar_name, .category_count = 3}, {"size", "bytes"}, bars, 2}},
     1, 0, 560, 360, NULL},
    {"shaded", {{"Noisy sine", NULL, {"x"}, {"y"}, wave, 3, spans, 4, "labelled"}}, 1, 0, 0, 0, NULL},
    {"one point", {{"One point and two that are none", NULL, {"x"}, {"y"}, one_bad, 1}}, 1, 0, 0, 0, NULL},
    {"flat", {{"A constant", NULL, {"x"}, {"y"}, flat, 1}}, 1, 0, 0, 0, NULL},
    {"wide", {{"As wide as numbers go", NULL, {"x"}, {"y"}, wide, 1}}, 1, 0, 0, 0, NULL},
    {"small", {{"A title longer than the chart is wide", NULL, {"x"}, {"y"}, wave, 3}}, 1, 0, 240, 240, NULL},
    {"wild text", {{"<&>\"' \xc3\xa9 \xff\x01", "\033[2J", {"\xf0\x28"}, {"y", "<"}, wild, 1}}, 1, 0, 0, 0, NULL},
    {"no title", {{NULL, NULL, {"x"}, {"y"}, wave, 3}}, 1, 0, 0, 0, "needs a title"},
    {"no series", {{"T", NULL, {"x"}, {"y"}, wave, 0}}, 1, 0, 0, 0, "has 0 series"},
    {"no numbers", {{"T", NULL, {"x"}, {"y"}, lost, 1}}, 1, 0, 0, 0, "series 'lost': there are no numbers"},
    {"nothing finite", {{"T", NULL, {"x"}, {"y"}, empty, 1}}, 1, 0, 0, 0, "no point with finite numbers"},
    {"log of 0", {{"T", NULL, {"x"}, {"y", NULL, true}, with_zero, 1}}, 1, 0, 0, 0, "point 3: 0 on the logarithmic y"},
    {"log x of 0", {{"T", NULL, {"x", NULL, true}, {"y"}, with_zero, 1}}, 1, 0, 0, 0, "logarithmic x axis"},
    {"log bars", {{"T", NULL, {"x"}, {"y", NULL, true}, bars, 2}}, 1, 0, 0, 0, "bars begin at 0"},
    {"axis", {{"T", NULL, {"x", NULL, false, 2, 1}, {"y"}, wave, 3}}, 1, 0, 0, 0, "cannot go from 2 to 1"},
    {"log axis", {{"T", NULL, {"x"}, {"y", NULL, true, -1, 1}, curves, 2}}, 1, 0, 0, 0, "cannot begin at -1"},
    {"no chart", {{"T", NULL, {"x"}, {"y"}, wave, 3}}, 0, 0, 0, 0, "at least one chart"},
    {"too small", {{"T", NULL, {"x"}, {"y"}, wave, 3}}, 1, 0, 20, 0, "cannot be 20 points wide"},
    {"too high", {{"T", NULL, {"x"}, {"y"}, wave, 3}}, 1, 0, 0, 9000, "cannot be 9000 points high"},
};

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void check_png(const char *id, const char *path, int32_t width, int32_t height)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    Arena a = {0};
    Diag d = {0};
    Span file = {0};
    Status s = file_read(&a, path, 1 << 24, &file, &d);
    check(s == OK && file.bytes > 24 && memcmp(file.data, signature, 8) == 0, id, "a PNG", d.text);
    if (s == OK && file.bytes > 24) {
        check(big_endian(file.data + 16) == (uint32_t)width * 2 && big_endian(file.data + 20) == (uint32_t)height * 2, id,
              "its size", "differs");
    }
    arena_free(&a);
}

static void check_charts(const char *dir)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        PlotPage page = {rows[i].plot, rows[i].count, rows[i].columns, rows[i].width, rows[i].height};
        int32_t width = (page.width != 0 ? page.width : PLOT_WIDTH) * (page.columns != 0 ? page.columns : 1);
        int32_t height = page.height != 0 ? page.height : PLOT_HEIGHT;
        Arena a = {0};
        Diag d = {0};
        Diag d2 = {0};
        Out again = {0};
        Out once = {0};
        const char *svg = arena_printf(&a, "%s/%s.svg", dir, rows[i].id);
        const char *png = arena_printf(&a, "%s/%s.png", dir, rows[i].id);
        Status s = plot_write(&page, svg, &d);
        Status p = plot_write(&page, png, &d2);
        if (rows[i].error != NULL) {
            check(s == ERR_INPUT && strstr(d.text, rows[i].error) != NULL, rows[i].id, rows[i].error, d.text);
            check(p == ERR_INPUT && strcmp(d.text, d2.text) == 0, rows[i].id, "the same for PNG", d2.text);
        } else {
            check(s == OK && p == OK, rows[i].id, "drawn", d.text);
            check_png(rows[i].id, png, width, height);
            s = plot_png(&page, 1, &once, &d);
            p = plot_png(&page, 1, &again, &d);
            check(s == OK && p == OK && once.bytes == again.bytes && memcmp(once.text, again.text, once.bytes) == 0,
                  rows[i].id, "the same bytes twice", d.text);
        }
        out_free(&once);
        out_free(&again);
        arena_free(&a);
    }
}

/* --- in the terminal -------------------------------------------------------------------------------------- */

static void check_text(void)
{
    static const struct {
        PlotText how;
        const char *want; /* part of the text or, for a failure, of the sentence */
        bool good;
    } table[] = {
        {{0, 0, false, false}, "* training   + validation", true},
        {{60, 8, true, true}, "\xe2\xa0", true}, /* the first bytes of braille */
        {{10, 0, false, false}, "10 columns", false},
        {{0, 9999, false, false}, "9999 rows", false},
    };
    const Plot p = {"Training", NULL, {"epoch", NULL}, {"loss", "MSE", true}, curves, 2};
    for (size_t i = 0; i < COUNT(table); i++) {
        Out out = {0};
        Diag d = {0};
        Status s = plot_text(&p, &table[i].how, &out, &d);
        const char *got = s == OK ? out.text : d.text;
        check((s == OK) == table[i].good && strstr(got, table[i].want) != NULL, "text", table[i].want, got);
        if (i == 0 && s == OK) { /* the curve falls from the upper left to the lower right, inside its frame */
            int32_t columns = 0;
            int32_t lines = 0;
            int32_t widest = 0;
            for (const char *c = out.text; *c != '\0'; c++) {
                columns = *c == '\n' ? 0 : columns + 1;
                lines += *c == '\n';
                widest = columns > widest ? columns : widest;
            }
            check(widest <= 72, "text", "72 columns", "wider");
            check(lines == 20, "text", "16 rows, title, legend, ticks, label", "another number of lines");
        }
        out_free(&out);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    fill();
    check_ticks();
    check_ranges();
    check_charts(argv[1]);
    check_text();
    Diag d = {0};
    PlotPage page = {rows[0].plot, 1, 0, 0, 0};
    check(plot_write(&page, "x.gif", &d) == ERR_USAGE && strstr(d.text, ".svg or .png") != NULL, "ending", "refused", d.text);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
