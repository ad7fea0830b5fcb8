/* Which layers need int16 activations: all but one are wide, and the error that the narrow one makes is its
 * sensitivity; then as many layers as the accuracy allows become narrow, the least sensitive first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include <math.h>
#include <stdlib.h>

enum { SENSITIVITY_SAMPLES = 32 };

typedef struct Layer {
    int32_t node;
    double noise; /* squared error of the outputs with this layer alone narrow */
} Layer;

typedef struct Choice {
    const MixedOptions *o;
    Arena arena;
    Type *type; /* [node_count] of the attempt */
    Layer *layer;
    int32_t count;
} Choice;

/* The graph that TYPE makes, lowered. Warnings of attempts are nobody's business. */
static Status attempt(Choice *c, Quantized *q, Diag *d)
{
    QuantPlan plan = *c->o->plan;
    size_t bytes = sizeof(Type) * (size_t)c->o->f->node_count;
    plan.node_type = arena_memdup(&c->arena, c->type, bytes);
    plan.narrow_instead = true;
    Diag own = {0};
    Status s = quantize_graph(c->o->f, &plan, q, &own);
    s = s != OK ? s : pass_lower(q->g, &own);
    if (s != OK) {
        (void)fail(d, s, "%s", own.text);
    }
    diag_clear(&own);
    return s;
}

static Status noise_of(Choice *c, double *noise, Diag *d)
{
    const MixedOptions *o = c->o;
    Quantized q = {0};
    LayerError output = {0};
    LayerError *all = NEW(&c->arena, LayerError, o->f->node_count);
    int64_t runs = o->runs < SENSITIVITY_SAMPLES ? o->runs : SENSITIVITY_SAMPLES;
    Status s = attempt(c, &q, d);
    if (s == OK) {
        layer_errors(o->f, q.g, q.home, o->inputs, runs, all, &output, NULL);
        *noise = output.noise;
    }
    quantized_free(&q);
    return s;
}

static Status metric_of(Choice *c, double *value, Diag *d)
{
    Quantized q = {0};
    Status s = attempt(c, &q, d);
    s = s != OK ? s : quantize_metric(q.g, &c->o->choose, value, NULL, d);
    quantized_free(&q);
    return s;
}

static int by_noise(const void *a, const void *b)
{
    double x = ((const Layer *)a)->noise;
    double y = ((const Layer *)b)->noise;
    return x < y ? -1 : x > y ? 1 : ((const Layer *)a)->node - ((const Layer *)b)->node;
}

static void set_narrow(Choice *c, int32_t count)
{
    for (int32_t i = 0; i < c->count; i++) {
        c->type[c->layer[i].node] = i < count ? TYPE_S8 : TYPE_S16;
    }
}

static Status measure_layers(Choice *c, Diag *d)
{
    set_narrow(c, 0);
    for (int32_t i = 0; i < c->count; i++) {
        c->type[c->layer[i].node] = TYPE_S8;
        TRY(noise_of(c, &c->layer[i].noise, d));
        c->type[c->layer[i].node] = TYPE_S16;
    }
    qsort(c->layer, (size_t)c->count, sizeof *c->layer, by_noise);
    return OK;
}

/* The most layers that may be narrow, by bisection: all are too many, FEW are not (or nothing helps). */
static Status bisect(Choice *c, double least, int32_t *best, Diag *d)
{
    int32_t few = 0;
    int32_t many = c->count;
    double value = 0;
    set_narrow(c, 0);
    TRY(metric_of(c, &value, d));
    if (value < least) {
        warn(d,
             "even with int16 activations in all layers the accuracy is %.2f %%, below the %.2f %% "
             "asked for",
             value, least);
    }
    while (value >= least && many - few > 1) {
        int32_t middle = few + (many - few) / 2;
        double at = 0;
        set_narrow(c, middle);
        TRY(metric_of(c, &at, d));
        if (at >= least) {
            few = middle;
        } else {
            many = middle;
        }
    }
    *best = few;
    return OK;
}

static Status choose(Choice *c, Diag *d)
{
    const MixedOptions *o = c->o;
    double real = 0;
    double value = 0;
    int32_t narrow = c->count;
    TRY(quantize_metric(o->f, &o->choose, &real, NULL, d));
    set_narrow(c, narrow);
    TRY(metric_of(c, &value, d));
    if (value < real - o->max_drop) {
        TRY(measure_layers(c, d));
        TRY(bisect(c, real - o->max_drop, &narrow, d));
        set_narrow(c, narrow);
    }
    memcpy(o->plan->node_type, c->type, sizeof(Type) * (size_t)o->f->node_count);
    o->plan->narrow_instead = true;
    return OK;
}

Status choose_widths(const MixedOptions *o, Diag *d)
{
    Choice c = {.o = o};
    c.type = NEW(&c.arena, Type, o->f->node_count);
    c.layer = NEW(&c.arena, Layer, o->f->node_count);
    for (int32_t i = 0; i < o->f->node_count; i++) {
        c.type[i] = o->plan->node_type[i];
        if (c.type[i] != TYPE_F32) {
            c.layer[c.count++].node = i;
        }
    }
    Status s = choose(&c, d);
    arena_free(&c.arena);
    return s;
}
