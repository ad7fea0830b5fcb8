/* Quantisation as text: NAME.before is a float graph; quantised with the options of its first line
 * ("// options: int16x8 float32") over seeded samples, it must print as NAME.want, verify, run, and lie within 20 dB of
 * the float graph (or "// snr: N"). A second table holds ranges and the scales that TFLite's rules make of them.
 *
 * Usage: quantize_test DIR [write]; "write" makes the expected files anew. Environment SAVE=FOLDER: the quantised graphs
 * as .tflite, for tests/oracle/check_quantize.py.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"
#include "export/export.h"

#include <math.h>

static const char suite_name[] = "quantize";
#include "../cases.h"

enum { RUNS = 32 };

/* --- ranges to scales --- */

static const struct ScaleRow {
    const char *id;
    Range range;
    Type type;
    double scale;
    int32_t zero;
} scale_rows[] = {
    {"both signs",
     {-1, 1},
     TYPE_S8,
     2.0 / 255,
     -1}, /* from the high end: 127 - 127.5, half away from zero */
    {"positive alone starts at 0", {2, 4}, TYPE_S8, 4.0 / 255, -128},
    {"negative alone ends at 0", {-4, -2}, TYPE_S8, 4.0 / 255, 127},
    {"relu6", {0, 6}, TYPE_S8, 6.0 / 255, -128},
    {"zero point from the nearer end", {-0.25, 3}, TYPE_S8, 3.25 / 255, -108},
    {"all zero", {0, 0}, TYPE_S8, 1, 0},
    {"s16 is symmetric", {-1, 2}, TYPE_S16, 2.0 / 32767, 0},
    {"s16 negative", {-3, 1}, TYPE_S16, 3.0 / 32767, 0},
};

static void check_scales(void)
{
    for (size_t i = 0; i < COUNT(scale_rows); i++) {
        const struct ScaleRow *r = &scale_rows[i];
        float scale = 0;
        int32_t zero = 0;
        char wanted[64];
        char seen[64];
        quant_activation(r->range, r->type, &scale, &zero);
        (void)snprintf(wanted, sizeof wanted, "%.9g %d", r->scale, r->zero);
        (void)snprintf(seen, sizeof seen, "%.9g %d", (double)scale, zero);
        bool good = scale == (float)r->scale && zero == r->zero;
        report(good, r->id, "scale and zero point", wanted, seen);
    }
}

/* --- histograms to ranges: 999,800 values between -1 and 1 and two far ones --- */

static const struct RangeRow {
    CalibrationMethod method;
    double percentile;
    int32_t bits;
    Range least, most; /* bounds of the range's ends */
} range_rows[] = {
    {CALIBRATE_MINMAX, 0, 8, {-10, 20}, {-10, 20}},
    {CALIBRATE_PERCENTILE, 99.9, 8, {-1.02, 0.98}, {-0.98, 1.02}},
    {CALIBRATE_PERCENTILE, 100, 8, {-10, 20}, {-10, 20}},
    {CALIBRATE_MSE, 0, 8, {-1.8, 6}, {-0.9, 10}},
    {CALIBRATE_MSE, 0, 16, {-20, 15}, {-15, 20}},
};

static void check_ranges(void)
{
    Seen s = {
        .low = -10, .high = 20, .count = 999802, .bin = calloc(HISTOGRAM_BINS, sizeof(int64_t))};
    for (int32_t i = 0; i < 9998 && s.bin != NULL; i++) {
        double x = -1.0 + 2.0 * (i + 0.5) / 9998;
        s.bin[(int32_t)((x + 10) / 30 * HISTOGRAM_BINS)] += 100;
    }
    s.bin[0]++;
    s.bin[HISTOGRAM_BINS - 1]++;
    for (size_t i = 0; i < COUNT(range_rows); i++) {
        const struct RangeRow *r = &range_rows[i];
        Range got = calibration_range(&s, r->method, r->percentile, r->bits);
        char seen[64];
        (void)snprintf(seen, sizeof seen, "%.6g .. %.6g", got.low, got.high);
        report(got.low >= r->least.low && got.low <= r->most.low && got.high >= r->least.high &&
                   got.high <= r->most.high,
               calibration_names[r->method], "range", "within the row's bounds", seen);
    }
    free(s.bin);
}

/* OCTAV's clip must have the least error of all clips tried by brute force (within a per cent). */
static double clip_error(const float *x, int32_t count, double clip)
{
    double step = clip / 127.0;
    double sum = 0;
    for (int32_t i = 0; i < count; i++) {
        double q = fmin(fmax(round((double)x[i] / step), -127), 127) * step;
        sum += (q - (double)x[i]) * (q - (double)x[i]);
    }
    return sum;
}

static void check_octav(void)
{
    enum { N = 4000 };
    static float x[N];
    uint32_t state = 1;
    for (int32_t i = 0; i < N; i++) { /* heavy tails: the cube of a uniform number */
        state = state * 1664525u + 1013904223u;
        double u = (double)(int32_t)state / 2147483648.0;
        x[i] = (float)(u * u * u * u * u * u * u);
    }
    x[0] = 40.0f;
    double clip = octav_clip(x, N, 1, 8);
    double best = INFINITY;
    for (int32_t i = 1; i <= 400; i++) {
        best = fmin(best, clip_error(x, N, 0.1 * i));
    }
    char seen[96];
    (void)snprintf(seen, sizeof seen, "clip %g: error %g, least %g", clip, clip_error(x, N, clip),
                   best);
    report(clip_error(x, N, clip) <= 1.1 * best, "octav", "error", "within a tenth of the least",
           seen);
}

/* --- graphs --- */

/* Small floats of both signs for @weights. */
static Span make_block(Arena *a)
{
    enum { FLOATS = 1 << 14 };
    float *block = NEW(a, float, FLOATS);
    uint32_t state = 1;
    for (int32_t i = 0; i < FLOATS; i++) {
        state = state * 1664525u + 1013904223u;
        block[i] = (float)((double)(int32_t)state / 2147483648.0 * (1.0 + i % 7));
    }
    return (Span){(const uint8_t *)block, FLOATS * sizeof *block};
}

static bool has_word(const char *text, const char *word)
{
    const char *line = strstr(text, "// options:");
    const char *at = line == NULL ? NULL : strstr(line, word);
    return at != NULL && at < line + strcspn(line, "\n");
}

static void print_case(const Graph *q, const Diag *d, Out *out)
{
    graph_print(q, out, NULL);
    for (int32_t i = 0; i < d->warning_count && i < DIAG_WARNINGS; i++) {
        out_line(out, "// warning: %s", d->warning[i]);
    }
}

static Status quantize_text(Arena *a, const char *text, const Graph *f, const uint8_t *inputs,
                            Quantized *q, Diag *d)
{
    Type type = has_word(text, "int16x8") ? TYPE_S16 : TYPE_S8;
    CalibrationMethod method = has_word(text, "mse") ? CALIBRATE_MSE : CALIBRATE_MINMAX;
    Calibration c;
    TRY(calibrate(f, inputs, RUNS, true, &c, d));
    QuantPlan plan = {
        .node_type = NEW(a, Type, f->node_count),
        .range = NEW(a, Range, f->tensor_count),
        .edges = has_word(text, "float32") ? TYPE_F32 : type,
        .octav = method == CALIBRATE_MSE,
    };
    for (TensorId id = 1; id < f->tensor_count; id++) {
        plan.range[id] = c.seen[id].count == 0 ? (Range){0, 0}
                                               : calibration_range(&c.seen[id], method, 99.9,
                                                                   type == TYPE_S16 ? 16 : 8);
    }
    for (int32_t i = 0; i < f->node_count; i++) { /* "mixed": every other layer is wider */
        plan.node_type[i] = has_word(text, "mixed") && i % 2 == 1 ? TYPE_S16 : type;
    }
    calibration_free(&c);
    keep_floats(f, &plan);
    if (has_word(text, "adaround")) {
        adaround(a, f, inputs, RUNS, 1, &plan, d);
    }
    if (has_word(text, "bias")) {
        correct_bias(a, f, inputs, RUNS, &plan);
    }
    return quantize_graph(f, &plan, q, d);
}

static void check_error(const char *id, const char *text, const Graph *f, Quantized *q,
                        const uint8_t *inputs)
{
    Diag d = {0};
    Arena a = {0};
    Status s = graph_verify(q->g, &d);
    s = s != OK ? s : pass_lower(q->g, &d);
    report(s == OK, id, "verifies and has kernels", "OK", d.text);
    if (s == OK) {
        LayerError output;
        LayerError *layer = NEW(&a, LayerError, f->node_count);
        const char *bar = strstr(text, "// snr:");
        double least = bar == NULL ? 20.0 : strtod(bar + 7, NULL);
        layer_errors(f, q->g, q->home, inputs, RUNS, layer, &output, NULL);
        char seen[64];
        (void)snprintf(seen, sizeof seen, "%.2f dB", output.snr_db);
        report(output.snr_db >= least, id, "output against the float graph",
               "at least 20 dB, or // snr:", seen);
    }
    diag_clear(&d);
    arena_free(&a);
}

/* "fold": batch normalisation is folded first, "equalize": layers are equalised; the float outputs must stay within
 * 1e-5 of the largest. */
static Status change_floats(const char *id, const char *text, Graph *f, Diag *d)
{
    bool folds = has_word(text, "fold");
    if (!folds && !has_word(text, "equalize")) {
        return OK;
    }
    Arena a = {0};
    Graph *plain = graph_copy(f);
    Status s = folds ? pass_fold_batchnorm(f, d) : pass_equalize(f, d);
    s = s != OK ? s : pass_infer(f, d);
    Graph *folded = graph_copy(f);
    s = s != OK ? s : pass_infer(folded, d);
    s = s != OK ? s : pass_lower(folded, d);
    s = s != OK ? s : pass_lower(plain, d);
    if (s == OK) {
        uint8_t *inputs = NEW(&a, uint8_t, graph_input_bytes(f));
        uint8_t *want = NEW(&a, uint8_t, graph_output_bytes(f));
        uint8_t *got = NEW(&a, uint8_t, graph_output_bytes(f));
        make_vectors(plain, 11, 1, inputs);
        rehearse(plain, false, inputs, 1, want);
        rehearse(folded, false, inputs, 1, got);
        report(outputs_equal(plain, want, got, NULL), id, "changed floats", "the same outputs",
               "others");
    }
    graph_free(plain);
    graph_free(folded);
    arena_free(&a);
    return s;
}

/* Inputs of one size, without the powers of two that make_vectors spreads. */
static uint8_t *make_inputs(Arena *a, const Graph *f)
{
    uint8_t *inputs = NEW(a, uint8_t, RUNS * graph_input_bytes(f));
    make_vectors(f, 7, RUNS, inputs);
    for (int64_t i = 0; i < RUNS * graph_input_bytes(f) / 4; i++) {
        float x;
        memcpy(&x, inputs + 4 * i, 4);
        x = x == 0.0f ? 0.0f : (float)fmod((double)x, 1.5);
        memcpy(inputs + 4 * i, &x, 4);
    }
    return inputs;
}

/* --- methods: each must bring the rounded weights' output nearer to the float one by so many dB --- */

static const char methods_graph[] =
    "graph methods\n"
    "input x f32[1,6,6,3]\n"
    "const w f32[8,3,3,3] @weights+0\n"
    "const v f32[1,3,3,8] @weights+1024\n"
    "const u f32[6,72] @weights+2048\n"
    "const shape s32[2] {1, 72}\n"
    "c = conv_2d(x, w, _) stride_w=1 stride_h=1 act=relu : f32[1,6,6,8]\n"
    "d = depthwise_conv_2d(c, v, _) stride_w=2 stride_h=2 act=relu : f32[1,3,3,8]\n"
    "r = reshape(d, shape) : f32[1,72]\n"
    "y = fully_connected(r, u, _) : f32[1,6]\n"
    "output y\n";

static const struct MethodRow {
    const char *options;
    double gain_db; /* over nearest rounding with 16-bit activations, so that weights alone count */
} method_rows[] = {
    {"// options: int16x8 bias", 0.0},
    {"// options: int16x8 adaround", 2.0},
    {"// options: int16x8 adaround bias", 2.0},
};

static double method_snr(const char *options)
{
    Arena a = {0};
    Diag d = {0};
    Graph *f = NULL;
    Quantized q = {0};
    LayerError output = {.snr_db = -SNR_LIMIT_DB};
    Status s = graph_parse(methods_graph, make_block(&a), op_find_kind, &f, &d);
    s = s != OK ? s : pass_infer(f, &d);
    s = s != OK ? s : pass_lower(f, &d);
    if (s == OK) {
        uint8_t *inputs = make_inputs(&a, f);
        s = quantize_text(&a, options, f, inputs, &q, &d);
        s = s != OK ? s : pass_lower(q.g, &d);
        if (s == OK) {
            layer_errors(f, q.g, q.home, inputs, RUNS, NEW(&a, LayerError, f->node_count), &output,
                         NULL);
        }
    }
    report(s == OK, options, "quantises", "OK", d.text);
    quantized_free(&q);
    diag_clear(&d);
    graph_free(f);
    arena_free(&a);
    return output.snr_db;
}

static void check_methods(void)
{
    double nearest = method_snr("// options: int16x8");
    for (size_t i = 0; i < COUNT(method_rows); i++) {
        char seen[64];
        double snr = method_snr(method_rows[i].options);
        (void)snprintf(seen, sizeof seen, "%.2f dB, nearest rounding %.2f dB", snr, nearest);
        report(snr >= nearest + method_rows[i].gain_db, method_rows[i].options, "output SNR",
               "the gain of its row", seen);
    }
}

/* --- training with rounding: places, ranges, and the way back --- */

static Graph *quantized_again(const Graph *f, const QuantizeOptions *o, const uint8_t *inputs,
                              int64_t runs, Diag *d)
{
    Graph *copy = graph_copy(f);
    Graph *back = NULL;
    QuantizeResult r = {0};
    ImportLimits limits = import_default_limits();
    Status s = quantize_floats(copy, o, inputs, runs, &r, d);
    s = s != OK ? s
                : import_tflite((Span){(const uint8_t *)r.file.text, r.file.bytes}, "back", &limits,
                                &back, d);
    Graph *own = s == OK ? graph_copy(back) : NULL; /* BACK's constants lie in R's file */
    if (own != NULL) {
        own->meta_count = 0; /* it says whence the ranges came */
    }
    graph_free(back);
    quantize_free(&r);
    graph_free(copy);
    return own;
}

/* The graph with rounding floats must print as .want; quantised from its ranges alone it must be the graph that
 * calibration on the same samples gives. */
static void check_training(Arena *a, const char *base, const char *name, const char *text,
                           const Graph *f, const uint8_t *inputs)
{
    Diag d = {0};
    Calibration c;
    Type type = has_word(text, "int16x8") ? TYPE_S16 : TYPE_S8;
    QuantizeOptions o = {.to = type == TYPE_S16         ? TO_INT16X8
                               : has_word(text, "int4")    ? TO_INT4
                               : has_word(text, "ternary") ? TO_TERNARY
                                                           : TO_INT8,
                         .float_edges = has_word(text, "float32")};
    Range *range = NEW(a, Range, f->tensor_count);
    Status s = calibrate(f, inputs, RUNS, false, &c, &d);
    for (TensorId id = 1; id < f->tensor_count && s == OK; id++) {
        range[id] = (Range){c.seen[id].low, c.seen[id].high};
    }
    calibration_free(&c);
    Graph *trained = graph_copy(f);
    Type *weights = NEW(a, Type, f->node_count);
    for (int32_t i = 0; i < f->node_count; i++) {
        weights[i] = quantize_weight_type(o.to);
    }
    insert_fake_quant(trained, range, type, weights);
    s = s != OK ? s : pass_infer(trained, &d);
    s = s != OK ? s : graph_verify(trained, &d);
    report(s == OK, name, "takes rounding floats", "OK", d.text);
    Out printed = {0};
    Out direct = {0};
    Out back = {0};
    graph_print(trained, &printed, NULL);
    compare_file(a, name, arena_printf(a, "%s.want", base), printed.text);
    Graph *one = s == OK ? quantized_again(f, &o, inputs, RUNS, &d) : NULL;
    Graph *two = one != NULL ? quantized_again(trained, &o, NULL, 0, &d) : NULL;
    report(two != NULL, name, "quantises from trained ranges", "OK", d.text);
    if (two != NULL) {
        graph_print(one, &direct, NULL);
        graph_print(two, &back, NULL);
        report(strcmp(direct.text, back.text) == 0, name, "trained ranges", direct.text, back.text);
    }
    out_free(&printed);
    out_free(&direct);
    out_free(&back);
    graph_free(one);
    graph_free(two);
    graph_free(trained);
    diag_clear(&d);
}

/* What only training needs goes: the graph must print as .want. */
static void check_strip(Arena *a, const char *base, const char *name, Graph *f)
{
    Diag d = {0};
    Out out = {0};
    Status s = pass_fold_batchnorm(f, &d);
    s = s != OK ? s : pass_strip_training(f, &d);
    s = s != OK ? s : pass_infer(f, &d);
    s = s != OK ? s : graph_verify(f, &d);
    report(s == OK, name, "is stripped", "OK", d.text);
    graph_print(f, &out, NULL);
    compare_file(a, name, arena_printf(a, "%s.want", base), out.text);
    out_free(&out);
    diag_clear(&d);
}

/* --- widths by accuracy: classes are what the float model says, so that it is always right --- */

static const struct MixRow {
    double max_drop; /* points */
    double least;    /* accuracy in per cent */
    int32_t least_wide, most_wide;
} mix_rows[] = {
    {100.0, 0.0, 0, 0}, /* all int8 is good enough */
    {0.8, 99.2, 1, 3},  /* some layers are wide */
};

static void label_by_model(const Graph *f, Data *data)
{
    Eval *e = eval_new(f, false);
    for (int64_t i = 0; i < data->count; i++) {
        memcpy(eval_tensor(e, f->input[0]), data->x + i * data->x_count,
               sizeof(float) * (size_t)data->x_count);
        eval_run(e);
        const float *y = (const float *)(const void *)eval_tensor(e, f->output[0]);
        for (int32_t k = 1; k < data->class_count; k++) {
            data->label[i] = y[k] > y[data->label[i]] ? k : data->label[i];
        }
    }
    eval_free(e);
}

static void check_mixed(const struct MixRow *row)
{
    enum { SAMPLES = 1000, CLASSES = 6 };
    static const char *names[CLASSES] = {"a", "b", "c", "d", "e", "f"};
    Arena a = {0};
    Diag d = {0};
    Graph *f = NULL;
    QuantizeResult r = {0};
    Status s = graph_parse(methods_graph, make_block(&a), op_find_kind, &f, &d);
    s = s != OK ? s : pass_infer(f, &d);
    Graph *lowered = graph_copy(f);
    s = s != OK ? s : pass_infer(lowered, &d);
    s = s != OK ? s : pass_lower(lowered, &d);
    Data data = {.name = "made", .count = SAMPLES, .class_count = CLASSES, .class_name = names};
    data.shape = shape_of(3, (int32_t[]){6, 6, 3});
    data.x_count = 108;
    data.x = NEW(&a, float, SAMPLES *data.x_count);
    data.label = NEW(&a, int32_t, SAMPLES);
    Random random = random_stream(3, 0);
    for (int64_t i = 0; i < SAMPLES * data.x_count; i++) {
        data.x[i] = (float)random_normal(&random);
    }
    if (s == OK) {
        label_by_model(lowered, &data);
        QuantizeSet all = {&data, NULL, SAMPLES};
        QuantizeOptions o = {.float_edges = true,
                             .adaround = true,
                             .bias_correction = true,
                             .mixes = true,
                             .max_drop = row->max_drop,
                             .choose = all,
                             .judge = all};
        s = quantize_floats(f, &o, (const uint8_t *)data.x, SAMPLES, &r, &d);
    }
    char seen[96];
    (void)snprintf(seen, sizeof seen, "%.2f %% with %d wide layers, %.2f %% as floats",
                   r.quant_metric, r.wide_count, r.float_metric);
    report(s == OK && r.float_metric == 100.0 && r.quant_metric >= row->least &&
               r.wide_count >= row->least_wide && r.wide_count <= row->most_wide,
           "mixed", "accuracy and widths", d.text[0] != '\0' ? d.text : "its row", seen);
    quantize_free(&r);
    graph_free(lowered);
    graph_free(f);
    diag_clear(&d);
    arena_free(&a);
}

/* --- numbers that no training should leave --- */

static const struct BadRow {
    float value;        /* first weight */
    const char *wanted; /* part of the sentence; NULL: it works */
} bad_rows[] = {
    {NAN, "element 0 of constant \"w\" is nan"},
    {-INFINITY, "element 0 of constant \"w\" is -inf"},
    {1e30f, NULL},
    {1e-38f, NULL},
};

static void check_bad(const struct BadRow *row)
{
    Arena a = {0};
    Diag d = {0};
    Graph *f = NULL;
    QuantizeResult r = {0};
    QuantizeOptions o = {0};
    Span block = make_block(&a);
    float *weights = arena_memdup(&a, block.data, block.bytes);
    weights[0] = row->value;
    Status s = graph_parse(methods_graph, (Span){(const uint8_t *)weights, block.bytes},
                           op_find_kind, &f, &d);
    s = s != OK ? s : pass_infer(f, &d);
    if (s == OK) {
        s = quantize_floats(f, &o, make_inputs(&a, f), RUNS, &r, &d);
        bool good =
            row->wanted == NULL ? s == OK : s == ERR_INPUT && strstr(d.text, row->wanted) != NULL;
        report(good, "bad", "weights", row->wanted == NULL ? "quantises" : row->wanted, d.text);
    }
    quantize_free(&r);
    graph_free(f);
    diag_clear(&d);
    arena_free(&a);
}

/* --- every operator that TFLite made vectors of: float models, calibrated on their own inputs --- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    return n >= strlen(end) && strcmp(text + n - strlen(end), end) == 0;
}

/* The opened model with the samples of a file of raw inputs. */
static Status quantize_file(Session *s, const char *data, QuantizeResult *r)
{
    uint8_t *inputs = NULL;
    int64_t runs = 0;
    QuantizeOptions o = {.to = TO_INT8};
    *r = (QuantizeResult){.worst = -1};
    TRY(samples_read(&s->arena, s->g, data, true, &inputs, &runs, &s->diag));
    return quantize_floats(s->g, &o, inputs, runs, r, &s->diag);
}

static void check_vector(const char *dir, const char *file)
{
    Arena a = {0};
    Session s = {0};
    QuantizeResult r = {0};
    const char *path = path_join(&a, dir, file);
    char *data = arena_printf(&a, "%.*s.in.bin", (int)(strlen(path) - strlen(".tflite")), path);
    Status status = session_open(&s, path);
    status = status != OK ? status : quantize_file(&s, data, &r);
    bool nothing = strstr(s.diag.text, "nothing to quantise") != NULL ||
                   strstr(s.diag.text, "READ_VARIABLE") != NULL;
    if (!nothing) {
        char seen[96];
        (void)snprintf(seen, sizeof seen, "%.2f dB, %d float layers", r.output.snr_db,
                       r.float_count);
        /* int8 weights already, or weights computed at run time: these stay as they are */
        bool is_hybrid = strstr(file, "hybrid") != NULL || strstr(file, "weights_input") != NULL;
        report(status == OK && r.output.snr_db >= 15.0 && (is_hybrid || r.float_count == 0), path,
               "output", "15 dB, no float layer", status == OK ? seen : s.diag.text);
    }
    quantize_free(&r);
    session_close(&s);
    arena_free(&a);
}

static void check_vectors(void)
{
    struct dirent **op = NULL;
    int count = scandir("tests/vectors", &op, NULL, by_name);
    for (int i = 0; i < count; i++) {
        struct dirent **file = NULL;
        char dir[300];
        (void)snprintf(dir, sizeof dir, "tests/vectors/%s", op[i]->d_name);
        int files = op[i]->d_name[0] == '.' ? 0 : scandir(dir, &file, NULL, by_name);
        for (int k = 0; k < files; k++) {
            if (ends_with(file[k]->d_name, "float32.tflite")) {
                check_vector(dir, file[k]->d_name);
            }
            free(file[k]);
        }
        free(file);
        free(op[i]);
    }
    free(op);
}

/* For the oracles: as a file in the folder that SAVE names. */
static void save_case(Arena *a, const char *name, const Graph *q)
{
    const char *dir = getenv("SAVE");
    if (dir == NULL) {
        return;
    }
    Diag d = {0};
    Out file = {0};
    Status s = export_tflite(q, &file, &d);
    s = s != OK ? s
                : file_write(arena_printf(a, "%s/%s.tflite", dir, name), file.text, file.bytes, &d);
    report(s == OK, name, "is written", "OK", d.text);
    out_free(&file);
    diag_clear(&d);
}

static void run_case(const char *dir, const char *folder, const char *name)
{
    (void)folder; /* all cases lie in one */
    Arena a = {0};
    Diag d = {0};
    Span bytes = {0};
    Graph *f = NULL;
    const char *base = arena_printf(&a, "%s/%s", dir, name);
    Status s = file_read(&a, arena_printf(&a, "%s.before", base), 1 << 20, &bytes, &d);
    const char *text = arena_strndup(&a, (const char *)bytes.data, bytes.bytes);
    s = s != OK ? s : graph_parse(text, make_block(&a), op_find_kind, &f, &d);
    s = s != OK ? s : pass_infer(f, &d);
    if (s == OK && has_word(text, "strip")) {
        check_strip(&a, base, name, f);
        graph_free(f);
        arena_free(&a);
        return;
    }
    s = s != OK ? s : change_floats(name, text, f, &d);
    s = s != OK ? s : pass_lower(f, &d);
    report(s == OK, name, "is a float graph", "OK", d.text);
    Quantized q = {0};
    if (s == OK && has_word(text, "qat")) {
        check_training(&a, base, name, text, f, make_inputs(&a, f));
    } else if (s == OK) {
        uint8_t *inputs = make_inputs(&a, f);
        s = quantize_text(&a, text, f, inputs, &q, &d);
        report(s == OK, name, "quantises", "OK", d.text);
        Out out = {0};
        if (s == OK) {
            print_case(q.g, &d, &out);
            compare_file(&a, name, arena_printf(&a, "%s.want", base), out.text);
            save_case(&a, name, q.g);
            check_error(name, text, f, &q, inputs);
        }
        out_free(&out);
    }
    quantized_free(&q);
    diag_clear(&d);
    graph_free(f);
    arena_free(&a);
}

/* --- against TFLiteConverter, on its own calibration data (ORIGIN) --- */

static TensorId by_tensor_name(const Graph *g, const char *name)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (strcmp(tensor(g, id)->name, name) == 0) {
            return id;
        }
    }
    return 0;
}

/* Biases may differ by one: their scales' last digits do. */
static bool same_constants(const Tensor *want, const Tensor *t)
{
    bool same = t->data_bytes == want->data_bytes;
    for (int64_t i = 0; same && i < shape_count(&want->shape) && want->data != NULL; i++) {
        double distance = fabs(const_value(t, i) - const_value(want, i));
        same = distance <= (want->type == TYPE_S32 && want->q.count > 0 ? 1.0 : 0.0);
    }
    return same;
}

/* Same type, zero points and constants; scales within five roundings of a float. A tensor that only the converter made
 * (rescaled before a join) has no counterpart. */
static void compare_tensor(const Tensor *want, const Graph *ours)
{
    TensorId id = by_tensor_name(ours, want->name);
    if (id == 0 && want->data == NULL) {
        return;
    }
    const Tensor *t = id == 0 ? NULL : tensor(ours, id);
    bool good = t != NULL && t->type == want->type && t->q.count == want->q.count;
    double worst = 0;
    for (int32_t i = 0; good && i < want->q.count; i++) {
        worst = fmax(worst, fabs((double)t->q.scale[i] / (double)want->q.scale[i] - 1.0));
        good = t->q.zero[i] == want->q.zero[i];
    }
    good = good && worst <= 5 * 6e-8 && same_constants(want, t);
    char seen[96];
    (void)snprintf(seen, sizeof seen, "%s, worst scale %g", t == NULL ? "no such tensor" : "others",
                   worst);
    report(good, want->name, "as TFLiteConverter", "same type, scales, zero points, numbers", seen);
}

static const struct OracleRow {
    const char *floats, *int8, *data;
} oracle_rows[] = {
    {"examples/models/sine_float.tflite", "examples/models/sine_int8.tflite",
     "tests/quantize/sine_calibration.bin"},
    {"tests/quantize/net_float.tflite", "tests/quantize/net_int8.tflite",
     "tests/quantize/net_calibration.bin"},
};

static void check_oracle(const struct OracleRow *row)
{
    Session ours = {0};
    Session want = {0};
    QuantizeResult r = {0};
    Graph *g = NULL;
    Status s = session_open(&want, row->int8);
    s = s != OK ? s : session_open(&ours, row->floats);
    s = s != OK ? s : quantize_file(&ours, row->data, &r);
    ImportLimits limits = import_default_limits();
    Span file = {(const uint8_t *)r.file.text, r.file.bytes};
    s = s != OK ? s : import_tflite(file, "ours", &limits, &g, &ours.diag);
    s = s != OK ? s : pass_infer(g, &ours.diag);
    report(s == OK, row->floats, "is quantised and read back", "OK", ours.diag.text);
    int32_t before = passed;
    for (TensorId id = 1; s == OK && id < want.g->tensor_count; id++) {
        compare_tensor(tensor(want.g, id), g);
    }
    report(passed - before >= g->node_count, row->floats, "tensors compared",
           "at least as many as layers", "fewer");
    graph_free(g);
    quantize_free(&r);
    session_close(&ours);
    session_close(&want);
}

/* --- against the int8 model that MLPerf Tiny ships for anomaly detection --- */

/* SNR in dB of the outputs GOT (numbers of T's scale) against those of the float graph F on real inputs. */
static double output_snr(const Graph *f, const float *inputs, int64_t runs, const Tensor *t,
                         const int8_t *got)
{
    Eval *e = eval_new(f, false);
    int64_t x_count = shape_count(&tensor(f, f->input[0])->shape);
    int64_t y_count = shape_count(&t->shape);
    double signal = 0;
    double noise = 0;
    for (int64_t r = 0; r < runs; r++) {
        memcpy(eval_tensor(e, f->input[0]), inputs + r * x_count, (size_t)x_count * sizeof(float));
        eval_run(e);
        const float *y = (const float *)(const void *)eval_tensor(e, f->output[0]);
        for (int64_t i = 0; i < y_count; i++) {
            double q = (got[r * y_count + i] - t->q.zero[0]) * (double)t->q.scale[0];
            signal += (double)y[i] * (double)y[i];
            noise += ((double)y[i] - q) * ((double)y[i] - q);
        }
    }
    eval_free(e);
    return 10.0 * log10(signal / noise);
}

/* Calibrated on the first half of the inputs, judged on the second: at least as near to the float model as theirs. */
static void check_anomaly(const char *shared)
{
    enum { INPUTS = 16, HALF = 8 };
    Arena a = {0};
    Session floats = {0};
    Session theirs = {0};
    QuantizeResult r = {0};
    Diag d = {0};
    Span raw = {0};
    Span golden = {0};
    Graph *f = NULL;
    Status s = session_open(&theirs, arena_printf(&a, "%s/models/ad_int8.tflite", shared));
    s = s != OK ? s : session_open(&floats, arena_printf(&a, "%s/models/ad_float.tflite", shared));
    s = s != OK ? s : session_plain(&floats, ROUNDING_TFLITE, &f);
    s = s != OK ? s
                : file_read(&a, arena_printf(&a, "%s/models/ad_int8.in.bin", shared), 1 << 20, &raw,
                            &d);
    s = s != OK ? s
                : file_read(&a, arena_printf(&a, "%s/models/ad_int8.out.bin", shared), 1 << 20,
                            &golden, &d);
    if (s != OK) {
        printf("SKIPPED: ad_float against ad_int8: %s%s%s not there (set SHRINC_SHARED)\n",
               theirs.diag.text, floats.diag.text, d.text);
    } else {
        const Tensor *in = tensor(theirs.g, theirs.g->input[0]);
        int64_t count = shape_count(&in->shape);
        float *x = NEW(&a, float, INPUTS *count);
        for (int64_t i = 0; i < INPUTS * count; i++) {
            x[i] = (float)(((const int8_t *)raw.data)[i] - in->q.zero[0]) * in->q.scale[0];
        }
        QuantizeOptions o = {.to = TO_INT8};
        s = quantize_floats(floats.g, &o, (const uint8_t *)x, HALF, &r, &floats.diag);
        Graph *q = NULL;
        ImportLimits limits = import_default_limits();
        s = s != OK ? s
                    : import_tflite((Span){(const uint8_t *)r.file.text, r.file.bytes}, "ours",
                                    &limits, &q, &d);
        s = s != OK ? s : pass_infer(q, &d);
        s = s != OK ? s : pass_lower(q, &d);
        report(s == OK, "ad", "is quantised", "OK", floats.diag.text);
        if (s == OK) {
            const Tensor *qx = tensor(q, q->input[0]);
            const Tensor *qy = tensor(q, q->output[0]);
            uint8_t *bytes = NEW(&a, uint8_t, HALF * count);
            uint8_t *got = NEW(&a, uint8_t, HALF * count);
            for (int64_t i = 0; i < HALF * count; i++) {
                double v = round((double)(x[HALF * count + i] / qx->q.scale[0])) + qx->q.zero[0];
                bytes[i] = (uint8_t)(int8_t)fmin(fmax(v, -128), 127);
            }
            rehearse(q, false, bytes, HALF, got);
            const float *judged = x + HALF * count;
            double ours = output_snr(f, judged, HALF, qy, (const int8_t *)got);
            double other = output_snr(f, judged, HALF, tensor(theirs.g, theirs.g->output[0]),
                                      (const int8_t *)golden.data + HALF * count);
            char seen[64];
            (void)snprintf(seen, sizeof seen, "%.2f dB, theirs %.2f dB", ours, other);
            printf("ad: output SNR %s\n", seen);
            report(ours > other, "ad", "output SNR", "above that of ad_int8", seen);
        }
        graph_free(q);
    }
    graph_free(f);
    quantize_free(&r);
    session_close(&floats);
    session_close(&theirs);
    diag_clear(&d);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "tests/quantize";
    writes = argc > 2 && strcmp(argv[2], "write") == 0;
    check_scales();
    check_ranges();
    check_octav();
    for (size_t i = 0; i < COUNT(oracle_rows); i++) {
        check_oracle(&oracle_rows[i]);
    }
    check_methods();
    check_vectors();
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        check_bad(&bad_rows[i]);
    }
    for (size_t i = 0; i < COUNT(mix_rows); i++) {
        check_mixed(&mix_rows[i]);
    }
    const char *shared = getenv("SHRINC_SHARED");
    check_anomaly(shared != NULL ? shared : "../shared");
    each_case(dir, ".", run_case);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
