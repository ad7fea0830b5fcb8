/* stream: energy of a day for sending all samples, features, or events.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stream.h"

static Status count_instructions(const char *path, const char *target, const CompileOptions *o, int64_t *out, Diag *d)
{
    enum { VECTORS = 4 };
    Session s = {0};
    VerifyResult v = {0};
    VerifyOptions options = {.compile = *o, .targets = target, .vectors = VECTORS, .seed = 1};
    Status status = session_open(&s, path);
    if (status == OK) {
        status = verify_session(&s, &options, &v, NULL, NULL);
    }
    if (status == OK) {
        *out = v.row[0].instructions;
        if (v.row_count != 1 || *out < 0) {
            status = fail(&s.diag, ERR_USAGE, "--on=%s counts no instructions; name one emulated Arm or RISC-V core",
                          target);
        }
    }
    if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    }
    verify_free(&v);
    session_close(&s);
    return status;
}

Status stream_energy(const char *path, const char *target, const CompileOptions *o, const Energy *constants,
                     const StreamResult *r, StreamEnergy *out, Diag *d)
{
    const double day = 86400.0;
    *out = (StreamEnergy){.constants = *constants, .target = target};
    if (!(r->rate_hz > 0.0)) {
        return fail(d, ERR_USAGE, "energy: how long does the recording last? Give a --sampling-rate");
    }
    TRY(count_instructions(path, target, o, &out->run_instructions, d));
    double instructions = (double)out->run_instructions * stream_per_day(r, (double)r->run_count);
    double samples = 2.0 * (double)(r->samples * r->channels);
    double features = (double)r->features * (double)r->run_count;
    out->samples = energy_use(constants, day, 0.0, stream_per_day(r, samples), 0.0);
    out->features = energy_use(constants, day, instructions, stream_per_day(r, features), 0.0);
    out->events = energy_use(constants, day, instructions, stream_per_day(r, (double)r->event_bytes),
                             stream_per_day(r, (double)r->event_count));
    return OK;
}

static json_t *use_json(const EnergyUse *u)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "sensing", u->sensing, "sleeping", u->sleeping, "computing",
                     u->computing, "sending", u->sending, "total", u->total);
}

json_t *stream_energy_json(const StreamEnergy *e)
{
    json_t *constants = json_object();
    for (int32_t i = 0; i < ENERGY_CONSTANTS; i++) {
        json_object_set_new(constants, energy_rows[i].name, json_real(e->constants.value[i]));
    }
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "target", e->target, "instructions_per_run",
                     (json_int_t)e->run_instructions, "samples_joules_per_day", use_json(&e->samples),
                     "features_joules_per_day", use_json(&e->features), "events_joules_per_day", use_json(&e->events),
                     "constants", constants);
}
