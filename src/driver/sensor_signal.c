/* sensor: the text of filters and features to nodes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/sensor.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static int32_t q30(double v)
{
    double r = round(ldexp(v, 30));
    return (int32_t)fmax(fmin(r, 2147483647.0), -2147483648.0);
}

/* The bilinear transform of the analogue prototype; the cut-off falls where it should (prewarped). */
int32_t butterworth(bool is_high, int32_t order, double cut, int32_t sections[8][5])
{
    double k = tan(pi * cut);
    int32_t count = 0;
    if (order % 2 == 1) {
        double b = is_high ? 1.0 / (1.0 + k) : k / (1.0 + k);
        const double v[5] = {b, is_high ? -b : b, 0.0, (k - 1.0) / (k + 1.0), 0.0};
        for (int32_t i = 0; i < 5; i++) {
            sections[0][i] = q30(v[i]);
        }
        count = 1;
    }
    for (int32_t i = order / 2; i > 0; i--) {                           /* poles further from the axis first */
        double sharp = 2.0 * sin(pi * (2.0 * i - 1.0) / (2.0 * order)); /* 1 / Q */
        double norm = 1.0 + k * sharp + k * k;
        double b = is_high ? 1.0 / norm : k * k / norm;
        const double v[5] = {b, is_high ? -2.0 * b : 2.0 * b, b, 2.0 * (k * k - 1.0) / norm,
                             (1.0 - k * sharp + k * k) / norm};
        for (int32_t j = 0; j < 5; j++) {
            sections[count][j] = q30(v[j]);
        }
        count++;
    }
    return count;
}

/* --- words --- */

enum { MOST_ARGS = 12 };

typedef struct Word {
    const char *name;
    int32_t arg_count;
    const char *arg[MOST_ARGS]; /* "64", "fft=64", "hold" */
} Word;

typedef struct Builder {
    Graph *g;
    TensorId x;  /* the branch's signal */
    double rate; /* and its rate */
    const double *scale;
    Signal *out;
    Diag *d;
} Builder;

/* The next word of the text; its name is "" at the end of a branch or of the text. */
static Status next_word(Builder *b, const char **text, Word *w)
{
    Arena *a = &b->g->arena;
    const char *p = *text + strspn(*text, " \t\n\r");
    size_t bytes = strcspn(p, " \t\n\r;(");
    *w = (Word){.name = arena_strndup(a, p, bytes)};
    p += bytes;
    if (*p == '(') {
        for (p++; *p != ')'; p += *p == ',') {
            bytes = strcspn(p, ",)");
            if (p[bytes] == '\0' || w->arg_count == MOST_ARGS) {
                return fail(b->d, ERR_USAGE, "signal: the bracket behind '%s' does not close", w->name);
            }
            w->arg[w->arg_count++] = arena_strndup(a, p + strspn(p, " "), bytes - strspn(p, " "));
            p += bytes;
        }
        p++;
    }
    *text = p;
    return OK;
}

/* Argument I, or the one called NAME, as a number; OTHERWISE where it is left out. */
static Status number(const Builder *b, const Word *w, int32_t i, const char *name, double otherwise, double *out)
{
    const char *text = name == NULL && i < w->arg_count ? w->arg[i] : NULL;
    for (int32_t k = 0; k < w->arg_count && name != NULL; k++) {
        size_t n = strlen(name);
        text = strncmp(w->arg[k], name, n) == 0 && w->arg[k][n] == '=' ? w->arg[k] + n + 1 : text;
    }
    *out = otherwise;
    if (text == NULL && isnan(otherwise)) {
        return fail(b->d, ERR_USAGE, "signal: %s needs a number in brackets", w->name);
    }
    if (text != NULL) {
        char *end = NULL;
        *out = strtod(text, &end);
        if (end == text || *end != '\0' || !isfinite(*out)) {
            return fail(b->d, ERR_USAGE, "signal: '%s' of %s is no number", text, w->name);
        }
    }
    return OK;
}

static bool has_flag(const Word *w, const char *name)
{
    for (int32_t i = 0; i < w->arg_count; i++) {
        if (strcmp(w->arg[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* --- what changes the signal --- */

static Status transform(Builder *b, const char *kind, const char *name, const TensorId *in, int32_t count)
{
    return sensor_node(b->g, kind, name, "", in, count, TYPE_S16, (double)tensor(b->g, b->x)->q.scale[0], &b->x,
                       b->d);
}

static Status filter(Builder *b, const Word *w)
{
    double cut = 0.0;
    double order = 0.0;
    int32_t sections[8][5];
    TRY(number(b, w, 0, NULL, NAN, &cut));
    TRY(number(b, w, 1, NULL, 4.0, &order));
    if (!(b->rate > 0.0)) {
        return fail(b->d, ERR_USAGE, "signal: %s needs the sampling rate: --sampling-rate HZ", w->name);
    }
    if (!(cut > 0.0 && cut < b->rate / 2.0) || !(order >= 1.0 && order <= 8.0) || order != floor(order)) {
        return fail(b->d, ERR_USAGE, "signal: %s of %g Hz and order %g; 0 to %g Hz and orders 1 to 8", w->name, cut,
                    order, b->rate / 2.0);
    }
    int32_t count = butterworth(w->name[0] == 'h', (int32_t)order, cut / b->rate, sections);
    TensorId in[2] = {
        b->x, graph_add_const(b->g, arena_printf(&b->g->arena, "%s_%d_coefficients", w->name, b->g->node_count),
                              TYPE_S32, (Shape){2, {count, 5}}, sections)};
    return transform(b, "biquad", w->name, in, 2);
}

/* Every STEP-th sample from the first on of channels FIRST .. LAST - 1. */
static Status slice(Builder *b, const char *name, int32_t step, int32_t first, int32_t last)
{
    const Shape *s = &tensor(b->g, b->x)->shape;
    const int32_t list[3][3] = {{0, 0, first}, {1, s->dim[1], last}, {1, step, 1}};
    static const char *const part[] = {"begin", "end", "strides"};
    TensorId in[4] = {b->x};
    int32_t three = 3;
    for (int32_t i = 0; i < 3; i++) {
        in[i + 1] = graph_add_const(b->g, arena_printf(&b->g->arena, "%s_%d_%s", name, b->g->node_count, part[i]),
                                    TYPE_S32, shape_of(1, &three), list[i]);
    }
    return transform(b, "strided_slice", name, in, 4);
}

static Status change(Builder *b, const Word *w, bool *done)
{
    double n = 0.0;
    *done = true;
    if (strcmp(w->name, "remove_mean") == 0 || strcmp(w->name, "abs") == 0) {
        return transform(b, w->name, w->name, &b->x, 1);
    }
    if (strcmp(w->name, "lowpass") == 0 || strcmp(w->name, "highpass") == 0) {
        return filter(b, w);
    }
    bool is_axis = strcmp(w->name, "axis") == 0;
    *done = is_axis || strcmp(w->name, "decimate") == 0;
    if (!*done) {
        return OK;
    }
    TRY(number(b, w, 0, NULL, NAN, &n));
    const Shape *s = &tensor(b->g, b->x)->shape;
    double most = is_axis ? s->dim[2] - 1 : s->dim[1] - 1;
    if (!(n >= (is_axis ? 0.0 : 2.0) && n <= most) || n != floor(n)) {
        return fail(b->d, ERR_USAGE, "signal: %s(%g); a whole number up to %g", w->name, n, most);
    }
    b->rate /= is_axis ? 1.0 : n;
    return is_axis ? slice(b, w->name, 1, (int32_t)n, (int32_t)n + 1) : slice(b, w->name, (int32_t)n, 0, s->dim[2]);
}

/* --- what gives features --- */

static const struct FeatureKind {
    const char *name;
    double coarse, finest; /* scales: as a multiple of X's if IS_OF_X */
    bool is_of_x;
} features[] = {
    {"mean", 1.0, 1.0 / 16384, true},
    {"rms", 1.0, 1.0 / 16384, true},
    {"std", 1.0, 1.0 / 16384, true},
    {"skewness", 1.0 / 256, 1.0 / 16384, false},
    {"kurtosis", 1.0 / 8, 1.0 / 16384, false},
    {"crest", 1.0 / 256, 1.0 / 16384, false},
    {"peak_to_peak", 2.0, 1.0 / 16384, true},
    {"mad", 1.0, 1.0 / 16384, true},
    {"zero_crossings", 1.0, 1.0 / 64, false},
    {"slope", 1.0 / 4, 1.0 / 65536, true},
    {"spectrum", 1.0 / 256, 1.0 / 16384, false},
};

static const struct FeatureKind *find_feature(const char *name)
{
    for (size_t i = 0; i < COUNT(features); i++) {
        if (strcmp(features[i].name, name) == 0) {
            return &features[i];
        }
    }
    return NULL;
}

double signal_finest(const char *feature, double x_scale)
{
    const struct FeatureKind *k = find_feature(feature);
    return k->is_of_x ? k->finest * x_scale : k->finest;
}

/* Edges of BANDS bands of equal width from LOW to HIGH, or of single bins. */
static Status spectrum_edges(Builder *b, const Word *w, int32_t fft, TensorId *out)
{
    enum { MOST = 514 };
    double bands = 0.0, low = 0.0, high = 0.0;
    int32_t edge[MOST];
    TRY(number(b, w, 0, "bands", 16.0, &bands));
    double bin_hz = b->rate > 0.0 ? b->rate / fft : 1.0;
    TRY(number(b, w, 0, "low", bin_hz, &low));
    TRY(number(b, w, 0, "high", bin_hz * (fft / 2.0 + 1.0), &high));
    double first = round(low / bin_hz);
    double last = round(high / bin_hz);
    double count = bands == 0.0 ? last - first : bands;
    if (!(first >= 0.0 && last <= fft / 2.0 + 1.0 && count >= 1.0 && count <= last - first) || count >= MOST) {
        return fail(b->d, ERR_USAGE, "signal: spectrum: %g bands between bins %g and %g of %d; each needs a bin",
                    bands, first, last, fft / 2 + 1);
    }
    for (int32_t i = 0; i <= (int32_t)count; i++) {
        edge[i] = (int32_t)floor(first + (last - first) * i / floor(count) + 0.5);
    }
    int32_t edges = (int32_t)count + 1;
    *out = graph_add_const(b->g, arena_printf(&b->g->arena, "spectrum_%d_edges", b->g->node_count), TYPE_S32,
                           shape_of(1, &edges), edge);
    return OK;
}

static Status feature(Builder *b, const Word *w, const struct FeatureKind *k)
{
    bool is_spectrum = strcmp(w->name, "spectrum") == 0;
    double x_scale = (double)tensor(b->g, b->x)->q.scale[0];
    double scale = b->scale != NULL ? b->scale[b->out->count] : k->is_of_x ? k->coarse * x_scale : k->coarse;
    TensorId in[2] = {b->x};
    const char *attrs = arena_printf(&b->g->arena, "kind=%s", w->name);
    if (b->out->count == SIGNAL_FEATURES) {
        return fail(b->d, ERR_LIMIT, "signal: more than %d words give features", (int)SIGNAL_FEATURES);
    }
    if (is_spectrum) {
        double fft = 0.0, hop = 0.0;
        TRY(number(b, w, 0, "fft", 64.0, &fft));
        TRY(number(b, w, 0, "hop", fft / 2.0, &hop));
        if (!(fft >= 8.0 && fft <= 1024.0)) {
            return fail(b->d, ERR_USAGE, "signal: an FFT of %g samples; 8 to 1024, a power of two", fft);
        }
        TRY(spectrum_edges(b, w, (int32_t)fft, &in[1]));
        attrs = arena_printf(&b->g->arena, "fft=%d hop=%d log=%s hann=%s hold=%s tail=%s", (int)fft,
                             hop >= 1.0 && hop < 1e6 ? (int)hop : 0, has_flag(w, "log10") ? "log10" : "ln",
                             has_flag(w, "no_hann") ? "false" : "true", has_flag(w, "hold") ? "true" : "false",
                             has_flag(w, "tail") ? "true" : "false");
    }
    TensorId y = 0;
    TRY(sensor_node(b->g, is_spectrum ? "spectrum" : "statistic", w->name, attrs, in, is_spectrum ? 2 : 1, TYPE_S16,
                    scale, &y, b->d));
    b->out->feature[b->out->count++] = (Feature){w->name, y, (int32_t)shape_count(&tensor(b->g, y)->shape)};
    return OK;
}

Status signal_build(Graph *g, const char *text, double rate_hz, TensorId x, const double *scale, Signal *out,
                    Diag *d)
{
    Builder b = {.g = g, .x = x, .rate = rate_hz, .scale = scale, .out = out, .d = d};
    *out = (Signal){0};
    for (const char *p = text; *p != '\0';) {
        Word w;
        TRY(next_word(&b, &p, &w));
        if (w.name[0] == '\0') {
            p += *p == ';';
            b.x = x;
            b.rate = rate_hz;
            continue;
        }
        bool done = false;
        TRY(change(&b, &w, &done));
        const struct FeatureKind *k = done ? NULL : find_feature(w.name);
        if (!done && k == NULL) {
            return fail(d, ERR_USAGE,
                        "signal: '%s' is not known; there are remove_mean, lowpass, highpass, abs, decimate, axis; "
                        "mean, rms, "
                        "std, skewness, kurtosis, crest, peak_to_peak, mad, zero_crossings, slope, spectrum",
                        w.name);
        }
        TRY(done ? OK : feature(&b, &w, k));
    }
    return out->count > 0 ? OK : fail(d, ERR_USAGE, "signal: '%s' gives no feature", text);
}
