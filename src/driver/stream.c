/* stream: a recording replayed as the device would hear it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stream.h"

#include "link/link.h"

#include <math.h>

const char *stream_event_name(int32_t event)
{
    return event_kind_name(event);
}

static Status read_note(const Session *s, StreamResult *r, const char **normal, Diag *d)
{
    const char *text = graph_meta(s->g, "sensor");
    if (!graph_gives_events(s->g)) {
        return fail(d, ERR_INPUT, "the model gives no events; `shrinc train --signal --detector` makes such ones");
    }
    json_t *note = json_loads(text, 0, NULL);
    r->window = (int32_t)json_integer_value(json_object_get(note, "window"));
    r->features = (int32_t)json_integer_value(json_object_get(note, "features"));
    r->threshold = json_number_value(json_object_get(note, "threshold"));
    r->rate_hz = json_number_value(json_object_get(note, "rate_hz"));
    const char *usual = json_string_value(json_object_get(note, "normal"));
    if (*normal == NULL && usual != NULL) {
        *normal = arena_strdup(&r->arena, usual);
    }
    json_decref(note);
    const Shape *x = &tensor(s->g, s->g->input[0])->shape;
    r->hop = x->dim[1];
    r->channels = x->dim[2];
    r->window = r->window >= r->hop && r->window <= 1 << 24 ? r->window : r->hop;
    return OK;
}

/* --- runs --- */

/* By the model's own normalisation of raw numbers, which the file holds times GAIN. */
static void put_samples(Eval *e, const Graph *g, const float *x, int64_t count, double gain)
{
    const Tensor *in = tensor(g, g->input[0]);
    const Scaling *s = g->input_scaling != NULL && g->input_scaling[0].count > 0 ? &g->input_scaling[0] : NULL;
    uint8_t *at = eval_tensor(e, g->input[0]);
    for (int64_t i = 0; i < count; i++) {
        float v = x[i];
        if (s != NULL) { /* in float, as NAME_normalize_input has it */
            v = ((float)((double)v / gain) - s->offset[i % s->count]) * s->gain[i % s->count];
        }
        element_put(in, true, (double)v, at + i * type_bytes(in->type));
    }
}

static void count_event(StreamResult *r, StreamRun *run, const Graph *g, Eval *e)
{
    uint8_t frame[FRAME_BYTES_MAX];
    if (run->event == EVENT_NONE) {
        return;
    }
    Event sent = {.boot = 1, .sequence = r->event_count, .time = run->end, .kind = run->event};
    if (g->output_count >= 3) {
        sent.value[0] = (int64_t)element_get(tensor(g, g->output[1]), false, eval_tensor(e, g->output[1]), 0);
        sent.value[1] = (int64_t)ceil(r->threshold / (double)tensor(g, g->output[1])->q.scale[0]);
        sent.value[2] = run->faults;
        sent.values = run->event == EVENT_HEARTBEAT ? 0 : 3;
    }
    run->frame_bytes = frames_event(&sent, frame);
    r->event_count++;
    r->event_bytes += run->frame_bytes;
}

static void run_all(const Graph *g, const Data *data, StreamResult *r)
{
    Eval *e = eval_new(g, true);
    int64_t each = (int64_t)r->hop * r->channels;
    for (int64_t i = 0; i < r->run_count; i++) {
        StreamRun *run = &r->run[i];
        put_samples(e, g, data->x + i * each, each, data->x_gain);
        eval_run(e);
        run->end = (i + 1) * r->hop;
        run->event = (int32_t)element_get(tensor(g, g->output[0]), false, eval_tensor(e, g->output[0]), 0);
        if (g->output_count >= 3) {
            run->score = element_get(tensor(g, g->output[1]), true, eval_tensor(e, g->output[1]), 0);
            run->faults = (int32_t)element_get(tensor(g, g->output[2]), false, eval_tensor(e, g->output[2]), 0);
        }
        count_event(r, run, g, e);
    }
    eval_free(e);
}

/* --- what the labels say --- */

static bool is_labelled(const StreamResult *r, const Data *data, int32_t normal, int64_t sample)
{
    return data->label[sample * r->channels / data->x_count] != normal;
}

/* Stretches of labelled samples. */
static void find_faults(StreamResult *r, const Data *data, int32_t normal)
{
    r->fault = NEW(&r->arena, StreamFault, r->samples + 1);
    for (int64_t i = 0; i < r->samples; i++) {
        bool here = is_labelled(r, data, normal, i);
        if (here && (i == 0 || !is_labelled(r, data, normal, i - 1))) {
            r->fault[r->fault_count++] = (StreamFault){.begin = i, .found = -1};
        }
        if (here) {
            r->fault[r->fault_count - 1].end = i + 1;
        }
    }
}

/* A stretch is found once an anomaly, or a fault of the sensor, is going on in it. */
static void judge(StreamResult *r, const Data *data, int32_t normal)
{
    find_faults(r, data, normal);
    int64_t at = 0; /* the first stretch that is not over */
    bool alarm = false;
    bool fault = false;
    for (int64_t i = 0; i < r->run_count; i++) {
        StreamRun *run = &r->run[i];
        int64_t begin = run->end - r->window;
        while (at < r->fault_count && r->fault[at].end <= begin) {
            at++;
        }
        run->is_labelled = at < r->fault_count && r->fault[at].begin < run->end;
        bool starts = run->event == EVENT_ANOMALY;
        run->is_false = starts && !run->is_labelled;
        r->false_anomalies += run->is_false;
        alarm = (alarm || starts) && run->event != EVENT_RECOVERED;
        fault = (fault || run->event == EVENT_FAULT) && run->event != EVENT_FAULT_OVER;
        for (int64_t k = at; k < r->fault_count && r->fault[k].begin < run->end && (alarm || fault); k++) {
            r->fault[k].found = r->fault[k].found < 0 ? run->end : r->fault[k].found;
        }
    }
    for (int64_t k = 0; k < r->fault_count; k++) {
        r->missed += r->fault[k].found < 0;
    }
}

static Status replay(Session *s, const Data *data, const char *normal, StreamResult *r, Diag *d)
{
    int32_t usual = 0;
    int64_t numbers = data->count * data->x_count;
    if (data->x_count % r->channels != 0) {
        return fail(d, ERR_INPUT, "a sample of the model has %d numbers; '%s' has %jd in a row%s", r->channels,
                    data->name, (intmax_t)data->x_count,
                    data->x_count > r->channels ? ": name those that are none, --label-column or --skip-columns"
                                                : "");
    }
    r->samples = numbers / r->channels;
    r->run_count = r->samples / r->hop;
    r->rate_hz = data->rate_hz > 0.0 ? data->rate_hz : r->rate_hz;
    r->run = NEW(&r->arena, StreamRun, r->run_count + 1);
    if (r->run_count == 0) {
        return fail(d, ERR_INPUT, "'%s' has %jd samples; the first run needs %d", data->name, (intmax_t)r->samples,
                    r->hop);
    }
    run_all(s->g, data, r);
    for (int64_t i = 0; i < r->run_count; i++) {
        r->anomalies += r->run[i].event == EVENT_ANOMALY;
    }
    r->has_labels = data->label != NULL && data->class_count > 1;
    if (r->has_labels) {
        TRY(data_usual_class(data, normal, &usual, d));
        judge(r, data, usual);
    }
    return OK;
}

Status stream_run(Session *s, Rounding rounding, const DataOptions *o, const char *normal, StreamResult *r, Diag *d)
{
    Data *data = NULL;
    *r = (StreamResult){0};
    TRY(read_note(s, r, &normal, d));
    if (o->window != 0 || o->window_s > 0.0 || o->features != NULL) {
        return fail(d, ERR_USAGE, "a recording is replayed as it is: leave window and features out");
    }
    TRY(pipeline_run(s, rounding, NULL));
    TRY(data_read(o, &data, d));
    Status status = replay(s, data, normal, r, d);
    data_free(data);
    return status;
}

void stream_free(StreamResult *r)
{
    arena_free(&r->arena);
    *r = (StreamResult){0};
}

double stream_per_day(const StreamResult *r, double bytes)
{
    return r->rate_hz > 0.0 ? bytes * 86400.0 * r->rate_hz / (double)r->samples : (double)NAN;
}

/* --- documents --- */

void stream_csv(const StreamResult *r, Out *csv)
{
    double step = r->rate_hz > 0.0 ? 1.0 / r->rate_hz : 1.0;
    out_text(csv, "time,score,threshold,event,faults,labelled\n");
    for (int64_t i = 0; i < r->run_count; i++) {
        const StreamRun *run = &r->run[i];
        out_printf(csv, "%.9g,%.9g,%.9g,%d,%d,%d\n", (double)run->end * step, run->score, r->threshold, run->event,
                   run->faults, run->is_labelled);
    }
}

static json_t *real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *events_json(const StreamResult *r)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < r->run_count; i++) {
        const StreamRun *run = &r->run[i];
        if (run->event != EVENT_NONE) {
            json_array_append_new(list,
                                  json_pack("{s:I, s:o, s:s, s:f, s:i, s:i, s:b}", "sample", (json_int_t)run->end,
                                            "seconds", real(r->rate_hz > 0.0 ? (double)run->end / r->rate_hz : NAN),
                                            "kind", stream_event_name(run->event), "score", run->score, "faults",
                                            run->faults, "bytes", run->frame_bytes, "false", run->is_false));
        }
    }
    return list;
}

json_t *stream_json(const Session *s, const StreamResult *r)
{
    double raw = 2.0 * (double)(r->samples * r->channels);
    double features = (double)(r->features * r->run_count);
    json_t *o = json_pack(
        "{s:s, s:s, s:I, s:i, s:i, s:i, s:f, s:f, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "schema", "shrinc/stream/1",
        "model", s->file_name, "samples", (json_int_t)r->samples, "channels", r->channels, "hop", r->hop, "window",
        r->window, "rate_hz", r->rate_hz, "threshold", r->threshold, "runs", (json_int_t)r->run_count, "anomalies",
        (json_int_t)r->anomalies, "event_bytes", (json_int_t)r->event_bytes, "raw_bytes_per_day",
        real(stream_per_day(r, raw)), "feature_bytes_per_day", real(stream_per_day(r, features)),
        "event_bytes_per_day", real(stream_per_day(r, (double)r->event_bytes)), "events", events_json(r));
    if (r->has_labels) {
        json_t *faults = json_array();
        for (int64_t k = 0; k < r->fault_count; k++) {
            const StreamFault *f = &r->fault[k];
            json_array_append_new(
                faults, json_pack("{s:I, s:I, s:o}", "begin", (json_int_t)f->begin, "end", (json_int_t)f->end,
                                  "delay_samples", f->found < 0 ? json_null() : json_integer(f->found - f->begin)));
        }
        json_object_set_new(o, "false_anomalies", json_integer(r->false_anomalies));
        json_object_set_new(o, "missed", json_integer(r->missed));
        json_object_set_new(o, "faults", faults);
    }
    return o;
}
