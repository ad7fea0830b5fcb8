/* A made machine: an electric motor whose bearing housing shakes in three axes and warms up, a sample at a time.
 *
 * Shaft: harmonics of a speed that wanders a little with the load. Bearing (one with 9 rolling elements, a ball pass
 * frequency of the outer race of 3.58 turns): impacts that ring at the housing's resonance, their size growing with
 * the fault. Imbalance: a force once a turn that grows. Looseness: half-turn harmonics and a clipped swing.
 * Temperature: follows the load and the friction with a lag of minutes, and the day. The sensor itself may be stuck,
 * clip, lose samples, or drift.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/machine.h"

#include <math.h>
#include <stdlib.h>

enum { HARMONICS = 4 };
static const double two_pi = 6.283185307179586;
static const double turns_per_second = 24.7;
static const double outer_race = 3.58; /* impacts a turn */
static const double resonance_hz = 310.0;
static const double ring_decay_s = 0.006;
static const double warmth_lag_s = 900.0;
static const double lag[3] = {0.0, 0.25, 0.1}; /* of the axes, in turns */
static const char *const fault_names[] = {"bearing", "imbalance", "looseness", "stuck",
                                          "clipped", "missing",   "drift"};

struct Machine {
    MachineOptions o;
    Random random;
    int64_t sample;
    double turn;        /* of the shaft, counted in turns */
    double speed;       /* turns a second */
    double load;        /* 0 .. 1, wanders */
    double next_impact; /* in turns */
    double ring[2];     /* a damped resonator, */
    double ring_by[2];  /* and what it takes of its last two values */
    double cos_lag[3], sin_lag[3]; /* of the axes */
    double warmth;      /* degrees above the day's */
    int16_t last[MACHINE_CHANNELS];
};

/* --- faults in words: "bearing 15h 24h 1.0" --- */

static bool parse_time(const char *text, double rate, int64_t *samples)
{
    char *end = NULL;
    double v = strtod(text, &end);
    double unit = strcmp(end, "h") == 0     ? 3600.0
                  : strcmp(end, "min") == 0 ? 60.0
                  : strcmp(end, "s") == 0   ? 1.0
                                            : 0.0;
    *samples = (int64_t)(v * unit * rate);
    return end != text && unit > 0.0 && v >= 0.0 && v * unit * rate < 1e15;
}

static Status parse_fault(MachineOptions *o, const char *text, Diag *d)
{
    char word[4][24] = {{0}};
    int words = sscanf(text, "%23s %23s %23s %23s", word[0], word[1], word[2], word[3]);
    MachineFault *f = &o->fault[o->faults];
    size_t kind = 0;
    while (kind < COUNT(fault_names) && strcmp(word[0], fault_names[kind]) != 0) {
        kind++;
    }
    char *end = word[3];
    *f = (MachineFault){.kind = (MachineFaultKind)kind,
                        .size = words == 4 ? strtod(word[3], &end) : 1.0};
    if (words < 3 || kind == COUNT(fault_names) || *end != '\0' ||
        !parse_time(word[1], o->rate, &f->start) || !parse_time(word[2], o->rate, &f->end) ||
        f->end <= f->start || !(f->size > 0.0 && f->size <= 10.0)) {
        return fail(
            d, ERR_USAGE,
            "the fault '%s' cannot be made; give KIND START END [SIZE], as in \"bearing 15h 24h "
            "1\": bearing, imbalance, "
            "looseness, stuck, clipped, missing or drift; times in h, min or s; a size up to 10",
            text);
    }
    o->faults++;
    return OK;
}

Status machine_faults(MachineOptions *o, const char *text, Diag *d)
{
    char part[128];
    o->faults = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        if (n >= sizeof part || o->faults == MACHINE_FAULTS) {
            return fail(d, ERR_USAGE, "'%s': at most %d faults, each of at most %zu letters", text,
                        (int)MACHINE_FAULTS, sizeof part - 1);
        }
        memcpy(part, text, n);
        part[n] = '\0';
        TRY(parse_fault(o, part, d));
        text += n + (text[n] == ',');
    }
    return OK;
}

const char *machine_fault_name(MachineFaultKind kind)
{
    return kind == MACHINE_FINE ? "normal" : fault_names[kind];
}

const char *machine_channel_name(int32_t channel)
{
    static const char *const names[MACHINE_CHANNELS] = {"x", "y", "z", "temperature"};
    return names[channel];
}

double machine_value(int32_t channel, int16_t steps)
{
    return channel < 3 ? steps / 1000.0 : steps / 100.0;
}

/* --- the machine --- */

Machine *machine_new(Arena *a, const MachineOptions *o)
{
    Machine *m = NEW(a, Machine, 1);
    m->o = *o;
    m->random = random_stream(o->seed, 77);
    m->speed = turns_per_second;
    m->load = 0.6;
    m->warmth = 22.0 * m->load; /* it has run for a while */
    m->next_impact = 1.0;
    double r = exp(-1.0 / (ring_decay_s * o->rate));
    m->ring_by[0] = 2.0 * r * cos(two_pi * resonance_hz / o->rate);
    m->ring_by[1] = r * r;
    for (int32_t axis = 0; axis < 3; axis++) {
        m->cos_lag[axis] = cos(two_pi * lag[axis]);
        m->sin_lag[axis] = sin(two_pi * lag[axis]);
    }
    return m;
}

/* How far a fault has come, 0: not begun, 1: fully there (times its size). The machine's faults grow, those of the
 * sensor are there at once. */
static double level(const Machine *m, MachineFaultKind kind)
{
    for (int32_t i = 0; i < m->o.faults; i++) {
        const MachineFault *f = &m->o.fault[i];
        if (f->kind == kind && m->sample >= f->start && m->sample < f->end) {
            double part = (double)(m->sample - f->start) / (double)(f->end - f->start);
            return kind >= MACHINE_STUCK ? f->size : f->size * (0.02 + 0.98 * part * part);
        }
    }
    return 0.0;
}

/* Sum of three uniform numbers of one draw: near enough to normal, and quick. Deviation 1. */
static double rough_noise(Random *r)
{
    uint64_t bits = random_bits(r);
    int64_t sum =
        (int64_t)(bits & 0x1FFFFF) + (int64_t)((bits >> 21) & 0x1FFFFF) + (int64_t)(bits >> 43);
    return ((double)sum - 1.5 * 2097151.0) * (2.0 / 2097152.0);
}

static double ring(Machine *m, double bearing)
{
    double hit = 0.0;
    if (m->turn >= m->next_impact) {
        m->next_impact += (1.0 + 0.02 * rough_noise(&m->random)) / outer_race; /* the balls slip */
        hit = bearing * (1.0 + 0.2 * rough_noise(&m->random));
    }
    double now = m->ring_by[0] * m->ring[0] - m->ring_by[1] * m->ring[1] + hit;
    m->ring[1] = m->ring[0];
    m->ring[0] = now;
    return now;
}

static void wander(Machine *m, double friction)
{
    if (m->sample % 100 == 0) {
        double hours = (double)m->sample / m->o.rate / 3600.0;
        m->load += 0.01 * (0.6 - m->load) + 0.004 * rough_noise(&m->random);
        m->load = m->load < 0.2 ? 0.2 : m->load > 1.0 ? 1.0 : m->load;
        m->speed = turns_per_second * (1.01 - 0.015 * m->load);
        double goal = 22.0 * m->load + 6.0 * friction + 2.0 * sin(two_pi * (hours - 9.0) / 24.0);
        m->warmth += (goal - m->warmth) * 100.0 / (warmth_lag_s * m->o.rate);
    }
    m->turn += m->speed / m->o.rate;
}

static int16_t to_step(double v, double clip)
{
    v = v > clip ? clip : v < -clip ? -clip : v;
    return (int16_t)lrint(v * 1000.0); /* a thousandth of g */
}

static void shake(Machine *m, double bearing, int16_t *out)
{
    static const double size[3][HARMONICS] = {
        {0.12, 0.05, 0.02, 0.01}, {0.10, 0.06, 0.03, 0.01}, {0.04, 0.03, 0.02, 0.01}};
    static const double turning[3] = {1.0, 1.0, 0.2};
    static const double ringing[3] = {1.0, 0.7, 0.3};
    double imbalance = level(m, MACHINE_IMBALANCE);
    double loose = level(m, MACHINE_LOOSENESS);
    double knock = ring(m, 0.9 * bearing);
    double clip = level(m, MACHINE_CLIPPED) > 0.0 ? 0.15 : 16.0;
    double phase = two_pi * (m->turn - floor(m->turn));
    double sin_turn = sin(phase);
    double cos_turn = cos(phase);
    for (int32_t axis = 0; axis < 3; axis++) {
        double s1 = sin_turn * m->cos_lag[axis] + cos_turn * m->sin_lag[axis];
        double c1 = cos_turn * m->cos_lag[axis] - sin_turn * m->sin_lag[axis];
        double v = 0.0;
        double s = s1;
        double c = c1;
        for (int32_t h = 0; h < HARMONICS; h++) {
            v += size[axis][h] * (0.8 + 0.4 * m->load) * s;
            double next = s * c1 + c * s1;
            c = c * c1 - s * s1;
            s = next;
        }
        v += 0.6 * imbalance * turning[axis] * s1 + ringing[axis] * knock +
             0.03 * rough_noise(&m->random);
        if (loose > 0.0) {
            v += 0.3 * loose *
                 sin(0.5 * two_pi * (m->turn - 2.0 * floor(0.5 * m->turn)) + lag[axis]);
            v = v > 0.25 ? 0.25 + 0.3 * (v - 0.25) : v;
        }
        out[axis] = to_step(v + (axis == 2 ? 1.0 : 0.0),
                            clip + (axis == 2 ? 1.0 : 0.0)); /* the z axis carries the weight */
    }
}

MachineFaultKind machine_next(Machine *m, int16_t out[MACHINE_CHANNELS])
{
    double bearing = level(m, MACHINE_BEARING);
    double drift = level(m, MACHINE_DRIFT);
    wander(m, 2.0 * bearing + level(m, MACHINE_LOOSENESS));
    shake(m, bearing, out);
    out[3] = (int16_t)lrint(100.0 * (24.0 + m->warmth + 15.0 * drift)); /* hundredths of a degree */
    if (level(m, MACHINE_STUCK) > 0.0 && m->sample > 0) {
        memcpy(out, m->last, sizeof m->last);
    }
    memcpy(m->last, out, sizeof m->last);
    if (level(m, MACHINE_MISSING) > 0.0 && random_unit(&m->random) < 0.5) {
        for (int32_t c = 0; c < MACHINE_CHANNELS; c++) {
            out[c] = INT16_MIN;
        }
    }
    MachineFaultKind state = MACHINE_FINE;
    for (int32_t i = 0; i < m->o.faults; i++) {
        if (m->sample >= m->o.fault[i].start && m->sample < m->o.fault[i].end) {
            state = m->o.fault[i].kind;
        }
    }
    m->sample++;
    return state;
}
