/* Bits of weights by a budget of flash, after Rusci et al. (arXiv 1905.13082): what takes memory becomes narrower.
 * Which layer, the loss says that it causes alone, for each byte that it saves; bytes are those of the emitted C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include "export/export.h"

#include <math.h>

enum { LOSS_SAMPLES = 1000 };

typedef struct Chooser {
    const BudgetOptions *o;
    BudgetResult *r;
    Arena *arena; /* of the rows */
    Arena scratch;
    Type *type; /* [node_count] of the attempt */
    Diag *d;
    int64_t *sample; /* [r->samples] of those to choose by */
    float *wanted;   /* float outputs on them */
} Chooser;

static const double LEAST_PROBABILITY = 1.0 / 512.0; /* half a step of an int8 softmax */

/* The graph that TYPE makes; false if the layer NODE (-1: any) stayed float. */
static Status attempt(Chooser *c, int32_t node, Quantized *q, bool *is_there)
{
    QuantPlan plan = *c->o->plan;
    size_t bytes = sizeof(Type) * (size_t)c->o->f->node_count;
    plan.node_type = arena_memdup(&c->scratch, plan.node_type, bytes);
    plan.weight_type = c->type;
    Diag own = {0}; /* warnings of attempts are nobody's business */
    Status s = quantize_graph(c->o->f, &plan, q, &own);
    *is_there = s == OK && (node < 0 || plan.node_type[node] == c->o->plan->node_type[node]);
    if (s != OK) {
        (void)fail(c->d, s, "%s", own.text);
    }
    diag_clear(&own);
    return s;
}

static void all_wide(Chooser *c)
{
    for (int32_t i = 0; i < c->o->f->node_count; i++) {
        c->type[i] = TYPE_S8;
    }
}

/* The widths that the rows say. */
static void use_rows(Chooser *c)
{
    all_wide(c);
    for (int32_t i = 0; i < c->r->row_count; i++) {
        c->type[c->r->row[i].node] = width_types[c->r->row[i].width];
    }
}

/* --- loss ------------------------------------------------------------------------------------------- */

static bool has_classes(const Chooser *c)
{
    return c->o->choose.count > 0 && c->o->choose.data->label != NULL;
}

/* Rows of outputs are probabilities already. */
static bool are_probabilities(const float *y, int64_t count, int64_t outputs)
{
    for (int64_t i = 0; i < count; i++) {
        double sum = 0;
        for (int64_t k = 0; k < outputs; k++) {
            sum += (double)y[i * outputs + k];
            if (y[i * outputs + k] < 0.0f) {
                return false;
            }
        }
        if (fabs(sum - 1.0) > 1e-3) {
            return false;
        }
    }
    return true;
}

static double entropy(const float *y, int64_t outputs, int32_t label, bool is_probability)
{
    double sum = 0;
    double most = (double)y[0];
    for (int64_t k = 1; k < outputs; k++) {
        most = fmax(most, (double)y[k]);
    }
    for (int64_t k = 0; k < outputs; k++) {
        sum += exp((double)y[k] - most);
    }
    double p = is_probability ? (double)y[label] : exp((double)y[label] - most) / sum;
    return -log(fmax(p, LEAST_PROBABILITY));
}

/* Of lowered G on the samples to choose by. */
static Status class_loss(Chooser *c, const Graph *g, double *loss)
{
    const Data *data = c->o->choose.data;
    Arena a = {0};
    float *y = NULL;
    int64_t outputs = 0;
    Status s = score_run(g, false, data, c->sample, c->r->samples, 1, &a, &y, &outputs, c->d);
    if (s == OK && c->wanted == NULL) {
        c->wanted = arena_memdup(&c->scratch, y, sizeof(float) * (size_t)(outputs * c->r->samples));
    }
    bool is_probability = s == OK && are_probabilities(c->wanted, c->r->samples, outputs);
    double sum = 0;
    for (int64_t i = 0; i < c->r->samples && s == OK; i++) {
        int32_t label = data->label[c->sample[i]];
        sum += label < outputs ? entropy(y + i * outputs, outputs, label, is_probability) : 0.0;
    }
    *loss = sum / (double)c->r->samples;
    arena_free(&a);
    return s;
}

static Status loss_of(Chooser *c, Quantized *q, double *loss)
{
    TRY(pass_lower(q->g, c->d));
    if (c->r->is_entropy) {
        return class_loss(c, q->g, loss);
    }
    LayerError output = {0};
    LayerError *all = NEW(&c->scratch, LayerError, c->o->f->node_count);
    layer_errors(c->o->f, q->g, q->home, c->o->inputs, c->r->samples, all, &output, NULL);
    *loss = output.signal > 0 ? output.noise / output.signal : output.noise;
    return OK;
}

/* --- bytes ------------------------------------------------------------------------------------------- */

/* Fills bytes[WIDTH] of all rows from the C of one graph. */
static Status bytes_of(Chooser *c, const Graph *g, int32_t width)
{
    Session s = {.path = "", .file_name = "model"};
    EmitOptions o = {
        .name = "model", .source_name = "model", .source_sha256 = "", .options_text = ""};
    EmitResult emitted = {0};
    s.g = graph_copy(g);
    Status status = pipeline_run(&s, g->rounding, NULL);
    status = status != OK ? status : emit_model(s.g, &o, &emitted, &s.diag);
    if (status != OK) {
        (void)fail(c->d, status, "%s", s.diag.text);
    } else {
        json_t *report = report_json(s.g, &o, &emitted);
        size_t i;
        json_t *layer;
        json_array_foreach(json_object_get(report, "layers"), i, layer)
        {
            for (int32_t k = 0; k < c->r->row_count; k++) {
                if (strcmp(c->r->row[k].name, json_string_value(json_object_get(layer, "name"))) ==
                    0) {
                    c->r->row[k].bytes[width] =
                        json_integer_value(json_object_get(layer, "weights_bytes"));
                }
            }
        }
        json_decref(report);
    }
    emit_free(&emitted);
    session_close(&s);
    return status;
}

/* A way to compile, as far as it saves RAM. */
typedef struct Way {
    Optimize optimize;
    Feed feed;
    const char *flags;
} Way;
static const Way ways[] = {{OPTIMIZE_BALANCED, FEED_WHOLE, ""},
                           {OPTIMIZE_SIZE, FEED_WHOLE, " --optimize=size"},
                           {OPTIMIZE_SIZE, FEED_ROWS, " --optimize=size --input=rows"}};

/* Flash and RAM of a model file, compiled in that way. */
static Status compile_way(const Out *file, const Way *way, int64_t *flash, int64_t *ram, Diag *d)
{
    CompileOptions o = {.target = "generic", .optimize = way->optimize, .feed = way->feed};
    Session s;
    Compiled made = {0};
    Status status =
        session_open_bytes(&s, "model", (Span){(const uint8_t *)file->text, file->bytes});
    status = status != OK ? status : compile_session(&s, &o, &made);
    if (status == OK) {
        *flash = made.result.weights_bytes;
        *ram = s.g->arena_bytes + s.g->state_bytes;
    } else {
        (void)fail(d, status, "%s", s.diag.text);
    }
    emit_free(&made.result);
    session_close(&s);
    return status;
}

/* Costs of the plan as its rows are, into c->r: by the first way to compile that meets RAM, else the one that takes
 * least. */
static Status cost_plan(Chooser *c)
{
    Quantized q = {0};
    Out file = {0};
    bool is_there = false;
    use_rows(c);
    Status status = attempt(c, -1, &q, &is_there);
    status = status != OK ? status : export_tflite(q.g, &file, c->d);
    quantized_free(&q);
    c->r->ram_bytes = INT64_MAX;
    for (size_t i = 0; i < COUNT(ways) && status == OK &&
                       c->r->ram_bytes > (c->o->ram > 0 ? c->o->ram : INT64_MAX - 1);
         i++) {
        int64_t flash = 0, ram = 0;
        Diag own = {0};
        Status made = compile_way(&file, &ways[i], &flash, &ram, &own);
        if (made == OK && ram < c->r->ram_bytes) {
            c->r->flash_bytes = flash;
            c->r->ram_bytes = ram;
            c->r->flags = ways[i].flags;
        }
        status = i == 0 ? made : OK; /* not every net can take its input by rows */
        if (status != OK) {
            (void)fail(c->d, status, "%s", own.text);
        }
        diag_clear(&own);
    }
    out_free(&file);
    return status;
}

/* --- rows ---------------------------------------------------------------------------------------------- */

static void list_rows(Chooser *c)
{
    const Graph *f = c->o->f;
    c->r->row = NEW(c->arena, WidthRow, f->node_count);
    for (int32_t i = 0; i < f->node_count; i++) {
        if (!has_width(f, i) || c->o->plan->node_type[i] != TYPE_S8) {
            continue;
        }
        const Node *n = &f->node[i];
        WidthRow *row = &c->r->row[c->r->row_count++];
        *row = (WidthRow){.node = i, .name = arena_strdup(c->arena, n->name), .op = n->kind->name};
        row->weights = shape_count(&tensor(f, n->in[op_of(n)->quant.weights])->shape);
        for (int32_t k = 0; k < WIDTH_COUNT; k++) {
            row->bytes[k] = -1;
            row->loss[k] = (double)NAN;
        }
    }
}

/* Bytes of all layers at one width, and the loss of each alone. */
static Status measure_width(Chooser *c, int32_t width)
{
    Quantized q = {0};
    bool is_there = false;
    for (int32_t i = 0; i < c->r->row_count; i++) {
        c->type[c->r->row[i].node] = width_types[width];
    }
    Status status = attempt(c, -1, &q, &is_there);
    status = status != OK ? status : bytes_of(c, q.g, width);
    if (status == OK && width == 0) {
        double loss = 0;
        status = loss_of(c, &q, &loss);
        for (int32_t i = 0; i < c->r->row_count; i++) {
            c->r->row[i].loss[0] = loss;
        }
    }
    quantized_free(&q);
    for (int32_t i = 0; i < c->r->row_count && width > 0 && status == OK; i++) {
        WidthRow *row = &c->r->row[i];
        all_wide(c);
        c->type[row->node] = width_types[width];
        status = attempt(c, row->node, &q, &is_there);
        status = status != OK ? status : loss_of(c, &q, &row->loss[width]);
        row->bytes[width] = is_there ? row->bytes[width] : -1;
        quantized_free(&q);
    }
    return status;
}

static Status measure(Chooser *c)
{
    const BudgetOptions *o = c->o;
    int64_t have = has_classes(c) ? o->choose.count : o->runs;
    c->r->is_entropy = has_classes(c);
    c->r->samples = have < LOSS_SAMPLES ? have : LOSS_SAMPLES;
    c->sample = NEW(&c->scratch, int64_t, c->r->samples);
    for (int64_t i = 0; i < c->r->samples; i++) {
        int64_t at = i * have / c->r->samples;
        c->sample[i] = has_classes(c) && o->choose.sample != NULL ? o->choose.sample[at] : at;
    }
    double real = 0;
    TRY(c->r->is_entropy ? class_loss(c, o->f, &real) : OK); /* keeps what is wanted */
    list_rows(c);
    for (int32_t k = 0; k < WIDTH_COUNT; k++) {
        TRY(measure_width(c, k));
    }
    return OK;
}

/* --- the choice ------------------------------------------------------------------------------------------ */

/* The next width of ROW that saves bytes; 0: there is none. */
static int32_t next_width(const WidthRow *row)
{
    for (int32_t k = row->width + 1; k < WIDTH_COUNT; k++) {
        if (row->bytes[k] >= 0 && row->bytes[k] < row->bytes[row->width]) {
            return k;
        }
    }
    return 0;
}

/* What the step to WIDTH adds to the loss, for each byte that it saves. */
static double price(const WidthRow *row, int32_t width)
{
    double rise = fmax(row->loss[width] - row->loss[row->width], 0.0);
    return rise / (double)(row->bytes[row->width] - row->bytes[width]);
}

/* Makes the cheapest step; returns the bytes that it saves, 0: there is none. */
static int64_t cut_one(Chooser *c)
{
    WidthRow *best = NULL;
    int32_t to = 0;
    for (int32_t i = 0; i < c->r->row_count; i++) {
        WidthRow *row = &c->r->row[i];
        int32_t k = next_width(row);
        int64_t saved = k > 0 ? row->bytes[row->width] - row->bytes[k] : 0;
        if (k == 0) {
            continue;
        }
        double less = best == NULL ? -1.0 : price(row, k) - price(best, to);
        int64_t other = best == NULL ? 0 : best->bytes[best->width] - best->bytes[to];
        if (less < 0 || (!(less > 0) && saved > other)) { /* of equals the larger */
            best = row;
            to = k;
        }
    }
    if (best == NULL) {
        return 0;
    }
    int64_t saved = best->bytes[best->width] - best->bytes[to];
    best->width = to;
    best->cut = ++c->r->cuts;
    return saved;
}

/* Narrower until FLASH is met; ERR_LIMIT where nothing is left to cut. */
static Status cut_to(Chooser *c, int64_t flash)
{
    TRY(cost_plan(c));
    while (c->r->flash_bytes > flash) {
        int64_t excess = c->r->flash_bytes - flash;
        int64_t saved = 0;
        while (saved < excess) {
            int64_t step = cut_one(c);
            if (step == 0) {
                break;
            }
            saved += step;
        }
        TRY(cost_plan(c));
        if (saved == 0 && c->r->flash_bytes > flash) {
            return ERR_LIMIT;
        }
    }
    return OK;
}

/* Takes cuts back that were not needed, the dearest first: where bytes are left, more bits are the safer choice. */
static Status widen(Chooser *c, int64_t flash)
{
    for (;;) {
        WidthRow *dearest = NULL;
        for (int32_t i = 0; i < c->r->row_count; i++) {
            WidthRow *row = &c->r->row[i];
            bool fits = row->width > 0 &&
                        c->r->flash_bytes + row->bytes[0] - row->bytes[row->width] <= flash;
            double rise = row->loss[row->width] - row->loss[0];
            if (fits &&
                (dearest == NULL || rise > dearest->loss[dearest->width] - dearest->loss[0])) {
                dearest = row;
            }
        }
        if (dearest == NULL) {
            return OK;
        }
        int32_t before = dearest->width;
        dearest->width = 0;
        TRY(cost_plan(c));
        if (c->r->flash_bytes > flash) {
            dearest->width = before;
            return cost_plan(c);
        }
        dearest->cut = 0;
    }
}

/* Cuts that are left, in their order, as 1, 2, 3 .. */
static void number_cuts(BudgetResult *r)
{
    int32_t done = 0;
    for (int32_t cut = 1; cut <= r->cuts; cut++) {
        for (int32_t i = 0; i < r->row_count; i++) {
            if (r->row[i].cut == cut) {
                r->row[i].cut = ++done;
            }
        }
    }
    r->cuts = done;
}

static Status refuse_ram(const Chooser *c)
{
    return fail(c->d, ERR_LIMIT,
                "it needs %jd bytes of RAM at least (compile%s), the budget is %jd; weights of "
                "fewer bits save none: make the "
                "input or the layers smaller",
                (intmax_t)c->r->ram_bytes, c->r->flags, (intmax_t)c->o->ram);
}

static Status choose(Chooser *c)
{
    const BudgetOptions *o = c->o;
    TRY(measure(c));
    Status status = o->flash > 0 ? cut_to(c, o->flash) : cost_plan(c);
    if (status == ERR_LIMIT) {
        return fail(c->d, ERR_LIMIT,
                    "the budget is %jd bytes of weights; the nearest plan, the narrowest one, "
                    "takes %jd: make the net smaller",
                    (intmax_t)o->flash, (intmax_t)c->r->flash_bytes);
    }
    TRY(status);
    TRY(o->flash > 0 ? widen(c, o->flash) : OK);
    number_cuts(c->r);
    if (o->ram > 0 && c->r->ram_bytes > o->ram) {
        return refuse_ram(c);
    }
    use_rows(c);
    memcpy(o->plan->weight_type, c->type, sizeof(Type) * (size_t)o->f->node_count);
    return OK;
}

static Chooser chooser(const BudgetOptions *o, Arena *a, BudgetResult *r, Diag *d)
{
    Chooser c = {.o = o, .r = r, .arena = a, .d = d};
    c.type = NEW(&c.scratch, Type, o->f->node_count);
    all_wide(&c);
    return c;
}

Status budget_choose(const BudgetOptions *o, Arena *a, BudgetResult *r, Diag *d)
{
    *r = (BudgetResult){0};
    Chooser c = chooser(o, a, r, d);
    Status s = choose(&c);
    arena_free(&c.scratch);
    return s;
}

/* Back along the cuts, the last one first, until the metric keeps LEAST. */
static Status find_nearest(Chooser *c, double least, double *value)
{
    for (;;) {
        Quantized q = {0};
        bool is_there = false;
        use_rows(c);
        Status s = attempt(c, -1, &q, &is_there);
        s = s != OK ? s : pass_lower(q.g, c->d);
        s = s != OK ? s : quantize_metric(q.g, &c->o->choose, value, NULL, c->d);
        quantized_free(&q);
        TRY(s);
        WidthRow *last = NULL;
        for (int32_t i = 0; i < c->r->row_count; i++) {
            WidthRow *row = &c->r->row[i];
            last = row->width > 0 && (last == NULL || row->cut > last->cut) ? row : last;
        }
        if (*value >= least || last == NULL) {
            return OK;
        }
        last->width = 0;
    }
}

Status budget_refuse(const BudgetOptions *o, BudgetResult *r, double value, double least, Diag *d)
{
    Chooser c = chooser(o, NULL, r, d);
    int64_t flash = r->flash_bytes;
    double nearest = 0;
    Status s = find_nearest(&c, least, &nearest);
    s = s != OK ? s : cost_plan(&c);
    const char *text = widths_text(&c.scratch, o->f, c.type);
    if (s == OK && nearest < least) {
        s = fail(d, ERR_LIMIT,
                 "the plan of %jd bytes of weights reaches %.2f %%, below the %.2f %% asked for, "
                 "and 8 bits in all "
                 "layers reach %.2f %%; train with the rounding (train --qat)",
                 (intmax_t)flash, value, least, nearest);
    } else if (s == OK) {
        s = fail(d, ERR_LIMIT,
                 "the plan of %jd bytes of weights reaches %.2f %%, below the %.2f %% asked for; "
                 "the nearest plan that keeps it "
                 "takes %jd bytes (--widths %s, %.2f %%); or leave --max-drop out and train that "
                 "mixture (train --qat int8 "
                 "--widths)",
                 (intmax_t)flash, value, least, (intmax_t)r->flash_bytes, text, nearest);
    }
    arena_free(&c.scratch);
    return s;
}
