/* train: what travels with the model: class names, normalisation, units, and how it was made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include <math.h>

static void name_classes(Job *j)
{
    if (j->data->label == NULL || j->data->class_name == NULL ||
        j->r->outputs != j->data->class_count) {
        return;
    }
    j->g->label = NEW(&j->g->arena, const char *, j->data->class_count);
    j->g->label_count = j->data->class_count;
    for (int32_t c = 0; c < j->data->class_count; c++) {
        j->g->label[c] = arena_strdup(&j->g->arena, j->data->class_name[c]);
    }
}

/* Raw numbers to what the net takes: the file's own factor (pixels: 1/255), then the normalisation. */
static void set_scaling(Job *j, bool is_input, const char *units)
{
    const Normalizer *n = &j->normalizer;
    float raw = (float)(j->s->features != NULL ? 1.0 : j->data->x_gain);
    int32_t count = n->kind != NORMALIZE_NONE ? n->count : raw != 1.0f || units != NULL ? 1 : 0;
    if (count == 0) {
        return;
    }
    Scaling *s = graph_scaling(j->g, is_input, 0);
    s->count = count;
    s->offset = NEW(&j->g->arena, float, count);
    s->gain = NEW(&j->g->arena, float, count);
    s->units = units != NULL ? arena_strdup(&j->g->arena, units) : s->units;
    for (int32_t i = 0; i < count; i++) {
        bool fitted = n->kind != NORMALIZE_NONE;
        s->offset[i] = fitted ? n->offset[i] / raw : 0.0f;
        s->gain[i] = (fitted ? n->gain[i] : 1.0f) * raw;
    }
}

/* An output's numbers are those of the data, but for an autoencoder's. */
static void scale_output(Job *j)
{
    const char *units = j->s->output_units;
    if (j->data->label == NULL && j->data->y == j->data->x) {
        const Normalizer *n = &j->normalizer;
        for (int32_t i = 0; i < n->count; i++) {
            if (n->gain[i] == 0.0f) {
                return; /* what is constant does not come back */
            }
        }
        set_scaling(j, false, units != NULL ? units : j->s->input_units);
    } else if (units != NULL) {
        Scaling *s = graph_scaling(j->g, false, 0);
        *s = (Scaling){.count = 1,
                       .offset = NEW(&j->g->arena, float, 1),
                       .gain = NEW(&j->g->arena, float, 1),
                       .units = arena_strdup(&j->g->arena, units)};
        s->gain[0] = 1.0f;
    }
}

void job_scale_input(Job *j)
{
    set_scaling(j, true, j->s->input_units);
}

void job_name_graph(Job *j)
{
    name_classes(j);
    if (j->sensor != NULL) {
        return; /* the net's input are features; see job_finish_sensor */
    }
    set_scaling(j, true, j->s->input_units);
    scale_output(j);
}

void job_record(Job *j)
{
    TrainSettings s = *j->s;
    TrainSettings defaults = train_defaults();
    s.out = s.log = s.checkpoint =
        NULL; /* where files lie, and how many threads, change no byte of the model */
    s.resume = false;
    s.threads = 0;
    Out o = {0};
    out_printf(&o, "; shrinc %s\n", SHRINC_VERSION);
    for (int32_t i = 0; i < PART_COUNT; i++) {
        const TrainPart *p = &j->r->part[i];
        const Metrics *m = &p->metrics;
        if (m->count > 0) {
            out_printf(&o, "; %s: %jd samples, loss %.6g, %s %.6g\n", p->name, (intmax_t)m->count,
                       m->loss, j->r->metric_name, m->class_count > 0 ? m->accuracy : m->mae);
        }
    }
    recipe_write(train_settings, &s, &defaults, &o);
    graph_set_meta(j->g, "training", o.text);
    out_free(&o);
}
