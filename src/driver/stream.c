/* stream: a recording replayed as the device would hear it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stream.h"

#include "data/files.h"
#include "link/link.h"
#include "train/pool.h"

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

/* Samples go through in blocks: while one is heard the next one is made. */
typedef struct Block {
    int64_t count;     /* samples */
    float *x;          /* [count][channels] */
    uint8_t *labelled; /* [count] */
} Block;

typedef struct Replay {
    const Graph *g;
    const StreamOptions *o;
    StreamResult *r;
    StreamSource source;
    Eval *e;
    Block block[2];
    int64_t block_samples, taken, heard;
    int32_t now;           /* the block that is heard */
    int64_t fault_room;
    float *ring;           /* the last CLIP samples */
    int64_t clip, clip_begin, clip_end; /* samples; CLIP_END 0: none so far */
    bool clip_waits;
    int32_t clip_event;
    Status status;
    Diag *d;
} Replay;

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
    out_bytes(&r->frames, frame, (size_t)run->frame_bytes);
    r->event_count++;
    r->event_bytes += run->frame_bytes;
    r->anomalies += run->event == EVENT_ANOMALY;
}

/* Stretches of labelled samples. */
static void note_labels(Replay *p, const uint8_t *labelled, int64_t first, int64_t count)
{
    StreamResult *r = p->r;
    for (int64_t i = 0; i < count; i++) {
        StreamFault *last = r->fault_count > 0 ? &r->fault[r->fault_count - 1] : NULL;
        if (labelled[i] == 0) {
            continue;
        }
        if (last != NULL && last->end == first + i) {
            last->end++;
            continue;
        }
        if (r->fault_count == p->fault_room) {
            StreamFault *more = NEW(&r->arena, StreamFault, 2 * p->fault_room + 64);
            memcpy(more, r->fault != NULL ? r->fault : more, sizeof *more * (size_t)r->fault_count);
            r->fault = more;
            p->fault_room = 2 * p->fault_room + 64;
        }
        r->fault[r->fault_count++] = (StreamFault){.begin = first + i, .end = first + i + 1, .found = -1};
    }
}

static void note_trace(StreamResult *r, const float *x, int64_t first, int64_t count)
{
    for (int64_t i = 0; r->trace.low != NULL && i < count; i++) {
        int64_t column = (first + i) * STREAM_COLUMNS / r->samples;
        for (int32_t c = 0; c < r->channels; c++) {
            float v = x[i * r->channels + c];
            float *low = &r->trace.low[c * STREAM_COLUMNS + column];
            float *high = &r->trace.high[c * STREAM_COLUMNS + column];
            *low = isnan(*low) || v < *low ? v : *low;
            *high = isnan(*high) || v > *high ? v : *high;
        }
    }
}

static Status write_clip(Replay *p, Diag *d)
{
    int32_t channels = p->r->channels;
    int64_t count = p->clip_end - p->clip_begin;
    float *x = NEW(&p->r->arena, float, count * channels);
    for (int64_t i = 0; i < count; i++) {
        memcpy(x + i * channels, p->ring + (p->clip_begin + i) % p->clip * channels, sizeof *x * (size_t)channels);
    }
    p->clip_waits = false;
    p->r->clip_count++;
    const char *path = arena_printf(&p->r->arena, "%s/%s_%jd.npy", p->o->clips, stream_event_name(p->clip_event),
                                    (intmax_t)p->clip_begin);
    const int64_t dim[2] = {count, channels};
    Out file = {0};
    npy_header(&file, "<f4", dim, 2);
    out_bytes(&file, x, sizeof *x * (size_t)(count * channels));
    Status s = file_write(path, file.text, file.bytes, d);
    out_free(&file);
    return s;
}

/* Keeps the samples of a run; writes the clip that ends with it. */
static Status note_clip(Replay *p, const float *x, const StreamRun *run, Diag *d)
{
    int64_t hop = p->r->hop;
    int64_t size = p->r->channels;
    for (int64_t i = 0; i < hop; i++) {
        memcpy(p->ring + (run->end - hop + i) % p->clip * size, x + i * size, sizeof *x * (size_t)size);
    }
    bool wanted = run->event == EVENT_ANOMALY || run->event == EVENT_FAULT;
    if (wanted && !p->clip_waits && run->end > p->clip_end) {
        int64_t begin = (run->end - p->clip / 2) / hop * hop;
        p->clip_begin = begin < p->clip_end ? p->clip_end : begin;
        p->clip_end = p->clip_begin + p->clip;
        p->clip_event = run->event;
        p->clip_waits = true;
    }
    if (p->clip_waits && run->end + hop > p->r->samples && run->end < p->clip_end) {
        p->clip_end = run->end; /* the recording ends before it */
    }
    return p->clip_waits && run->end >= p->clip_end ? write_clip(p, d) : OK;
}

static void hear_run(Replay *p, StreamRun *run, const float *x)
{
    const Graph *g = p->g;
    put_samples(p->e, g, x, (int64_t)p->r->hop * p->r->channels, p->source.gain);
    eval_run(p->e);
    run->event = (int32_t)element_get(tensor(g, g->output[0]), false, eval_tensor(p->e, g->output[0]), 0);
    if (g->output_count >= 3) {
        run->score = element_get(tensor(g, g->output[1]), true, eval_tensor(p->e, g->output[1]), 0);
        run->faults = (int32_t)element_get(tensor(g, g->output[2]), false, eval_tensor(p->e, g->output[2]), 0);
    }
    count_event(p->r, run, g, p->e);
}

static void hear_block(Replay *p, const Block *b)
{
    StreamResult *r = p->r;
    note_labels(p, b->labelled, p->heard, b->count);
    note_trace(r, b->x, p->heard, b->count);
    for (int64_t i = 0; i + r->hop <= b->count; i += r->hop) {
        StreamRun *run = &r->run[(p->heard + i) / r->hop];
        run->end = p->heard + i + r->hop;
        hear_run(p, run, b->x + i * r->channels);
        if (p->ring != NULL && p->status == OK) {
            p->status = note_clip(p, b->x + i * r->channels, run, p->d);
        }
    }
    p->heard += b->count;
}

/* Jobs of a step: 0 makes the next block, 1 hears the one before. */
static void step(void *context, int32_t lane, int32_t index)
{
    (void)lane;
    Replay *p = context;
    if (index == 1) {
        hear_block(p, &p->block[p->now]);
        return;
    }
    Block *next = &p->block[1 - p->now];
    int64_t left = p->r->samples - p->taken;
    next->count = left < p->block_samples ? left : p->block_samples;
    source_take(&p->source, next->count, next->x, next->labelled);
    p->taken += next->count;
}

static Status run_all(Replay *p)
{
    enum { BLOCK_SAMPLES = 1 << 17, THREADS = 2 };
    StreamResult *r = p->r;
    Pool *pool = pool_new(&r->arena, THREADS);
    p->block_samples = (BLOCK_SAMPLES / r->hop + 1) * (int64_t)r->hop;
    for (int32_t i = 0; i < 2; i++) {
        p->block[i].x = NEW(&r->arena, float, p->block_samples * r->channels);
        p->block[i].labelled = NEW(&r->arena, uint8_t, p->block_samples);
    }
    p->e = eval_new(p->g, true);
    while (p->heard < r->samples && p->status == OK) {
        pool_run(pool, 2, THREADS, step, p); /* the first time it hears an empty block */
        p->now = 1 - p->now;
    }
    eval_free(p->e);
    pool_free(pool);
    return p->status;
}

/* --- what the labels say --- */

/* A stretch is found once an anomaly, or a fault of the sensor, is going on in it. */
static void judge(StreamResult *r)
{
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

static void prepare(Replay *p)
{
    StreamResult *r = p->r;
    r->run = NEW(&r->arena, StreamRun, r->run_count + 1);
    if (p->o->trace) {
        int64_t count = (int64_t)r->channels * STREAM_COLUMNS;
        r->trace.low = NEW(&r->arena, float, count);
        r->trace.high = NEW(&r->arena, float, count);
        for (int64_t i = 0; i < count; i++) {
            r->trace.low[i] = r->trace.high[i] = NAN;
        }
    }
    if (p->o->clips != NULL) {
        int64_t runs = (int64_t)(STREAM_CLIP_SECONDS * r->rate_hz) / r->hop;
        p->clip = (runs < 2 ? 2 : runs) * r->hop;
        p->ring = NEW(&r->arena, float, p->clip * r->channels);
    }
}

static Status replay(Replay *p, Diag *d)
{
    StreamResult *r = p->r;
    const StreamSource *source = &p->source;
    r->source = arena_strdup(&r->arena, source->name);
    r->channel_name = source->channel_name;
    r->samples = source->samples;
    r->run_count = r->samples / r->hop;
    r->rate_hz = source->rate_hz > 0.0 ? source->rate_hz : r->rate_hz;
    r->has_labels = source->has_labels;
    if (r->run_count == 0) {
        return fail(d, ERR_INPUT, "'%s' has %jd samples; the first run needs %d", r->source, (intmax_t)r->samples,
                    r->hop);
    }
    if (p->o->clips != NULL && !(r->rate_hz > 0.0 && r->rate_hz * STREAM_CLIP_SECONDS * r->channels < 1e8)) {
        return fail(d, ERR_USAGE, "--clips: how many samples are %d seconds? Give a --sampling-rate",
                    STREAM_CLIP_SECONDS);
    }
    TRY(p->o->clips == NULL ? OK : dir_make(p->o->clips, d));
    prepare(p);
    TRY(run_all(p));
    if (r->has_labels) {
        judge(r);
    }
    return OK;
}

Status stream_run(Session *s, Rounding rounding, const StreamOptions *o, StreamResult *r, Diag *d)
{
    const char *normal = o->normal;
    *r = (StreamResult){0};
    TRY(read_note(s, r, &normal, d));
    if (o->data.window != 0 || o->data.window_s > 0.0 || o->data.features != NULL) {
        return fail(d, ERR_USAGE, "a recording is replayed as it is: leave window and features out");
    }
    TRY(pipeline_run(s, rounding, NULL));
    Replay p = {.g = s->g, .o = o, .r = r, .d = d};
    TRY(source_open(&r->arena, o, r->channels, normal, &p.source, d));
    Status status = replay(&p, d);
    source_close(&p.source);
    return status;
}

void stream_free(StreamResult *r)
{
    out_free(&r->frames);
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
