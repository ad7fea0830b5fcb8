/* train: from data and a net to a .tflite, with a line that shows how it goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/train.h"

#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* --- Ctrl-C: the first ends the training and keeps the best, the second ends the program --- */

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

/* --- progress --- */

typedef struct Progress {
    bool terminal; /* one line that changes, else a line now and then */
    bool quiet;
    double begun, shown; /* seconds */
    const TrainResult *r;
    int64_t first_epoch; /* where a resumed training began */
    EpochRow last;
} Progress;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_shape(FILE *f, const Shape *s)
{
    for (int32_t i = 0; i < s->rank; i++) {
        fprintf(f, "%s%d", i == 0 ? "" : "x", s->dim[i]);
    }
}

static void print_time(FILE *f, double seconds)
{
    if (seconds < 99.5) {
        fprintf(f, "%.*f s", seconds < 9.95 ? 1 : 0, seconds);
    } else if (seconds < 5970.0) {
        fprintf(f, "%.0f min", seconds / 60.0);
    } else {
        fprintf(f, "%.1f h", seconds / 3600.0);
    }
}

static void on_begin(void *context, const TrainResult *r)
{
    Progress *p = context;
    p->r = r;
    p->begun = now();
    p->first_epoch = r->resumed_epoch;
    if (p->quiet) {
        return;
    }
    fprintf(stderr, "data   %s: %jd training, %jd validation, %jd test samples of ", r->data_name,
            (intmax_t)r->part[PART_TRAIN].count, (intmax_t)r->part[PART_VALIDATION].count,
            (intmax_t)r->part[PART_TEST].count);
    print_shape(stderr, &r->shape);
    fprintf(stderr, r->class_count > 0 ? ", %d classes\n" : ", %d to predict\n",
            r->class_count > 0 ? r->class_count : r->outputs);
    fprintf(stderr, "net    %jd parameters, %jd multiply-accumulates, loss %s, optimizer %s\n",
            (intmax_t)r->parameters, (intmax_t)r->macs, r->loss_name, r->optimizer_name);
    if (r->resumed_epoch > 0) {
        fprintf(stderr, "resume after epoch %d\n", r->resumed_epoch);
    }
}

/* PART: of the current epoch that is done. */
static void show(Progress *p, const EpochRow *row, double part)
{
    const TrainResult *r = p->r;
    double done = (double)(row->epoch - 1) + part;
    double since = done - (double)p->first_epoch;
    fprintf(stderr, "%sepoch %jd/%d  loss %.4g  %s %.4g", p->terminal ? "\r" : "",
            (intmax_t)row->epoch, r->epochs, row->loss, r->metric_name, row->metric);
    const EpochRow *v = part < 1.0 ? &p->last : row;
    if (!isnan(v->val_loss) && v->epoch > 0) {
        fprintf(stderr, "  validation %.4g, %.4g", v->val_loss, v->val_metric);
    }
    if (since > 0.0 && done < r->epochs) {
        fprintf(stderr, "  ");
        print_time(stderr, (now() - p->begun) / since * (r->epochs - done));
        fprintf(stderr, " left");
    }
    fprintf(stderr, p->terminal ? "\033[K" : "\n");
    (void)fflush(stderr);
    p->shown = now();
}

static void on_batch(void *context, int64_t done, int64_t batches, const EpochRow *row)
{
    Progress *p = context;
    if (p->terminal && !p->quiet && now() - p->shown > 0.1) {
        show(p, row, (double)done / (double)batches);
    }
}

static void on_epoch(void *context, const EpochRow *row)
{
    Progress *p = context;
    bool last = row->epoch == p->r->epochs;
    p->last = *row;
    if (!p->quiet && (last || row->epoch == p->first_epoch + 1 ||
                      now() - p->shown > (p->terminal ? 0.1 : 2.0))) {
        show(p, row, 1.0);
    }
}

static void on_end(const Progress *p, const TrainResult *r)
{
    if (p->quiet || p->r == NULL) {
        return;
    }
    fprintf(stderr, p->terminal ? "\n" : "");
    fprintf(stderr, "done   %jd epochs in ", (intmax_t)(r->row_count - r->resumed_epoch));
    print_time(stderr, r->seconds);
    if (r->stopped) {
        fprintf(stderr, ", interrupted");
    }
    if (r->ended_early) {
        fprintf(stderr, ", ended early");
    }
    if (r->kept_best) {
        fprintf(stderr, ", kept epoch %d", r->best_epoch);
    }
    fprintf(stderr, "\n");
}

/* --- the tables at the end --- */

static const char *number(double v, char text[32])
{
    (void)snprintf(text, 32, isnan(v) ? "-" : "%.5g", v);
    return text;
}

static const struct MetricRow {
    const char *name;
    bool of_classes, of_numbers;
    size_t offset; /* of a double in Metrics */
} metric_rows[] = {
    {"loss", true, true, offsetof(Metrics, loss)},
    {"MAE", false, true, offsetof(Metrics, mae)},
    {"MSE", false, true, offsetof(Metrics, mse)},
    {"R2", false, true, offsetof(Metrics, r2)},
    {"accuracy", true, false, offsetof(Metrics, accuracy)},
    {"top", true, false, offsetof(Metrics, top_k_accuracy)},
    {"precision", true, false, offsetof(Metrics, precision)},
    {"recall", true, false, offsetof(Metrics, recall)},
    {"F1", true, false, offsetof(Metrics, f1)},
    {"AUC", true, false, offsetof(Metrics, auc)},
};

static double pick(const Metrics *m, const struct MetricRow *row)
{
    double v = 0.0;
    memcpy(&v, (const char *)m + row->offset, sizeof v);
    return v;
}

static void print_metrics(const TrainResult *r)
{
    char text[32];
    printf("\n  %-10s", "");
    for (int32_t i = 0; i < PART_COUNT; i++) {
        if (r->part[i].metrics.count > 0) {
            printf(" %12s", r->part[i].name);
        }
        if (r->part[i].quantized.count > 0) {
            printf(" %12s", "int8");
        }
    }
    printf("\n");
    bool classes = r->class_count > 0;
    int32_t k = r->part[PART_TRAIN].metrics.top_k;
    for (size_t m = 0; m < COUNT(metric_rows); m++) {
        const struct MetricRow *row = &metric_rows[m];
        bool is_top = row->offset == offsetof(Metrics, top_k_accuracy);
        if (!(classes ? row->of_classes : row->of_numbers) || (is_top && k >= r->class_count)) {
            continue;
        }
        char name[32];
        if (is_top) {
            (void)snprintf(name, sizeof name, "top %d", k);
        } else {
            (void)snprintf(name, sizeof name, "%s", row->name);
        }
        printf("  %-10s", name);
        for (int32_t i = 0; i < PART_COUNT; i++) {
            if (r->part[i].metrics.count > 0) {
                printf(" %12s", number(pick(&r->part[i].metrics, row), text));
            }
            if (r->part[i].quantized.count > 0) {
                printf(" %12s", row->offset == offsetof(Metrics, loss)
                                    ? "-"
                                    : number(pick(&r->part[i].quantized, row), text));
            }
        }
        printf("\n");
    }
}

void print_confusion(const Metrics *m, const char *const *class_name, int32_t class_count, const char *title)
{
    if (m->count == 0 || m->class_count == 0 || m->class_count > 20) {
        return;
    }
    printf("\n  %-20s samples  recall  precision   said to be\n", title);
    for (int32_t c = 0; c < m->class_count; c++) {
        const ClassMetric *k = &m->of_class[c];
        char name[16];
        (void)snprintf(name, sizeof name, "%d", c);
        printf("  %3d %-16.16s %8jd  %6.3f  %9.3f  ", c, class_name != NULL && c < class_count ? class_name[c] : name,
               (intmax_t)k->count, k->recall, k->precision);
        for (int32_t i = 0; i < m->class_count; i++) {
            printf(" %4jd", (intmax_t)m->confusion[c * m->class_count + i]);
        }
        printf("\n");
    }
}

/* By the written file. */
static void print_classes(const TrainResult *r, const TrainPart *p)
{
    char title[32];
    (void)snprintf(title, sizeof title, "%s part", p->name);
    print_confusion(p->quantized.count > 0 ? &p->quantized : &p->metrics, r->class_name, r->class_count, title);
}

static void print_sensor(const TrainResult *r)
{
    static const char *const names[PART_COUNT] = {"train", "validation", "test"};
    const SensorReport *s = r->sensor;
    printf("\n  signal     windows of %d samples x %d channels, every %d; %d features; a step is %.6g\n", s->window,
           s->channels, s->hop, s->features, s->scale);
    if (strcmp(s->detector, "none") == 0) {
        return;
    }
    printf("  detector   %s, threshold %.6g\n\n  %-12s %8s %12s %8s %8s %8s\n", s->detector, s->threshold, "", "usual",
           "false alarms", "unusual", "found", "AUC");
    for (int32_t i = 0; i < PART_COUNT; i++) {
        const SensorPart *p = &s->part[i];
        char auc[32];
        if (p->usual + p->unusual > 0) {
            printf("  %-12s %8jd %12jd %8jd %8jd %8s\n", names[i], (intmax_t)p->usual, (intmax_t)p->false_alarms,
                   (intmax_t)p->unusual, (intmax_t)p->found, number(p->auc, auc));
        }
    }
}

static void print_report(const TrainSettings *s, const TrainResult *r)
{
    if (r->row_count > 0) {
        print_metrics(r);
    }
    if (r->sensor != NULL) {
        print_sensor(r);
    }
    if (s->qat != QAT_NONE) {
        printf("\n"
               "  %s, and classes below: the written file; else the float model before its training with rounding\n",
               qat_names[s->qat]);
    }
    for (int32_t i = PART_COUNT - 1; i >= 0; i--) {
        if (r->part[i].metrics.count > 0) {
            print_classes(r, &r->part[i]);
            break;
        }
    }
    if (s->out != NULL) {
        printf("\n  file       %zu bytes: %s\n\n", r->file.bytes, s->out);
        if (s->qat != QAT_NONE || r->sensor != NULL) {
            printf("next: shrinc compile %s -o DIR\n", s->out);
        } else {
            printf("next: shrinc quantize %s -o OUT.tflite, and the same samples\n", s->out);
        }
    }
}

/* --- the verb --- */

static bool asks_for_nets(const TrainSettings *s)
{
    return s->net != NULL && strcmp(s->net, "help") == 0;
}

static Status read_settings(const CliArgs *a, Arena *arena, TrainSettings *s, Diag *d)
{
    TRY(args_samples(a, arena, s, NULL, d));
    if (s->out == NULL && !asks_for_nets(s) && !want_json(a) && s->log == NULL) {
        return fail(d, ERR_USAGE, "train needs a file for the model: -o OUT.tflite");
    }
    return OK;
}

static int explain_nets(void)
{
    Out text = {0};
    net_help(&text);
    printf("A net is layers, separated by commas. K is 3 or 3x5, N a number or the word "
           "classes.\n\n%s\n"
           "  repeat N { layers }      the layers N times, each with its own weights\n"
           "  residual { layers } relu adds what goes in to what comes out\n"
           "  save NAME, add NAME      keeps a tensor; adds it to the current one\n\n"
           "ACTIVATION is one of relu, relu6, leakyrelu, sigmoid, tanh, softmax. [..] may be left "
           "out.\n",
           text.text);
    out_free(&text);
    return 0;
}

int cli_train(const CliArgs *a)
{
    Arena arena = {0};
    Diag d = {0};
    TrainSettings s;
    TrainResult r = {0};
    Progress p = {
        .terminal = isatty(STDERR_FILENO) == 1, .quiet = want_json(a), .last = {.val_loss = NAN}};
    TrainWatch watch = {
        .context = &p, .begin = on_begin, .batch = on_batch, .epoch = on_epoch, .stop = &stop};
    Status status = read_settings(a, &arena, &s, &d);
    if (status == OK && asks_for_nets(&s)) {
        arena_free(&arena);
        return explain_nets();
    }
    if (status == OK) {
        catch_signals();
        status = train_run(&s, &watch, &r, &d);
    }
    if (status != OK && p.terminal && p.r != NULL && !p.quiet) {
        fprintf(stderr, "\n");
    }
    if (status == OK && s.out != NULL) {
        status = file_write(s.out, r.file.text, r.file.bytes, &d);
    }
    int code = 0;
    if (status != OK) {
        code = report_failure(a, &d);
    } else {
        on_end(&p, &r);
        print_warnings(&d);
        if (want_json(a)) {
            print_json(train_json(&s, &r));
        } else {
            print_report(&s, &r);
        }
        code = r.stopped ? 130 : 0;
    }
    train_free(&r);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
