/* Spectral features of sound; features.h has the formulas.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/features.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_FFT = 1 << 16, MAX_BANDS = 1024 };
static const double pi = 3.14159265358979323846;

/* --- what is asked for --- */

typedef enum WordKind { WORD_LENGTH, WORD_COUNT, WORD_REAL } WordKind;

static const struct Word {
    const char *name;
    WordKind kind;
    size_t offset;
} words[] = {
    {"frame", WORD_LENGTH, offsetof(FeatureOptions, frame)},
    {"hop", WORD_LENGTH, offsetof(FeatureOptions, hop)},
    {"fft", WORD_COUNT, offsetof(FeatureOptions, fft)},
    {"bands", WORD_COUNT, offsetof(FeatureOptions, bands)},
    {"coefficients", WORD_COUNT, offsetof(FeatureOptions, coefficients)},
    {"low", WORD_REAL, offsetof(FeatureOptions, low_hz)},
    {"high", WORD_REAL, offsetof(FeatureOptions, high_hz)},
    {"preemphasis", WORD_REAL, offsetof(FeatureOptions, preemphasis)},
    {"floor", WORD_REAL, offsetof(FeatureOptions, floor)},
};

static Status set_word(const struct Word *w, const char *value, size_t bytes, FeatureOptions *o,
                       Diag *d)
{
    const char *p = value;
    const char *end = value + bytes;
    double v = 0.0;
    bool good = number_parse(&p, end, '.', &v) && v >= 0.0 && v < 1e9;
    size_t left = (size_t)(end - p);
    double unit = left == 2 && memcmp(p, "ms", 2) == 0                           ? 1e-3
                  : left == 1 && *p == 's'                                       ? 1.0
                  : left == 2 && memcmp(p, "Hz", 2) == 0 && w->kind == WORD_REAL ? 0.0
                                                                                 : -1.0;
    if (!good || (left > 0 && unit < 0.0) || (unit > 0.0 && w->kind != WORD_LENGTH)) {
        return fail(d, ERR_USAGE, "features: '%s=%.*s' is no %s", w->name, (int)bytes, value,
                    w->kind == WORD_LENGTH ? "length such as 32ms or 512 (samples)"
                                           : "number above 0");
    }
    if (unit > 0.0 && o->rate_hz <= 0.0) {
        return fail(d, ERR_USAGE,
                    "features: '%s=%.*s' needs the sampling rate, which this file does not tell",
                    w->name, (int)bytes, value);
    }
    v = unit > 0.0 ? round(v * unit * o->rate_hz) : v;
    char *at = (char *)o + w->offset;
    if (w->kind == WORD_REAL) {
        memcpy(at, &v, sizeof v);
        return OK;
    }
    int32_t count = (int32_t)v;
    memcpy(at, &count, sizeof count);
    return count >= 1 && v < (double)INT32_MAX
               ? OK
               : fail(d, ERR_USAGE, "features: '%s' must be at least 1", w->name);
}

static Status parse_word(const char *p, size_t bytes, FeatureOptions *o, Diag *d)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t n = strlen(words[i].name);
        if (bytes > n && memcmp(p, words[i].name, n) == 0 && p[n] == '=') {
            return set_word(&words[i], p + n + 1, bytes - n - 1, o, d);
        }
    }
    return fail(
        d, ERR_USAGE,
        "features: '%.*s' is not known; there are frame=, hop=, fft=, bands=, coefficients=, "
        "low=, high=, preemphasis=, floor=",
        (int)(bytes < 60 ? bytes : 60), p);
}

static Status check(const FeatureOptions *o, Diag *d)
{
    if (o->frame > o->samples) {
        return fail(d, ERR_INPUT, "features: a frame of %d samples does not fit a signal of %d",
                    o->frame, o->samples);
    }
    if (o->fft < o->frame || o->fft > MAX_FFT || (o->fft & (o->fft - 1)) != 0) {
        return fail(
            d, ERR_USAGE,
            "features: an FFT of %d samples will not do; it takes a power of two that holds the "
            "frame of %d samples, at most %d",
            o->fft, o->frame, (int)MAX_FFT);
    }
    if (o->bands > MAX_BANDS || (o->cepstrum && o->coefficients > o->bands)) {
        return fail(d, ERR_USAGE,
                    "features: %d coefficients of %d bands; at most as many as bands, and %d "
                    "bands",
                    o->coefficients, o->bands, (int)MAX_BANDS);
    }
    if (!(o->high_hz > o->low_hz) || !(o->high_hz <= o->rate_hz / 2.0)) {
        return fail(
            d, ERR_USAGE,
            "features: bands from %g to %g Hz; they lie in ascending order below half the rate of "
            "%g Hz",
            o->low_hz, o->high_hz, o->rate_hz);
    }
    if (!(o->floor > 0.0) || !(o->preemphasis < 1.0)) {
        return fail(d, ERR_USAGE, "features: floor=%g must be above 0 and preemphasis=%g below 1",
                    o->floor, o->preemphasis);
    }
    return OK;
}

/* --- tables --- */

/* The bins under one triangle. */
typedef struct Band {
    int32_t first, count;
    double *weight;
} Band;

struct Features {
    FeatureOptions o;
    int32_t frames;
    double *hann;    /* [frame] */
    double *cosines; /* [fft/2] cos and [fft/2] sin of 2 pi k / fft */
    Band *band;      /* [bands] */
    double *dct;     /* [coefficients][bands] */
    double *re, *im; /* [fft/2] the FFT's place */
    double *power;   /* [fft/2 + 1] */
    double *mel;     /* [bands] */
};

static double to_mel(double hz)
{
    return 2595.0 * log10(1.0 + hz / 700.0);
}

static double to_hz(double mel)
{
    return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
}

static double triangle(double hz, const double corner[3])
{
    double up = (hz - corner[0]) / (corner[1] - corner[0]);
    double down = (corner[2] - hz) / (corner[2] - corner[1]);
    double least = up < down ? up : down;
    return least > 0.0 ? least : 0.0;
}

static void make_band(Arena *a, const FeatureOptions *o, int32_t index, Band *out)
{
    double low = to_mel(o->low_hz);
    double step = (to_mel(o->high_hz) - low) / (o->bands + 1);
    double corner[3];
    for (int32_t i = 0; i < 3; i++) {
        corner[i] = to_hz(low + step * (index + i));
    }
    double bin_hz = o->rate_hz / o->fft;
    int32_t last = (int32_t)floor(corner[2] / bin_hz);
    last = last > o->fft / 2 ? o->fft / 2 : last;
    out->first = (int32_t)ceil(corner[0] / bin_hz);
    out->count = last >= out->first ? last - out->first + 1 : 0;
    out->weight = NEW(a, double, out->count);
    for (int32_t k = 0; k < out->count; k++) {
        out->weight[k] = triangle((out->first + k) * bin_hz, corner);
    }
}

/* A triangle between two bins would be the same whatever is heard. */
static Status check_bands(const FeatureOptions *o, Diag *d)
{
    Arena scratch = {0};
    Status s = OK;
    for (int32_t b = 0; b < o->bands && s == OK; b++) {
        Band band;
        double sum = 0.0;
        make_band(&scratch, o, b, &band);
        for (int32_t k = 0; k < band.count; k++) {
            sum += band.weight[k];
        }
        if (sum <= 0.0) {
            s = fail(d, ERR_USAGE,
                     "features: band %d of %d is too narrow for an FFT of %d samples; take fewer "
                     "bands, a "
                     "higher low=, or a longer frame or fft",
                     b + 1, o->bands, o->fft);
        }
    }
    arena_free(&scratch);
    return s;
}

Status features_parse(const char *text, double rate_hz, int64_t samples, FeatureOptions *out,
                      Diag *d)
{
    size_t n = strcspn(text, " ");
    bool is_mfcc = n == 4 && memcmp(text, "mfcc", 4) == 0;
    if (!is_mfcc && !(n == 6 && memcmp(text, "logmel", 6) == 0)) {
        return fail(d, ERR_USAGE, "features: '%.*s' is not known; there are logmel and mfcc",
                    (int)(n < 60 ? n : 60), text);
    }
    if (samples > INT32_MAX / 8) {
        return fail(d, ERR_LIMIT,
                    "features: a signal of %jd samples is too long; cut it by a window",
                    (intmax_t)samples);
    }
    if (rate_hz <= 0.0) {
        rate_hz = 0.0;
    }
    *out = (FeatureOptions){.cepstrum = is_mfcc,
                            .samples = (int32_t)samples,
                            .frame = (int32_t)round(0.032 * rate_hz),
                            .hop = (int32_t)round(0.020 * rate_hz),
                            .bands = 40,
                            .coefficients = 13,
                            .low_hz = 20.0,
                            .high_hz = rate_hz / 2.0,
                            .floor = 1e-6,
                            .rate_hz = rate_hz};
    for (const char *p = text + n; *p != '\0'; p += n) {
        p += strspn(p, " ");
        n = strcspn(p, " ");
        if (n > 0) {
            TRY(parse_word(p, n, out, d));
        }
    }
    if (rate_hz <= 0.0 || out->frame < 1 || out->hop < 1) {
        return fail(d, ERR_USAGE, "features need the sampling rate of the signal; give it");
    }
    for (int32_t fft = 2; out->fft == 0 && fft <= MAX_FFT; fft *= 2) {
        out->fft = fft >= out->frame ? fft : 0;
    }
    TRY(check(out, d));
    return check_bands(out, d);
}

Features *features_new(Arena *a, const FeatureOptions *o)
{
    Features *f = NEW(a, Features, 1);
    *f = (Features){.o = *o, .frames = 1 + (o->samples - o->frame) / o->hop};
    f->hann = NEW(a, double, o->frame);
    for (int32_t i = 0; i < o->frame; i++) {
        f->hann[i] = 0.5 - 0.5 * cos(2.0 * pi * i / o->frame);
    }
    f->cosines = NEW(a, double, o->fft);
    for (int32_t k = 0; k < o->fft / 2; k++) {
        f->cosines[k] = cos(2.0 * pi * k / o->fft);
        f->cosines[o->fft / 2 + k] = sin(2.0 * pi * k / o->fft);
    }
    f->band = NEW(a, Band, o->bands);
    for (int32_t b = 0; b < o->bands; b++) {
        make_band(a, o, b, &f->band[b]);
    }
    int32_t coefficients = o->cepstrum ? o->coefficients : 0;
    f->dct = NEW(a, double, coefficients * o->bands);
    for (int32_t c = 0; c < coefficients; c++) {
        double norm = sqrt((c == 0 ? 1.0 : 2.0) / o->bands);
        for (int32_t b = 0; b < o->bands; b++) {
            f->dct[c * o->bands + b] = norm * cos(pi * c * (2 * b + 1) / (2.0 * o->bands));
        }
    }
    f->re = NEW(a, double, o->fft / 2);
    f->im = NEW(a, double, o->fft / 2);
    f->power = NEW(a, double, o->fft / 2 + 1);
    f->mel = NEW(a, double, o->bands);
    return f;
}

Shape features_shape(const Features *f)
{
    const int32_t dim[2] = {f->frames, f->o.cepstrum ? f->o.coefficients : f->o.bands};
    return shape_of(2, dim);
}

/* --- the transform --- */

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* In place, N a power of two: bits of the index reversed, then butterflies (Cooley and Tukey). The factor
 * exp(-2 pi i k / n) is number k * (2N / n) of the table for 2N. */
static void transform(const Features *f, int32_t n)
{
    double *re = f->re;
    double *im = f->im;
    for (int32_t i = 1, j = 0; i < n; i++) {
        int32_t bit = n >> 1;
        for (; (j & bit) != 0; bit >>= 1) {
            j ^= bit;
        }
        j |= bit;
        if (i < j) {
            swap(&re[i], &re[j]);
            swap(&im[i], &im[j]);
        }
    }
    const double *cosine = f->cosines;
    const double *sine = f->cosines + n;
    for (int32_t half = 1; half < n; half *= 2) {
        int32_t step = n / half; /* of the table: 2n / (2 half) */
        for (int32_t from = 0; from < n; from += 2 * half) {
            for (int32_t k = 0; k < half; k++) {
                int32_t i = from + k;
                int32_t j = i + half;
                double c = cosine[k * step];
                double s = sine[k * step];
                double r = re[j] * c + im[j] * s;
                double m = im[j] * c - re[j] * s;
                re[j] = re[i] - r;
                im[j] = im[i] - m;
                re[i] += r;
                im[i] += m;
            }
        }
    }
}

/* |FFT|^2 of a real frame: even samples as real, odd ones as imaginary parts of a transform of half the
 * length, taken apart afterwards. */
static void power_spectrum(Features *f, const float *frame, const float *before)
{
    int32_t n = f->o.fft / 2;
    for (int32_t i = 0; i < 2 * n; i++) {
        double v = 0.0;
        if (i < f->o.frame) {
            double previous = i > 0 ? (double)frame[i - 1] : before != NULL ? (double)*before : 0.0;
            v = ((double)frame[i] - f->o.preemphasis * previous) * f->hann[i];
        }
        *(i % 2 == 0 ? &f->re[i / 2] : &f->im[i / 2]) = v;
    }
    transform(f, n);
    for (int32_t k = 0; k <= n; k++) {
        int32_t a = k % n;
        int32_t b = (n - k) % n;
        double even_re = 0.5 * (f->re[a] + f->re[b]);
        double even_im = 0.5 * (f->im[a] - f->im[b]);
        double odd_re = 0.5 * (f->im[a] + f->im[b]);
        double odd_im = 0.5 * (f->re[b] - f->re[a]);
        double c = k == n ? -1.0 : f->cosines[k];
        double s = k == n ? 0.0 : f->cosines[n + k];
        double re = even_re + c * odd_re + s * odd_im;
        double im = even_im + c * odd_im - s * odd_re;
        f->power[k] = re * re + im * im;
    }
}

static void put_features(Features *f, float *out)
{
    for (int32_t b = 0; b < f->o.bands; b++) {
        const Band *band = &f->band[b];
        double sum = 0.0;
        for (int32_t k = 0; k < band->count; k++) {
            sum += band->weight[k] * f->power[band->first + k];
        }
        f->mel[b] = log(sum + f->o.floor);
    }
    if (!f->o.cepstrum) {
        for (int32_t b = 0; b < f->o.bands; b++) {
            out[b] = (float)f->mel[b];
        }
        return;
    }
    for (int32_t c = 0; c < f->o.coefficients; c++) {
        const double *row = f->dct + c * f->o.bands;
        double sum = 0.0;
        for (int32_t b = 0; b < f->o.bands; b++) {
            sum += row[b] * f->mel[b];
        }
        out[c] = (float)sum;
    }
}

void features_run(Features *f, const float *signal, float *out)
{
    int32_t each = f->o.cepstrum ? f->o.coefficients : f->o.bands;
    for (int32_t i = 0; i < f->frames; i++) {
        const float *frame = signal + (int64_t)i * f->o.hop;
        power_spectrum(f, frame, i > 0 ? frame - 1 : NULL);
        put_features(f, out + (int64_t)i * each);
    }
}
