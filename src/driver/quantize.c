/* quantize: a float model and samples to a smaller .tflite, and what that costs layer by layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include "export/export.h"

#include <math.h>

const char *const quantize_to_names[] = {"int8", "int16x8", "float16", "dynamic", NULL};

/* What one call holds besides its result. */
typedef struct Work {
    Session *s;
    const QuantizeOptions *o;
    QuantizeResult *r;
    Graph *f; /* lowered float graph */
    const uint8_t *inputs;
    Calibration seen;
    QuantPlan plan;
    Quantized q;
} Work;

static int64_t constant_bytes(const Graph *g)
{
    int64_t bytes = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        bytes += tensor_is_const(tensor(g, id)) && graph_use_count(g, id) > 0
                     ? tensor(g, id)->data_bytes
                     : 0;
    }
    return bytes;
}

static bool has_float_nodes(const Graph *g)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        if (op_quant_rule(op_of(&g->node[i])) != QUANT_FLOAT && g->node[i].out_count > 0 &&
            tensor(g, g->node[i].out[0])->type == TYPE_F32) {
            return true;
        }
    }
    return false;
}

/* The float graph as it will be quantised. */
static Status prepare(Work *w)
{
    Graph *g = w->s->g;
    Diag *d = &w->s->diag;
    static Status (*const steps[])(Graph *, Diag *) = {
        pass_infer, pass_fold_constants, pass_fold_batchnorm, pass_fuse_activation, pass_drop_dead};
    for (size_t i = 0; i < COUNT(steps); i++) {
        TRY(steps[i](g, d));
    }
    if (w->o->equalize) {
        TRY(pass_equalize(g, d));
    }
    if (!has_float_nodes(g)) {
        return fail(d, ERR_INPUT,
                    "no operator of this model computes with floats: there is nothing to quantise");
    }
    w->f = graph_copy(g);
    TRY(pass_infer(w->f, d));
    return pass_lower(w->f, d);
}

static Status read_samples(Work *w)
{
    uint8_t *inputs = NULL;
    Session *s = w->s;
    s->diag.where = NULL; /* the sentences are about the data file */
    TRY(samples_read(&s->arena, w->f, w->o->data_path, true, &inputs, &w->r->runs, &s->diag));
    if (w->r->runs < 1) {
        return fail(&s->diag, ERR_INPUT, "'%s' holds no sample", w->o->data_path);
    }
    s->diag.where = s->file_name;
    w->inputs = inputs;
    return OK;
}

static void plan_ranges(Work *w)
{
    const Graph *f = w->f;
    int32_t bits = w->o->to == TO_INT16X8 ? 16 : 8;
    w->plan.range = NEW(&w->r->arena, Range, f->tensor_count);
    for (TensorId id = 1; id < f->tensor_count; id++) {
        if (w->seen.seen[id].count > 0) {
            w->plan.range[id] =
                calibration_range(&w->seen.seen[id], w->o->calibration, w->o->percentile, bits);
        }
    }
}

static Status make_plan(Work *w)
{
    Type type = w->o->to == TO_INT16X8 ? TYPE_S16 : TYPE_S8;
    bool histograms = w->o->calibration != CALIBRATE_MINMAX;
    TRY(calibrate(w->f, w->inputs, w->r->runs, histograms, &w->seen, &w->s->diag));
    w->plan = (QuantPlan){
        .node_type = NEW(&w->r->arena, Type, w->f->node_count),
        .edges = w->o->float_edges ? TYPE_F32 : type,
        .octav = w->o->calibration == CALIBRATE_MSE,
    };
    for (int32_t i = 0; i < w->f->node_count; i++) {
        w->plan.node_type[i] = type;
    }
    plan_ranges(w);
    keep_floats(w->f, &w->plan);
    if (w->o->adaround) {
        adaround(&w->r->arena, w->f, w->inputs, w->r->runs, w->o->seed, &w->plan, &w->s->diag);
    }
    if (w->o->bias_correction) {
        correct_bias(&w->r->arena, w->f, w->inputs, w->r->runs, &w->plan);
    }
    return OK;
}

/* Compares the two graphs on the samples and keeps the layers that can be compared. */
static Status report(Work *w)
{
    QuantizeResult *r = w->r;
    const Graph *f = w->f;
    TRY(pass_lower(w->q.g, &w->s->diag));
    LayerError *all = NEW(&r->arena, LayerError, f->node_count);
    layer_errors(f, w->q.g, w->q.home, w->inputs, r->runs, all, &r->output, NULL);
    r->layer = NEW(&r->arena, LayerError, f->node_count);
    r->worst = -1;
    for (int32_t i = 0; i < f->node_count; i++) {
        if (all[i].name == NULL) {
            continue;
        }
        LayerError *kept = &r->layer[r->layer_count];
        *kept = all[i];
        kept->name = arena_strdup(&r->arena, all[i].name);
        if (r->worst < 0 || kept->snr_db < r->layer[r->worst].snr_db) {
            r->worst = r->layer_count;
        }
        r->layer_count++;
    }
    for (int32_t i = 0; i < f->node_count; i++) {
        bool stays = w->plan.node_type[i] == TYPE_F32;
        r->float_count += stays;
        r->integer_count += !stays;
    }
    r->float_bytes = constant_bytes(f);
    r->quant_bytes = constant_bytes(w->q.g);
    return OK;
}

static Status run(Work *w)
{
    TRY(prepare(w));
    TRY(read_samples(w));
    TRY(make_plan(w));
    TRY(quantize_graph(w->f, &w->plan, &w->q, &w->s->diag));
    TRY(export_tflite(w->q.g, &w->r->file, &w->s->diag));
    return report(w);
}

Status quantize_session(Session *s, const QuantizeOptions *o, QuantizeResult *r)
{
    *r = (QuantizeResult){.worst = -1};
    Work w = {.s = s, .o = o, .r = r};
    Status status = run(&w);
    calibration_free(&w.seen);
    quantized_free(&w.q);
    graph_free(w.f);
    return status;
}

void quantize_free(QuantizeResult *r)
{
    out_free(&r->file);
    arena_free(&r->arena);
    *r = (QuantizeResult){.worst = -1};
}

static json_t *layer_json(const LayerError *e)
{
    return json_pack("{s:s, s:s, s:s, s:f, s:f}", "name", e->name, "op", e->op, "type",
                     type_name(e->type), "snr_db", e->snr_db, "cosine", e->cosine);
}

json_t *quantize_json(const Session *s, const QuantizeOptions *o, const QuantizeResult *r)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < r->layer_count; i++) {
        (void)json_array_append_new(layers, layer_json(&r->layer[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:I, s:I, s:f, s:f, s:s?, s:o}", "schema",
                     "shrinc/quantize/1", "model", s->file_name, "to", quantize_to_names[o->to],
                     "calibration", calibration_names[o->calibration], "samples",
                     (json_int_t)r->runs, "integer_layers", r->integer_count, "float_layers",
                     r->float_count, "float_constant_bytes", (json_int_t)r->float_bytes,
                     "constant_bytes", (json_int_t)r->quant_bytes, "output_snr_db",
                     r->output.snr_db, "output_cosine", r->output.cosine, "worst_layer",
                     r->worst < 0 ? NULL : r->layer[r->worst].name, "layers", layers);
}
