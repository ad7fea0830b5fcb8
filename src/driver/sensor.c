/* sensor: the graph of a window or of a stream, and its runs on the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/sensor.h"

#include "driver/quantize.h"

static TensorId floats(Graph *g, const char *name, Shape shape, const float *v)
{
    return graph_add_const(g, name, TYPE_F32, shape, v);
}

/* Each feature standardised, then all in one row, s16; or s8 in the net's own scale. */
static Status standardize(const Sensor *s, Graph *g, const Signal *signal, const Tensor *like, TensorId *out,
                          Diag *d)
{
    TensorId part[SIGNAL_FEATURES];
    int32_t at = 0;
    Type type = like != NULL ? like->type : TYPE_S16;
    double scale = like != NULL ? (double)like->q.scale[0] : 1.0 / SENSOR_ROW_STEPS;
    for (int32_t i = 0; i < signal->count; i++) {
        const Feature *f = &signal->feature[i];
        const char *name = arena_printf(&g->arena, "%s_%d_%s", f->name, i, type_name(type));
        Shape shape = shape_of(1, &f->count);
        TensorId in[3] = {f->id, floats(g, arena_printf(&g->arena, "%s_offset", name), shape, s->offset + at),
                          floats(g, arena_printf(&g->arena, "%s_gain", name), shape, s->gain + at)};
        TRY(sensor_node(g, "standardize", name, "", in, 3, type, scale, &part[i], d));
        tensor(g, part[i])->q.zero[0] = like != NULL ? like->q.zero[0] : 0;
        at += f->count;
    }
    if (signal->count == 1) {
        *out = part[0];
        return OK;
    }
    *out = graph_add_tensor(g, arena_printf(&g->arena, "row_%s", type_name(type)), type, shape_of(0, NULL));
    graph_set_quant(g, *out, (float)scale, like != NULL ? like->q.zero[0] : 0);
    Node *n = graph_add_node(g, op_find_kind("concatenation"), tensor(g, *out)->name, signal->count, 1);
    memcpy(n->in, part, sizeof *part * (size_t)signal->count);
    n->out[0] = *out;
    (void)attr_set_int(n, "axis", 1);
    return op_of(n)->infer(g, n, d);
}

static Status add_distance(const Sensor *s, Graph *g, TensorId row, TensorId *score, Diag *d)
{
    const Detector *t = s->detector;
    int32_t triangle = t->count * (t->count + 1) / 2;
    TensorId in[5] = {row, floats(g, "centres", (Shape){2, {t->clusters, t->count}}, t->centre),
                      floats(g, "bias", (Shape){1, {t->clusters}}, t->bias),
                      floats(g, "radius", (Shape){1, {t->clusters}}, t->radius)};
    if (t->weight != NULL) {
        in[4] =
            floats(g, "weights",
                   t->rows > 0 ? (Shape){3, {t->clusters, t->rows, t->count}} : (Shape){2, {t->clusters, triangle}},
                   t->weight);
    }
    return sensor_node(g, "distance", "score", "", in, t->weight != NULL ? 5 : 4, TYPE_S16, s->score_scale, score,
                       d);
}

static Status add_memory(const Sensor *s, SensorStage stage, Graph *g, TensorId *score, Diag *d)
{
    TensorId in[2] = {*score, sensor_state(g, "memory", TYPE_S32, 2, 0.0)};
    const char *attrs = arena_printf(&g->arena, "kind=%s alpha=%.9g drift=%.9g warmup=%d", s->memory.kind,
                                     s->memory.alpha, s->memory.drift,
                                     stage == SENSOR_STREAM ? (s->window - 1) / s->hop : 0);
    double sums = strcmp(s->memory.kind, "cusum") == 0 ? 16.0 : 1.0; /* a sum reaches further than a score */
    return sensor_node(g, "accumulate", "memory", attrs, in, 2, TYPE_S16, sums * s->score_scale, score, d);
}

static void add_output(Graph *g, TensorId id)
{
    TensorId *list = NEW(&g->arena, TensorId, g->output_count + 1);
    for (int32_t i = 0; i < g->output_count; i++) {
        list[i] = g->output[i];
    }
    list[g->output_count++] = id;
    g->output = list;
}

static Status add_classes(const Sensor *s, Graph *g, const Signal *signal, Diag *d)
{
    TensorId narrow = 0;
    TensorId y = 0;
    TRY(standardize(s, g, signal, tensor(s->net, s->net->input[0]), &narrow, d));
    TRY(sensor_splice(g, s->net, narrow, &y, d));
    add_output(g, y);
    graph_copy_meta(g, s->net);
    return OK;
}

static Status add_residual(const Sensor *s, Graph *g, const Signal *signal, TensorId row, TensorId *score, Diag *d)
{
    TensorId in[2] = {row, 0};
    TensorId narrow = 0;
    TRY(standardize(s, g, signal, tensor(s->net, s->net->input[0]), &narrow, d));
    TRY(sensor_splice(g, s->net, narrow, &in[1], d));
    return sensor_node(g, "residual", "score", "", in, 2, TYPE_S16, s->score_scale, score, d);
}

/* The samples: a window, or a stream of HOP new ones a run. */
static Status add_input(const Sensor *s, SensorStage stage, Graph *g, TensorId *x, TensorId *raw, Diag *d)
{
    bool streams = stage == SENSOR_STREAM;
    *x = graph_add_tensor(g, "samples", TYPE_S16, (Shape){3, {1, streams ? s->hop : s->window, s->channels}});
    graph_set_quant(g, *x, (float)s->scale, 0);
    g->input = NEW(&g->arena, TensorId, 1);
    g->input[0] = *raw = *x;
    g->input_count = 1;
    if (!streams || s->hop == s->window) {
        return OK;
    }
    TensorId in[2] = {*x,
                      sensor_state(g, "samples_before", TYPE_S16, (s->window - s->hop) * s->channels, s->scale)};
    return sensor_node(g, "sliding_window", "window", "", in, 2, TYPE_S16, s->scale, x, d);
}

static Status add_decision(const Sensor *s, Graph *g, TensorId raw, TensorId score, Diag *d)
{
    const SensorDecision *c = &s->decision;
    TensorId check[2] = {raw, sensor_state(g, "sensor_state", TYPE_S32, 2 * s->channels, 0.0)};
    TensorId faults = 0;
    TensorId event = 0;
    const char *attrs =
        arena_printf(&g->arena, "stuck=%d clips=%d clip=%.9g missing=true", c->stuck, c->clips, c->clip);
    TRY(sensor_node(g, "sensor_check", "faults", attrs, check, 2, TYPE_S8, 1.0, &faults, d));
    TensorId in[3] = {score, sensor_state(g, "decision_state", TYPE_S32, 4, 0.0), faults};
    attrs = arena_printf(
        &g->arena,
        "threshold=%.9g release=%.9g needed=%d window=%d refractory=%d heartbeat=%d announce=%s warmup=%d",
        c->threshold, c->release, c->needed, c->of, c->refractory, c->heartbeat, c->announce ? "true" : "false",
        (s->window - 1) / s->hop);
    TRY(sensor_node(g, "decide", "event", attrs, in, 3, TYPE_S8, 1.0, &event, d));
    add_output(g, event);
    add_output(g, score);
    add_output(g, faults);
    return OK;
}

static Status build(const Sensor *s, SensorStage stage, Graph *g, Diag *d)
{
    Signal signal;
    TensorId x = 0;
    TensorId raw = 0;
    TensorId row = 0;
    TensorId score = 0;
    TRY(add_input(s, stage, g, &x, &raw, d));
    TRY(signal_build(g, s->signal, s->rate_hz, x, s->feature_scale, &signal, d));
    for (int32_t i = 0; i < signal.count && stage == SENSOR_FEATURES; i++) {
        add_output(g, signal.feature[i].id);
    }
    if (stage == SENSOR_FEATURES) {
        return OK;
    }
    if (s->classifies && s->net != NULL) {
        return add_classes(s, g, &signal, d);
    }
    TRY(standardize(s, g, &signal, NULL, &row, d));
    if (stage == SENSOR_ROW) {
        add_output(g, row);
        return OK;
    }
    TRY(s->net != NULL ? add_residual(s, g, &signal, row, &score, d) : add_distance(s, g, row, &score, d));
    if (s->memory.kind != NULL) {
        TRY(add_memory(s, stage, g, &score, d));
    }
    if (stage == SENSOR_SCORE) {
        add_output(g, score);
        return OK;
    }
    return add_decision(s, g, raw, score, d);
}

Status sensor_graph(const Sensor *s, SensorStage stage, Graph **out, Diag *d)
{
    Graph *g = graph_new("sensor");
    Status status = build(s, stage, g, d);
    status = status != OK ? status : pass_infer(g, d);
    status = status != OK ? status : graph_verify(g, d);
    if (status == OK && stage != SENSOR_STREAM) {
        status = pass_lower(g, d);
    }
    if (status != OK) {
        graph_free(g);
        return status;
    }
    *out = g;
    return OK;
}

int64_t sensor_outputs(const Graph *g)
{
    int64_t count = 0;
    for (int32_t i = 0; i < g->output_count; i++) {
        count += shape_count(&tensor(g, g->output[i])->shape);
    }
    return count;
}

void sensor_run(const Graph *g, const float *x, const int64_t *index, int64_t count, bool sequence, float *y)
{
    const Tensor *in = tensor(g, g->input[0]);
    int64_t n = shape_count(&in->shape);
    Eval *e = eval_new(g, false);
    for (int64_t r = 0; r < count; r++) {
        const float *from = x + (index != NULL ? index[r] : r) * n;
        if (!sequence) {
            eval_reset(e);
        }
        for (int64_t i = 0; i < n; i++) {
            element_put(in, true, (double)from[i], eval_tensor(e, g->input[0]) + i * type_bytes(in->type));
        }
        eval_run(e);
        for (int32_t o = 0; o < g->output_count; o++) {
            const Tensor *t = tensor(g, g->output[o]);
            for (int64_t i = 0; i < shape_count(&t->shape); i++) {
                *y++ = (float)element_get(t, true, eval_tensor(e, g->output[o]), i);
            }
        }
    }
    eval_free(e);
}
