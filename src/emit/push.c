/* NAME_push in NAME.h, for a model that hears a stream and gives events: samples in one by one, at most one event out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

static void print_events(Emitter *e, Out *out)
{
    static const char *const events[] = {"NONE",      "START", "HEARTBEAT", "ANOMALY",
                                         "RECOVERED", "FAULT", "SELFTEST",  "FAULT_OVER"};
    out_text(out, "\n");
    out_line(out, "/* Events, as %s_push returns them (SELFTEST is for the application's own use). */", e->name);
    for (size_t i = 0; i < COUNT(events); i++) {
        out_line(out, "#define %s_EVENT_%s %zu", e->upper, events[i], i);
    }
    out_line(out, "/* The last output is a sum of these. */");
    out_line(out, "#define %s_FAULT_STUCK 1", e->upper);
    out_line(out, "#define %s_FAULT_CLIPPED 2", e->upper);
    out_line(out, "#define %s_FAULT_MISSING 4", e->upper);
    out_line(out, "#define %s_FAULT_RANGE 8", e->upper);
}

void emit_push(Emitter *e, Out *out)
{
    if (!graph_gives_events(e->g)) {
        return;
    }
    const Shape *s = &tensor(e->g, e->g->input[0])->shape;
    char input[96], output[96];
    port_text(e, true, false, 0, input);
    port_text(e, false, false, 0, output);
    print_events(e, out);
    out_line(out, "#define %s_HOP %d      /* samples of a run */", e->upper, s->dim[1]);
    out_line(out, "#define %s_CHANNELS %d /* numbers of a sample */", e->upper, s->dim[2]);
    out_text(out, "\n");
    out_line(out,
             "/* Takes one sample of %d numbers (a channel that did not come: INT16_MIN). Every %d-th one runs the",
             s->dim[2], s->dim[1]);
    out_line(
        out,
        " * model, which is the most work a sample can be; the others are copied. No clock is asked: samples are");
    out_line(
        out,
        " * thought to come evenly. Returns an event; the score and the faults of the last run are outputs. */");
    out_line(out, "static inline int8_t %s_push(%s *m, const int16_t *sample)", e->name, e->name);
    out_line(out, "{");
    out->indent = 4;
    out_line(out, "int8_t event = %s_EVENT_NONE;", e->upper);
    out_line(out, "(void)memcpy(&%s(m)[m->filled * %s_CHANNELS], sample, sizeof *sample * %s_CHANNELS);", input,
             e->upper, e->upper);
    out_line(out, "m->filled++;");
    out_line(out, "if (m->filled >= %s_HOP) {", e->upper);
    out_line(out, "    m->filled = 0;");
    out_line(out, "    %s_invoke(m);", e->name);
    out_line(out, "    event = %s(m)[0];", output);
    out_line(out, "}");
    out_line(out, "return event;");
    out->indent = 0;
    out_line(out, "}");
}
