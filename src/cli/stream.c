/* stream: a recording replayed as the device would hear it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/stream.h"

#include <math.h>

static void print_time(const StreamResult *r, int64_t sample)
{
    if (r->rate_hz > 0.0) {
        printf("%12.3f s", (double)sample / r->rate_hz);
    } else {
        printf("%14jd", (intmax_t)sample);
    }
}

static void print_events(const StreamResult *r)
{
    enum { SHOWN = 200 };
    int64_t shown = 0;
    printf("  %14s  %-11s %10s  %6s\n", r->rate_hz > 0.0 ? "time" : "sample", "event", "score", "faults");
    for (int64_t i = 0; i < r->run_count && shown < SHOWN; i++) {
        const StreamRun *run = &r->run[i];
        if (run->event != 0) {
            printf("  ");
            print_time(r, run->end);
            printf("  %-11s %10.4g  %6d%s\n", stream_event_name(run->event), run->score, run->faults,
                   run->is_false ? "  false" : "");
            shown++;
        }
    }
    if (r->event_count > shown) {
        printf("  and %jd more: see --json or --output\n", (intmax_t)(r->event_count - shown));
    }
}

static void print_bytes(const StreamResult *r)
{
    double raw = 2.0 * (double)(r->samples * r->channels);
    double features = (double)(r->features * r->run_count);
    double sent = (double)r->event_bytes;
    bool known = r->rate_hz > 0.0;
    printf("\n  %-28s %14s\n", "", known ? "bytes a day" : "bytes");
    printf("  %-28s %14.0f\n", "samples, int16", known ? stream_per_day(r, raw) : raw);
    printf("  %-28s %14.0f\n", "features, a byte each", known ? stream_per_day(r, features) : features);
    printf("  %-28s %14.0f\n", "events, heartbeats included", known ? stream_per_day(r, sent) : sent);
    if (sent > 0.0) {
        printf("  samples : events = %.0f : 1 in bytes; energy is another matter: --on cortex-m4 estimates it\n",
               raw / sent);
    }
}

static void print_faults(const StreamResult *r)
{
    if (!r->has_labels) {
        return;
    }
    printf("\n  %jd false of %jd anomalies; of %jd labelled stretches %jd missed\n", (intmax_t)r->false_anomalies,
           (intmax_t)r->anomalies, (intmax_t)r->fault_count, (intmax_t)r->missed);
    for (int64_t k = 0; k < r->fault_count && k < 50; k++) {
        const StreamFault *f = &r->fault[k];
        printf("  stretch at ");
        print_time(r, f->begin);
        if (f->found < 0) {
            printf("  missed\n");
        } else {
            printf("  found after %jd samples, %jd windows\n", (intmax_t)(f->found - f->begin),
                   (intmax_t)((f->found - f->begin + r->hop - 1) / r->hop));
        }
    }
}

static void print_energy(const StreamEnergy *e)
{
    const struct {
        const char *name;
        double samples, features, events;
    } rows[] = {{"sensing", e->samples.sensing, e->features.sensing, e->events.sensing},
                {"sleeping", e->samples.sleeping, e->features.sleeping, e->events.sleeping},
                {"computing", e->samples.computing, e->features.computing, e->events.computing},
                {"sending", e->samples.sending, e->features.sending, e->events.sending},
                {"together", e->samples.total, e->features.total, e->events.total}};
    printf("\n  %-14s %12s %12s %12s\n", "joules a day", "samples", "features", "events");
    for (size_t i = 0; i < COUNT(rows); i++) {
        printf("  %-14s %12.3f %12.3f %12.3f\n", rows[i].name, rows[i].samples, rows[i].features, rows[i].events);
    }
    printf("  an estimate, not a measurement: %jd instructions a run, counted on %s, and these constants, which\n"
           "  --energy changes (the usual ones are round numbers of the size that data sheets name):\n",
           (intmax_t)e->run_instructions, e->target);
    for (int32_t i = 0; i < ENERGY_CONSTANTS; i++) {
        printf("  %-14s %12g %s\n", energy_rows[i].name, e->constants.value[i], energy_rows[i].what);
    }
    printf("  samples : events = %.1f : 1 in energy\n", e->samples.total / e->events.total);
}

static Status write_out(const char *path, Out *o, Diag *d)
{
    return path == NULL ? OK : file_write(path, o->text != NULL ? o->text : "", o->bytes, d);
}

static Status keep(const CliArgs *a, const Session *s, StreamResult *r, Diag *d)
{
    Out csv = {0};
    stream_csv(r, &csv);
    Status status = write_out(a->value[OPT_OUTPUT], &csv, d);
    out_free(&csv);
    TRY(status);
    TRY(write_out(a->value[OPT_FRAMES], &r->frames, d));
    for (int32_t i = 0; i < 2; i++) {
        const char *path = a->value[i == 0 ? OPT_SVG : OPT_PNG];
        TRY(path == NULL ? OK : stream_plot(s, r, path, d));
    }
    return OK;
}

/* What is heard: a file, or a machine that is made meanwhile. */
static Status read_options(const CliArgs *a, Arena *arena, StreamOptions *o, Diag *d)
{
    TrainSettings t;
    const char *kind = a->value[OPT_SYNTH];
    TRY(args_samples(a, arena, &t, NULL, d));
    TRY(args_pictures(a, d));
    *o = (StreamOptions){.data = {.path = a->operand[1],
                                  .labels = t.labels,
                                  .array = t.array,
                                  .label_column = t.label_column,
                                  .skip_columns = t.skip_columns,
                                  .header = (Header)t.header,
                                  .label_from = t.label_from,
                                  .window = t.window,
                                  .window_s = t.window_seconds,
                                  .rate_hz = t.sampling_rate,
                                  .features = t.features},
                         .machine = {.seed = (uint64_t)t.seed, .rate = MACHINE_RATE},
                         .normal = t.normal,
                         .trace = a->value[OPT_SVG] != NULL || a->value[OPT_PNG] != NULL,
                         .clips = a->value[OPT_CLIPS]};
    if ((kind == NULL) == (a->operand[1] == NULL)) {
        return fail(d, ERR_USAGE, "stream hears either a RECORDING or --synth=machine: give one of them");
    }
    if (kind != NULL && strcmp(kind, "machine") != 0) {
        return fail(d, ERR_USAGE, "--synth=%s: only the machine can be heard while it is made", kind);
    }
    if (kind == NULL && (a->value[OPT_SAMPLES] != NULL || a->value[OPT_FAULTS] != NULL)) {
        return fail(d, ERR_USAGE, "--count and --faults go with --synth=machine");
    }
    TRY(args_number(a, OPT_SAMPLES, 1000, 1, 1000000000, &o->machine_samples, d));
    const char *faults = a->value[OPT_FAULTS];
    return faults == NULL ? OK : machine_faults(&o->machine, faults, d);
}

/* WANTED: whether there is an estimate in E. */
static Status run(const CliArgs *a, Session *s, Arena *arena, StreamResult *r, StreamEnergy *e, bool *wanted)
{
    StreamOptions o;
    CompileOptions c;
    Energy constants;
    const char *target = a->value[OPT_ON_ONE];
    *wanted = target != NULL || a->value[OPT_ENERGY] != NULL;
    TRY(read_options(a, arena, &o, &s->diag));
    TRY(args_compile(a, &c, &s->diag));
    TRY(energy_read(a->value[OPT_ENERGY], &constants, &s->diag));
    TRY(session_open(s, a->operand[0]));
    TRY(stream_run(s, c.rounding, &o, r, &s->diag));
    TRY(keep(a, s, r, &s->diag));
    return *wanted ? stream_energy(a->operand[0], target != NULL ? target : "cortex-m4", &c, &constants, r, e, &s->diag)
                   : OK;
}

int cli_stream(const CliArgs *a)
{
    Session s = {0};
    Arena arena = {0};
    StreamResult r = {0};
    StreamEnergy e = {0};
    bool has_energy = false;
    int code = 0;
    stop_on_signals();
    if (run(a, &s, &arena, &r, &e, &has_energy) != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            json_t *o = stream_json(&s, &r);
            if (has_energy) {
                json_object_set_new(o, "energy", stream_energy_json(&e));
            }
            print_json(o);
        } else {
            print_events(&r);
            print_bytes(&r);
            if (has_energy) {
                print_energy(&e);
            }
            print_faults(&r);
        }
    }
    stream_free(&r);
    session_close(&s);
    arena_free(&arena);
    return code;
}
