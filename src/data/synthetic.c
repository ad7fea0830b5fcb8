/* Data made to try things out: a noisy sine, clouds of points, waves, a machine.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"
#include "data/machine.h"

#include <math.h>

enum { MAX_SAMPLES = 100000000, WAVE_ROWS = 256 };
static const double two_pi = 6.28318530717958647692;

typedef struct Maker {
    Random random;
    double noise;
    int64_t count;
    uint64_t seed;
    const char *faults; /* of the machine; NULL: none */
    Out *csv;
} Maker;

static Status make_sine(Maker *m, Diag *d)
{
    (void)d;
    out_text(m->csv, "x,y\n");
    for (int64_t i = 0; i < m->count; i++) {
        double x = random_unit(&m->random) * two_pi;
        double y = sin(x) + m->noise * random_normal(&m->random);
        out_printf(m->csv, "%.9g,%.9g\n", x, y);
    }
    return OK;
}

static Status make_blobs(Maker *m, Diag *d)
{
    (void)d;
    static const double corner[3][2] = {{-2.0, -1.1547}, {2.0, -1.1547}, {0.0, 2.3094}};
    static const char *const names[3] = {"left", "right", "top"};
    out_text(m->csv, "x1,x2,class\n");
    for (int64_t i = 0; i < m->count; i++) {
        int64_t c = random_below(&m->random, 3);
        double a = corner[c][0] + (1.0 + m->noise) * random_normal(&m->random);
        double b = corner[c][1] + (1.0 + m->noise) * random_normal(&m->random);
        out_printf(m->csv, "%.9g,%.9g,%s\n", a, b, names[c]);
    }
    return OK;
}

/* PHASE counts periods. */
static double wave_at(int64_t kind, double phase)
{
    double part = phase - floor(phase);
    return kind == 0   ? sin(two_pi * part)
           : kind == 1 ? (part < 0.5 ? 1.0 : -1.0)
                       : 2.0 * part - 1.0;
}

static Status make_wave(Maker *m, Diag *d)
{
    (void)d;
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
    return OK;
}

static Status make_machine(Maker *m, Diag *d)
{
    Arena a = {0};
    MachineOptions o = {.seed = m->seed, .rate = MACHINE_RATE};
    Status s = m->faults == NULL ? OK : machine_faults(&o, m->faults, d);
    Machine *machine = machine_new(&a, &o);
    out_text(m->csv, s == OK ? "x,y,z,temperature,state\n" : "");
    for (int64_t i = 0; s == OK && i < m->count; i++) {
        int16_t v[MACHINE_CHANNELS];
        MachineFaultKind state = machine_next(machine, v);
        out_printf(m->csv, "%.3f,%.3f,%.3f,%.2f,%s\n", machine_value(0, v[0]), machine_value(1, v[1]),
                   machine_value(2, v[2]), machine_value(3, v[3]), machine_fault_name(state));
    }
    arena_free(&a);
    return s;
}

const char *const synthetic_names[] = {"sine", "blobs", "wave", "machine", NULL};
static Status (*const makers[])(Maker *, Diag *) = {make_sine, make_blobs, make_wave, make_machine};

Status synthetic_csv(const char *kind, int64_t count, double noise, uint64_t seed, const char *faults,
                     Out *csv, Diag *d)
{
    if (count < 1 || count > MAX_SAMPLES || !(noise >= 0.0 && noise <= 1e6)) {
        return fail(d, ERR_USAGE,
                    "%jd samples with noise %g cannot be made; give 1 to %d and 0 to 1e6",
                    (intmax_t)count, noise, (int)MAX_SAMPLES);
    }
    for (size_t i = 0; i < COUNT(makers); i++) {
        if (strcmp(kind, synthetic_names[i]) == 0) {
            Maker m = {random_stream(seed, (uint64_t)i), noise, count, seed, faults, csv};
            return makers[i](&m, d);
        }
    }
    return fail(d, ERR_USAGE, "there is no '%s' to make; there are sine, blobs, wave and machine", kind);
}
