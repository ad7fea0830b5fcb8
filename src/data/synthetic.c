/* Data made to try things out: a noisy sine, clouds of points, waves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"

#include <math.h>

enum { MAX_SAMPLES = 100000000, WAVE_ROWS = 256 };
static const double two_pi = 6.28318530717958647692;

typedef struct Maker {
    Random random;
    double noise;
    int64_t count;
    Out *csv;
} Maker;

static void make_sine(Maker *m)
{
    out_text(m->csv, "x,y\n");
    for (int64_t i = 0; i < m->count; i++) {
        double x = random_unit(&m->random) * two_pi;
        double y = sin(x) + m->noise * random_normal(&m->random);
        out_printf(m->csv, "%.9g,%.9g\n", x, y);
    }
}

static void make_blobs(Maker *m)
{
    static const double corner[3][2] = {{-2.0, -1.1547}, {2.0, -1.1547}, {0.0, 2.3094}};
    static const char *const names[3] = {"left", "right", "top"};
    out_text(m->csv, "x1,x2,class\n");
    for (int64_t i = 0; i < m->count; i++) {
        int64_t c = random_below(&m->random, 3);
        double a = corner[c][0] + (1.0 + m->noise) * random_normal(&m->random);
        double b = corner[c][1] + (1.0 + m->noise) * random_normal(&m->random);
        out_printf(m->csv, "%.9g,%.9g,%s\n", a, b, names[c]);
    }
}

/* PHASE counts periods. */
static double wave_at(int64_t kind, double phase)
{
    double part = phase - floor(phase);
    return kind == 0   ? sin(two_pi * part)
           : kind == 1 ? (part < 0.5 ? 1.0 : -1.0)
                       : 2.0 * part - 1.0;
}

static void make_wave(Maker *m)
{
    static const char *const names[3] = {"sine", "square", "sawtooth"};
    double start = 0.0;
    double step = 0.0;
    out_text(m->csv, "value,class\n");
    for (int64_t i = 0; i < m->count; i++) {
        if (i % WAVE_ROWS == 0) {
            start = random_unit(&m->random);
            step = (8.0 + 8.0 * random_unit(&m->random)) / WAVE_ROWS;
        }
        int64_t kind = i / WAVE_ROWS % 3;
        double v = wave_at(kind, start + (double)(i % WAVE_ROWS) * step);
        out_printf(m->csv, "%.9g,%s\n", v + m->noise * random_normal(&m->random), names[kind]);
    }
}

const char *const synthetic_names[] = {"sine", "blobs", "wave", NULL};
static void (*const makers[])(Maker *) = {make_sine, make_blobs, make_wave};

Status synthetic_csv(const char *kind, int64_t count, double noise, uint64_t seed, Out *csv,
                     Diag *d)
{
    if (count < 1 || count > MAX_SAMPLES || !(noise >= 0.0 && noise <= 1e6)) {
        return fail(d, ERR_USAGE,
                    "%jd samples with noise %g cannot be made; give 1 to %d and 0 to 1e6",
                    (intmax_t)count, noise, (int)MAX_SAMPLES);
    }
    for (size_t i = 0; i < COUNT(makers); i++) {
        if (strcmp(kind, synthetic_names[i]) == 0) {
            Maker m = {random_stream(seed, (uint64_t)i), noise, count, csv};
            makers[i](&m);
            return OK;
        }
    }
    return fail(d, ERR_USAGE, "there is no '%s' to make; there are sine, blobs and wave", kind);
}
