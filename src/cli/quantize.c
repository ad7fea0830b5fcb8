/* quantize: a float model and samples to an integer .tflite.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/quantize.h"

#include <math.h>

static Status read_options(const CliArgs *a, QuantizeOptions *o, Diag *d)
{
    static const char *const edges[] = {"int8", "float32", "int16", NULL};
    int32_t to = TO_INT8;
    int32_t edge = 0;
    int32_t method = CALIBRATE_MINMAX;
    double percentile = 99.99;
    double max_drop = 0;
    TRY(args_choose(a, OPT_TO, quantize_to_names, to, &to, d));
    TRY(args_choose(a, OPT_EDGES, edges, edge, &edge, d));
    if (a->value[OPT_PERCENTILE] != NULL) {
        method = CALIBRATE_PERCENTILE;
    }
    TRY(args_choose(a, OPT_CALIBRATION, calibration_names, method, &method, d));
    TRY(args_real(a, OPT_PERCENTILE, percentile, 50.0, 100.0, &percentile, d));
    TRY(args_real(a, OPT_MAX_DROP, max_drop, 0.0, 100.0, &max_drop, d));
    if (edge == 2 && to != TO_INT16X8) {
        return fail(d, ERR_USAGE, "--edges=int16 needs --to=int16x8");
    }
    if (a->value[OPT_OUT_FILE] == NULL && !want_json(a)) {
        return fail(d, ERR_USAGE, "quantize needs a file for the result: -o OUT.tflite");
    }
    *o = (QuantizeOptions){
        .to = (QuantizeTo)to,
        .float_edges = edge == 1,
        .calibration = (CalibrationMethod)method,
        .percentile = percentile,
        .equalize = a->value[OPT_EQUALIZE] != NULL,
        .bias_correction = a->value[OPT_BIAS_CORRECTION] != NULL,
        .adaround = a->value[OPT_ADAROUND] != NULL,
        .mixes = a->value[OPT_MAX_DROP] != NULL,
        .max_drop = max_drop,
        .widths = a->value[OPT_WIDTHS],
    };
    TRY(args_number(a, OPT_RAM, 0, 1, INT64_C(1) << 32, &o->ram, d));
    return args_number(a, OPT_FLASH, 0, 1, INT64_C(1) << 32, &o->flash, d);
}

/* The end of a long name says more than its beginning. */
static const char *short_name(const char *name)
{
    enum { WIDTH = 40 };
    size_t length = strlen(name);
    return length > WIDTH ? name + length - WIDTH : name;
}

static void print_layers(const QuantizeResult *r)
{
    printf("  %-40s %-20s %-4s %8s %9s\n", "layer", "operator", "type", "SNR dB", "cosine");
    for (int32_t i = 0; i < r->layer_count; i++) {
        const LayerError *e = &r->layer[i];
        printf("  %-40s %-20s %-4s %8.2f %9.6f%s\n", short_name(e->name), e->op, type_name(e->type),
               e->snr_db, e->cosine, i == r->worst ? "  worst" : "");
    }
    printf("\n  output     SNR %.2f dB, cosine %.6f on %jd samples\n", r->output.snr_db,
           r->output.cosine, (intmax_t)r->runs);
}

/* Why the width of ROW is what it is. */
static const char *reason(Arena *a, const BudgetResult *b, const WidthRow *row)
{
    if (row->cut > 0) {
        return arena_printf(a, "cut %d of %d: %+.5f loss, %jd bytes less", row->cut, b->cuts,
                            row->loss[row->width] - row->loss[0], (intmax_t)(row->bytes[0] - row->bytes[row->width]));
    }
    bool saves = false;
    for (int32_t k = 1; k < WIDTH_COUNT; k++) {
        saves = saves || (row->bytes[k] >= 0 && row->bytes[k] < row->bytes[0]);
    }
    return !saves         ? "fewer bits save nothing"
           : b->cuts == 0 ? "the budget needs no cut"
                          : "others cost less a byte, or sufficed";
}

static const char *loss_text(Arena *a, const WidthRow *row, int32_t k)
{
    double rise = row->loss[k] - row->loss[0];
    return isfinite(rise) ? arena_printf(a, "%+.5f", rise) : "-";
}

static void print_budget(const BudgetResult *b, const char *widths)
{
    static const char *const words[WIDTH_COUNT] = {"8", "4", "ternary"};
    Arena a = {0};
    printf("\n  %-28s %-18s %8s %8s %8s %10s %10s  why\n", "widths of weights", "operator", "weights", "bits", "bytes",
           "loss at 4", "at ternary");
    for (int32_t i = 0; i < b->row_count; i++) {
        const WidthRow *row = &b->row[i];
        printf("  %-28s %-18s %8jd %8s %8jd %10s %10s  %s\n", short_name(row->name), row->op, (intmax_t)row->weights,
               words[row->width], (intmax_t)row->bytes[row->width], loss_text(&a, row, 1), loss_text(&a, row, 2),
               reason(&a, b, row));
    }
    printf("  loss: %s on %jd samples, what this layer alone adds to it\n",
           b->is_entropy ? "cross-entropy" : "squared error beside the float model, relative", (intmax_t)b->samples);
    printf("  plan       %jd bytes of weights, %jd of RAM (compile%s)\n", (intmax_t)b->flash_bytes,
           (intmax_t)b->ram_bytes, b->flags);
    printf("  to train   shrinc train .. --qat int8 --widths %s\n\n", widths);
    arena_free(&a);
}

static void print_report(const CliArgs *a, const QuantizeResult *r)
{
    if (r->runs == 0) {
        printf("  no samples (--data): no errors by layer\n");
    } else {
        print_layers(r);
    }
    if (r->budget.row_count > 0) {
        print_budget(&r->budget, r->widths);
    }
    if (r->metric.name != NULL) {
        bool percent = strcmp(r->metric.unit, "%") == 0;
        printf(percent ? "  %-10s %.2f %%, float model %.2f %%\n" : "  %-10s %.5g, float model %.5g\n",
               r->metric.name, r->quant_metric, r->float_metric);
    }
    printf("  layers     %d as integers, %d of them with int16 activations, %d as floats\n",
           r->integer_count, r->wide_count, r->float_count);
    printf("  constants  %jd bytes, before %jd\n", (intmax_t)r->quant_bytes,
           (intmax_t)r->float_bytes);
    if (a->value[OPT_OUT_FILE] != NULL) {
        printf("  file       %zu bytes: %s\n\nnext: shrinc compile %s -o DIR\n", r->file.bytes,
               a->value[OPT_OUT_FILE], a->value[OPT_OUT_FILE]);
    }
}

static Status quantize(const CliArgs *a, Arena *texts, Session *s, QuantizeOptions *o,
                       QuantizeData *data, QuantizeResult *r)
{
    TrainSettings t;
    bool shared = false;
    TRY(read_options(a, o, &s->diag));
    TRY(args_samples(a, texts, &t, &shared, &s->diag));
    TRY(session_open(s, a->operand[0]));
    s->diag.where = NULL; /* the sentences are about the data */
    TRY(quantize_data_read(&t, shared, s->g, data, &s->diag));
    s->diag.where = s->file_name;
    o->seed = (uint64_t)t.seed;
    o->choose = data->choose;
    o->judge = data->judge;
    TRY(quantize_floats(s->g, o, data->inputs, data->runs, r, &s->diag));
    if (a->value[OPT_OUT_FILE] == NULL) {
        return OK;
    }
    s->diag.where = NULL;
    return file_write(a->value[OPT_OUT_FILE], r->file.text, r->file.bytes, &s->diag);
}

int cli_quantize(const CliArgs *a)
{
    Session s = {0};
    QuantizeOptions o;
    QuantizeData data = {0};
    QuantizeResult r = {0};
    Arena texts = {0}; /* of a recipe */
    Status status = quantize(a, &texts, &s, &o, &data, &r);
    int code = 0;
    if (status != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(quantize_json(&s, &o, &r));
        } else {
            print_report(a, &r);
        }
    }
    quantize_free(&r);
    quantize_data_free(&data);
    session_close(&s);
    arena_free(&texts);
    return code;
}
