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
        printf("  samples : events = %.0f : 1 in bytes; energy is another matter, sensing and waiting cost too\n",
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

static Status run(const CliArgs *a, Session *s, Arena *arena, StreamResult *r)
{
    TrainSettings t;
    CompileOptions c;
    TRY(args_samples(a, arena, &t, NULL, &s->diag));
    TRY(args_compile(a, &c, &s->diag));
    TRY(session_open(s, a->operand[0]));
    DataOptions o = {.path = a->operand[1],
                     .labels = t.labels,
                     .array = t.array,
                     .label_column = t.label_column,
                     .skip_columns = t.skip_columns,
                     .header = (Header)t.header,
                     .label_from = t.label_from,
                     .window = t.window,
                     .window_s = t.window_seconds,
                     .rate_hz = t.sampling_rate,
                     .features = t.features};
    TRY(stream_run(s, c.rounding, &o, t.normal, r, &s->diag));
    if (a->value[OPT_OUTPUT] == NULL) {
        return OK;
    }
    Out csv = {0};
    stream_csv(r, &csv);
    Status status = file_write(a->value[OPT_OUTPUT], csv.text, csv.bytes, &s->diag);
    out_free(&csv);
    return status;
}

int cli_stream(const CliArgs *a)
{
    Session s = {0};
    Arena arena = {0};
    StreamResult r = {0};
    int code = 0;
    if (run(a, &s, &arena, &r) != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(stream_json(&s, &r));
        } else {
            print_events(&r);
            print_bytes(&r);
            print_faults(&r);
        }
    }
    stream_free(&r);
    session_close(&s);
    arena_free(&arena);
    return code;
}
