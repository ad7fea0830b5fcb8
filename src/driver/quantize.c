/* quantize: a float model and samples to a smaller .tflite, and what that costs layer by layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include "export/export.h"

#include <math.h>

const char *const quantize_to_names[] = {"int8", "int16x8", "float16", "dynamic", "int4", "ternary", NULL};

Type quantize_weight_type(QuantizeTo to)
{
    return to == TO_INT4 ? TYPE_S4 : to == TO_TERNARY ? TYPE_S2 : TYPE_S8;
}

/* What one call holds besides its result. */
typedef struct Work {
    const QuantizeOptions *o;
    QuantizeResult *r;
    Diag *d;
    Graph *f; /* lowered float graph */
    const uint8_t *inputs;
    Calibration seen;
    Range *trained; /* by TensorId, from fake_quant nodes */
    bool *is_trained;
    int32_t known; /* how many */
    QuantPlan plan;
    Quantized q;
} Work;

static int64_t constant_bytes(const Graph *g)
{
    int64_t bytes = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        bytes += tensor_is_const(tensor(g, id)) && graph_use_count(g, id) > 0
                     ? tensor_file_bytes(tensor(g, id))
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

/* No scale can be made of a NaN. */
static Status check_constants(const Graph *g, Diag *d)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        if (t->type != TYPE_F32 || t->data == NULL) {
            continue;
        }
        const float *x = (const float *)(const void *)t->data;
        for (int64_t i = 0; i < shape_count(&t->shape); i++) {
            if (!isfinite(x[i])) {
                return fail(d, ERR_INPUT,
                            "element %jd of constant \"%s\" is %g; the training has failed",
                            (intmax_t)i, t->name, (double)x[i]);
            }
        }
    }
    return OK;
}

/* The float graph as it will be quantised, in place and as a lowered copy. */
static Status prepare(Work *w, Graph *g)
{
    static Status (*const steps[])(Graph *, Diag *) = {pass_strip_training, pass_infer,
                                                       pass_fuse_activation, pass_drop_dead};
    Diag *d = w->d;
    TRY(pass_infer(g, d));
    TRY(pass_fold_constants(g, d));
    TRY(pass_fold_batchnorm(g, d));
    TRY(check_constants(g, d));
    w->trained = NEW(&w->r->arena, Range, g->tensor_count);
    w->is_trained = NEW(&w->r->arena, bool, g->tensor_count);
    int32_t known = w->known = fake_quant_ranges(g, w->trained, w->is_trained);
    int32_t tensors = g->tensor_count;
    for (size_t i = 0; i < COUNT(steps); i++) {
        TRY(steps[i](g, d));
    }
    if (w->o->equalize && known == 0) {
        TRY(pass_equalize(g, d));
    } else if (w->o->equalize) {
        warn(d, "the model was trained with rounding: its layers are not equalised");
    }
    if (!has_float_nodes(g)) {
        return fail(d, ERR_INPUT,
                    "no operator of this model computes with floats: there is nothing to quantise");
    }
    if (g->tensor_count > tensors) { /* the passes added constants */
        Range *range = NEW(&w->r->arena, Range, g->tensor_count);
        bool *is_known = NEW(&w->r->arena, bool, g->tensor_count);
        memcpy(range, w->trained, sizeof(Range) * (size_t)tensors);
        memcpy(is_known, w->is_trained, sizeof(bool) * (size_t)tensors);
        w->trained = range;
        w->is_trained = is_known;
    }
    w->f = graph_copy(g);
    TRY(pass_infer(w->f, d));
    return pass_lower(w->f, d);
}

/* A range for each float tensor that becomes integers: from training, else from the samples. */
static Status plan_ranges(Work *w)
{
    const Graph *f = w->f;
    int32_t bits = w->o->to == TO_INT16X8 ? 16 : 8;
    w->plan.range = NEW(&w->r->arena, Range, f->tensor_count);
    for (TensorId id = 1; id < f->tensor_count; id++) {
        if (w->is_trained[id]) {
            w->plan.range[id] = w->trained[id];
        } else if (w->inputs != NULL && w->seen.seen[id].count > 0) {
            w->plan.range[id] =
                calibration_range(&w->seen.seen[id], w->o->calibration, w->o->percentile, bits);
        }
    }
    for (int32_t i = 0; i < f->node_count && w->inputs == NULL; i++) {
        TensorId y = f->node[i].out[0];
        QuantRule rule = op_quant_rule(op_of(&f->node[i]));
        bool needs = rule == QUANT_FREE || rule == QUANT_MAC;
        if (needs && w->plan.node_type[i] != TYPE_F32 && tensor(f, y)->type == TYPE_F32 &&
            !w->is_trained[y]) {
            return fail(w->d, ERR_INPUT, "the range of \"%s\" is not known; give samples (--data)",
                        tensor(f, y)->name);
        }
    }
    return OK;
}

/* What --max-drop needs. */
static Status check_drop(const Work *w)
{
    const QuantizeOptions *o = w->o;
    if (o->to != TO_INT8) {
        return fail(w->d, ERR_USAGE, "--max-drop mixes int8 and other widths: it needs --to=int8");
    }
    if (o->choose.count == 0 || o->choose.data->label == NULL) {
        return fail(w->d, ERR_INPUT,
                    "--max-drop needs samples with classes (--labels, --label-column)");
    }
    return OK;
}

static BudgetOptions budget_options(Work *w)
{
    const QuantizeOptions *o = w->o;
    return (BudgetOptions){.f = w->f,
                           .plan = &w->plan,
                           .inputs = w->inputs,
                           .runs = w->r->runs,
                           .choose = o->choose,
                           .flash = o->flash,
                           .ram = o->ram};
}

static bool has_budget(const QuantizeOptions *o)
{
    return o->flash > 0 || o->ram > 0;
}

/* Widths of the weights: as named, or by the budget. */
static Status choose_bits(Work *w)
{
    const QuantizeOptions *o = w->o;
    if (o->widths != NULL) {
        TRY(widths_read(o->widths, w->f, w->plan.weight_type, w->d));
    }
    if (has_budget(o) && (o->to != TO_INT8 || o->widths != NULL)) {
        return fail(w->d, ERR_USAGE,
                    "a budget (--flash, --ram) chooses the widths itself, beside int8 activations: leave %s out",
                    o->widths != NULL ? "--widths" : "--to");
    }
    if (has_budget(o) && w->inputs == NULL) {
        return fail(w->d, ERR_INPUT, "a budget (--flash, --ram) needs samples (--data)");
    }
    if (has_budget(o)) {
        const BudgetOptions b = budget_options(w);
        TRY(o->mixes ? check_drop(w) : OK);
        TRY(budget_choose(&b, &w->r->arena, &w->r->budget, w->d));
    }
    if (has_budget(o) || o->widths != NULL) {
        w->r->widths = widths_text(&w->r->arena, w->f, w->plan.weight_type);
    }
    return OK;
}

/* The chosen plan, rounded as it will be, loses no more than MAX_DROP. */
static Status check_budget(Work *w)
{
    const QuantizeOptions *o = w->o;
    double real = 0, value = 0;
    Diag own = {0};
    Quantized q = {0};
    TRY(quantize_metric(w->f, &o->choose, &real, NULL, w->d));
    Status s = quantize_graph(w->f, &w->plan, &q, &own);
    s = s != OK ? s : pass_lower(q.g, w->d);
    s = s != OK ? s : quantize_metric(q.g, &o->choose, &value, NULL, w->d);
    quantized_free(&q);
    diag_clear(&own);
    if (s == OK && value < real - o->max_drop) {
        const BudgetOptions b = budget_options(w);
        w->plan.numbers = NULL; /* another width has other numbers */
        w->plan.bias_shift = NULL;
        s = budget_refuse(&b, &w->r->budget, value, real - o->max_drop, w->d);
    }
    return s;
}

/* Widths of activations by the accuracy on the set that is there to choose. */
static Status mix(Work *w)
{
    const QuantizeOptions *o = w->o;
    TRY(check_drop(w));
    const MixedOptions m = {.f = w->f,
                            .plan = &w->plan,
                            .inputs = w->inputs,
                            .runs = w->r->runs,
                            .choose = o->choose,
                            .max_drop = o->max_drop};
    return choose_widths(&m, w->d);
}

static Status make_plan(Work *w)
{
    const QuantizeOptions *o = w->o;
    Type type = o->to == TO_INT16X8 ? TYPE_S16 : TYPE_S8;
    bool histograms = o->calibration != CALIBRATE_MINMAX;
    if (w->inputs != NULL) {
        TRY(calibrate(w->f, w->inputs, w->r->runs, histograms, &w->seen, w->d));
    }
    w->plan = (QuantPlan){
        .node_type = NEW(&w->r->arena, Type, w->f->node_count),
        .edges = o->float_edges ? TYPE_F32 : type,
        .octav = o->calibration == CALIBRATE_MSE,
    };
    w->plan.weight_type = NEW(&w->r->arena, Type, w->f->node_count);
    for (int32_t i = 0; i < w->f->node_count; i++) {
        w->plan.node_type[i] = type;
        w->plan.weight_type[i] = quantize_weight_type(o->to);
    }
    keep_floats(w->f, &w->plan);
    TRY(plan_ranges(w));
    TRY(choose_bits(w));
    if ((o->adaround || o->bias_correction) && w->inputs == NULL) {
        return fail(w->d, ERR_INPUT, "adaptive rounding and bias correction need samples (--data)");
    }
    if (o->adaround) {
        adaround(&w->r->arena, w->f, w->inputs, w->r->runs, o->seed, &w->plan, w->d);
    }
    if (o->bias_correction) {
        correct_bias(&w->r->arena, w->f, w->inputs, w->r->runs, &w->plan);
    }
    if (o->mixes) {
        TRY(has_budget(o) ? check_budget(w) : mix(w));
    }
    return OK;
}

/* Float activations: tensors keep their numbers. */
static Status shrink_weights(Work *w, const Graph *g)
{
    w->q.g = graph_copy(g);
    w->q.home = NEW(&w->q.arena, TensorId, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        w->q.home[id] = id;
    }
    w->plan.node_type = NEW(&w->r->arena, Type, w->f->node_count);
    for (int32_t i = 0; i < w->f->node_count; i++) {
        w->plan.node_type[i] = TYPE_F32;
    }
    TRY(pass_infer(w->q.g, w->d));
    return w->o->to == TO_FLOAT16 ? pass_weights_float16(w->q.g, w->d)
                                  : pass_weights_int8(w->q.g, w->d);
}

/* Compares the two graphs on the samples and keeps the layers that can be compared. */
static Status report(Work *w)
{
    QuantizeResult *r = w->r;
    const Graph *f = w->f;
    r->float_bytes = constant_bytes(f);
    r->quant_bytes = constant_bytes(w->q.g);
    for (int32_t i = 0; i < f->node_count; i++) {
        bool stays = w->plan.node_type[i] == TYPE_F32;
        r->float_count += stays;
        r->integer_count += !stays;
        r->wide_count += w->plan.node_type[i] == TYPE_S16;
    }
    TRY(pass_fold_constants(w->q.g, w->d)); /* float16 constants */
    TRY(pass_lower(w->q.g, w->d));
    if (w->inputs == NULL) {
        return OK;
    }
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
    return OK;
}

Status quantize_metric(const Graph *g, const QuantizeSet *set, double *value, CompareMetric *m,
                       Diag *d)
{
    Arena a = {0};
    CompareMetric metric[COMPARE_METRICS];
    double values[COMPARE_METRICS];
    float *out = NULL;
    int64_t outputs = 0;
    int32_t count = 0;
    Status s = score_run(g, false, set->data, set->sample, set->count, 1, &a, &out, &outputs, d);
    s = s != OK ? s
                : score_metrics(set->data, set->sample, set->count, out, outputs, NULL, metric,
                                values, &count, d);
    *value = count > 0 ? values[0] : NAN;
    if (m != NULL) {
        *m = count > 0 ? metric[0] : (CompareMetric){0};
    }
    arena_free(&a);
    return s;
}

/* What the set that judges says of both graphs. */
static Status judge(Work *w)
{
    QuantizeResult *r = w->r;
    const QuantizeSet *set = &w->o->judge;
    if (set->count == 0 || (set->data->label == NULL && set->data->y == NULL)) {
        return OK;
    }
    TRY(quantize_metric(w->f, set, &r->float_metric, &r->metric, w->d));
    return quantize_metric(w->q.g, set, &r->quant_metric, NULL, w->d);
}

/* How it was made, to travel with the file. */
static void note_making(Work *w)
{
    const QuantizeOptions *o = w->o;
    bool integer = o->to != TO_FLOAT16 && o->to != TO_DYNAMIC;
    const char *text = arena_printf(
        &w->q.g->arena, "to=%s calibration=%s samples=%jd%s%s%s%s%s", quantize_to_names[o->to],
        !integer       ? "none"
        : w->known > 0 ? "training"
                       : calibration_names[o->calibration],
        (intmax_t)w->r->runs, o->float_edges ? " edges=float32" : "",
        o->equalize ? " equalize" : "", o->adaround ? " adaround" : "",
        o->bias_correction ? " bias-correction" : "", o->mixes ? " max-drop" : "");
    graph_set_meta(w->q.g, "quantization", text);
    if (w->r->widths != NULL) {
        graph_set_meta(w->q.g, "widths", w->r->widths);
    }
}

static Status run(Work *w, Graph *g)
{
    TRY(prepare(w, g));
    if (w->o->to == TO_FLOAT16 || w->o->to == TO_DYNAMIC) {
        TRY(shrink_weights(w, g));
    } else {
        TRY(make_plan(w));
        TRY(quantize_graph(w->f, &w->plan, &w->q, w->d));
    }
    note_making(w);
    TRY(export_tflite(w->q.g, &w->r->file, w->d));
    TRY(report(w));
    return judge(w);
}

Status quantize_floats(Graph *g, const QuantizeOptions *o, const uint8_t *inputs, int64_t runs,
                       QuantizeResult *r, Diag *d)
{
    *r = (QuantizeResult){.worst = -1, .runs = inputs == NULL ? 0 : runs};
    Work w = {.o = o, .r = r, .d = d, .inputs = inputs};
    Status status = run(&w, g);
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

/* The rows of a budget; null: there was none. */
static json_t *budget_json(const BudgetResult *b)
{
    json_t *rows = json_array();
    for (int32_t i = 0; i < b->row_count; i++) {
        const WidthRow *row = &b->row[i];
        json_t *bytes = json_object();
        json_t *loss = json_object();
        for (int32_t k = 0; k < WIDTH_COUNT; k++) {
            const char *name = type_name(width_types[k]);
            json_object_set_new(bytes, name, row->bytes[k] < 0 ? json_null() : json_integer((json_int_t)row->bytes[k]));
            json_object_set_new(loss, name, isfinite(row->loss[k]) ? json_real(row->loss[k]) : json_null());
        }
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:I, s:s, s:i, s:o, s:o}", "name", row->name, "op", row->op, "weights",
                            (json_int_t)row->weights, "width", type_name(width_types[row->width]), "cut", row->cut,
                            "bytes", bytes, "loss", loss));
    }
    if (b->row_count == 0) {
        json_decref(rows);
        return json_null();
    }
    return json_pack("{s:I, s:I, s:s, s:s, s:I, s:o}", "flash_bytes", (json_int_t)b->flash_bytes, "ram_bytes",
                     (json_int_t)b->ram_bytes, "compile_flags", b->flags, "loss",
                     b->is_entropy ? "cross-entropy" : "relative squared error", "loss_samples", (json_int_t)b->samples,
                     "layers", rows);
}

static json_t *metric_json(const QuantizeResult *r, double value)
{
    return r->metric.name == NULL || !isfinite(value) ? json_null() : json_real(value);
}

json_t *quantize_json(const Session *s, const QuantizeOptions *o, const QuantizeResult *r)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < r->layer_count; i++) {
        (void)json_array_append_new(layers, layer_json(&r->layer[i]));
    }
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:i, s:I, s:I, s:f, s:f, s:s?, s:o, s:s?, s:o, s:o, s:s?, s:o}",
        "schema", "shrinc/quantize/1", "model", s->file_name, "to", quantize_to_names[o->to],
        "calibration", calibration_names[o->calibration], "samples", (json_int_t)r->runs,
        "integer_layers", r->integer_count, "int16_layers", r->wide_count, "float_layers",
        r->float_count, "float_constant_bytes", (json_int_t)r->float_bytes, "constant_bytes",
        (json_int_t)r->quant_bytes, "output_snr_db", r->output.snr_db, "output_cosine",
        r->output.cosine, "worst_layer", r->worst < 0 ? NULL : r->layer[r->worst].name, "layers",
        layers, "metric", r->metric.name, "float_metric", metric_json(r, r->float_metric),
        "metric_value", metric_json(r, r->quant_metric), "widths", r->widths, "budget", budget_json(&r->budget));
}
