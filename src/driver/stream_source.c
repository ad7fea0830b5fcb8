/* stream: where the samples come from, a recording or a made machine.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stream.h"

static Status open_data(Arena *a, const StreamOptions *o, const char *normal, StreamSource *s, Diag *d)
{
    TRY(data_read(&o->data, &s->data, d));
    const Data *data = s->data;
    if (data->x_count % s->channels != 0) {
        return fail(d, ERR_INPUT, "a sample of the model has %d numbers; '%s' has %jd in a row%s", s->channels,
                    data->name, (intmax_t)data->x_count,
                    data->x_count > s->channels ? ": name those that are none, --label-column or --skip-columns"
                                                : "");
    }
    s->name = data->name;
    s->samples = data->count * data->x_count / s->channels;
    s->rate_hz = data->rate_hz;
    s->gain = data->x_gain;
    for (int32_t c = 0; c < s->channels && data->x_name != NULL && data->x_count == s->channels; c++) {
        s->channel_name[c] = arena_strdup(a, data->x_name[c]);
    }
    s->has_labels = data->label != NULL && data->class_count > 1;
    return s->has_labels ? data_usual_class(data, normal, &s->usual, d) : OK;
}

static Status open_machine(Arena *a, const StreamOptions *o, StreamSource *s, Diag *d)
{
    if (s->channels > MACHINE_CHANNELS) {
        return fail(d, ERR_INPUT, "a sample of the model has %d numbers; the machine gives %d: x, y, z, temperature",
                    s->channels, MACHINE_CHANNELS);
    }
    for (int32_t c = 0; c < s->channels; c++) {
        s->channel_name[c] = machine_channel_name(c);
    }
    s->name = "machine";
    s->samples = o->machine_samples;
    s->rate_hz = o->machine.rate;
    s->gain = 1.0;
    s->has_labels = o->machine.faults > 0;
    s->machine = machine_new(a, &o->machine);
    return OK;
}

Status source_open(Arena *a, const StreamOptions *o, int32_t channels, const char *normal, StreamSource *out, Diag *d)
{
    *out = (StreamSource){.channels = channels, .channel_name = NEW(a, const char *, channels + 1)};
    for (int32_t c = 0; c < channels; c++) {
        out->channel_name[c] = arena_printf(a, "channel %d", c);
    }
    Status s = o->data.path != NULL ? open_data(a, o, normal, out, d) : open_machine(a, o, out, d);
    if (s != OK) {
        source_close(out);
    }
    return s;
}

static void take_data(StreamSource *s, int64_t count, float *x, uint8_t *labelled)
{
    const Data *data = s->data;
    memcpy(x, data->x + s->at * s->channels, sizeof *x * (size_t)(count * s->channels));
    for (int64_t i = 0; i < count && s->has_labels; i++) {
        labelled[i] = data->label[(s->at + i) * s->channels / data->x_count] != s->usual;
    }
}

void source_take(StreamSource *s, int64_t count, float *x, uint8_t *labelled)
{
    if (s->data != NULL) {
        take_data(s, count, x, labelled);
    }
    for (int64_t i = 0; s->machine != NULL && i < count; i++) {
        int16_t v[MACHINE_CHANNELS];
        labelled[i] = machine_next(s->machine, v) != MACHINE_FINE;
        for (int32_t c = 0; c < s->channels; c++) {
            x[i * s->channels + c] = (float)machine_value(c, v[c]);
        }
    }
    s->at += count;
}

void source_close(StreamSource *s)
{
    data_free(s->data);
    s->data = NULL;
}
