/* Whole trainings on made data: how good, the same bytes with one and two threads and after an interruption, and a file
 * that gives the answers that were judged. Usage: train_test DIR (for the made files).
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"
#include "driver/train.h"

#include <math.h>
#include <stdlib.h>

static int passed, failed;

static bool check(bool good, const char *what, const char *format, ...) PRINTF_LIKE(3, 4);
static bool check(bool good, const char *what, const char *format, ...)
{
    passed += good;
    failed += !good;
    if (!good) {
        va_list args;
        va_start(args, format);
        printf("FAIL %s: ", what);
        vprintf(format, args);
        printf("\n");
        va_end(args);
    }
    return good;
}

/* --- made data --- */

/* y = sin x with noise. */
static void make_sine(Out *o)
{
    Random r = random_stream(1, 1);
    out_text(o, "x,y\n");
    for (int i = 0; i < 600; i++) {
        double x = 6.283 * random_unit(&r);
        out_printf(o, "%.6f,%.6f\n", x, sin(x) + 0.1 * random_normal(&r));
    }
}

/* 8x8 pixels with a bar: lying, standing or slanting. */
static void make_bars(Out *o)
{
    static const char *const names[] = {"lying", "standing", "slanting"};
    Random r = random_stream(1, 2);
    for (int i = 0; i < 420; i++) {
        int kind = (int)random_below(&r, 3);
        int at = 1 + (int)random_below(&r, 6);
        for (int p = 0; p < 64; p++) {
            bool on = kind == 0 ? p / 8 == at : kind == 1 ? p % 8 == at : p / 8 == (p % 8 + at) % 8;
            out_printf(o, "%.4f,", (on ? 1.0 : 0.0) + 0.2 * random_normal(&r));
        }
        out_printf(o, "%s\n", names[kind]);
    }
}

/* 12 steps of 2 channels: does the first rise before the second? */
static void make_steps(Out *o)
{
    Random r = random_stream(1, 3);
    for (int i = 0; i < 400; i++) {
        int first = (int)random_below(&r, 10);
        int second = (int)random_below(&r, 10);
        second += second == first;
        for (int t = 0; t < 12; t++) {
            out_printf(o, "%.3f,%.3f,", (t > first ? 1.0 : 0.0) + 0.05 * random_normal(&r),
                       (t > second ? 1.0 : 0.0) + 0.05 * random_normal(&r));
        }
        out_printf(o, "%s\n", first < second ? "yes" : "no");
    }
}

/* --- trainings --- */

static const struct Row {
    const char *name;
    const char *settings; /* NAME=VALUE; ... */
    double accuracy;      /* at least, on the training part; 0: see MAE */
    double mae;           /* at most */
} rows[] = {
    {"sine",
     "data=sine.csv;target-columns=y;net=dense 16 relu, dense 16 relu, dense 1;epochs=200;batch=32",
     0, 0.11},
    {"sine sgd",
     "data=sine.csv;target-columns=y;normalize=standard;net=dense 16 tanh, dense "
     "1;epochs=60;optimizer=sgd;rate=0.1;"
     "momentum=0.9;nesterov=yes;schedule=cosine;warmup=2",
     0, 0.11},
    {"sine rmsprop",
     "data=sine.csv;target-columns=y;normalize=minmax;net=dense 16 leakyrelu, dense 16 relu6, "
     "dense 1;epochs=80;"
     "optimizer=rmsprop;loss=huber;schedule=plateau;plateau-patience=5;ema=0.98",
     0, 0.15},
    {"sine adamw",
     "data=sine.csv;target-columns=y;normalize=standard;net=dense 32 sigmoid, dense 8 relu, dense "
     "1;epochs=150;"
     "optimizer=adamw;rate=0.005;loss=mae;l1=1e-5;clip=1;schedule=exponential;every=40",
     0, 0.15},
    {"bars dense",
     "data=bars.csv;label-column=-1;net=dense 24 relu, dropout 0.2, dense classes "
     "softmax;epochs=30;l2=1e-4",
     0.97, 0},
    {"bars batchnorm",
     "data=bars.csv;label-column=-1;net=batchnorm, dense 24 batchnorm relu, dense "
     "classes;epochs=25;class-weights=balanced",
     0.95, 0},
    {"bars conv",
     "data=bars.csv;label-column=-1;shape=8x8x1;net=conv 6 3 batchnorm relu, residual { conv 6 3 "
     "relu, conv 6 3 } relu, "
     "globalavgpool, dense classes softmax;epochs=30;batch=16;rate=0.01;augment-shift=1",
     0.95, 0},
    {"bars separable",
     "data=bars.csv;label-column=-1;shape=8x8x1;net=conv 6 3 stride 2 relu, separable 12 3 "
     "batchnorm relu6, flatten, "
     "dense classes softmax;epochs=30;batch=16;rate=0.01;label-smoothing=0.05",
     0.95, 0},
    {"steps",
     "data=steps.csv;label-column=-1;shape=12x2;net=conv 8 3 relu, flatten, dense 1 "
     "sigmoid;epochs=40;rate=0.01;"
     "augment-jitter=0.02;augment-scale=0.1",
     0.93, 0},
    {"steps gru",
     "data=steps.csv;label-column=-1;shape=12x2;net=gru 6, dense 1 sigmoid;epochs=30;rate=0.02",
     0.93, 0},
    {"steps lstm",
     "data=steps.csv;label-column=-1;shape=12x2;net=lstm 6, dense classes "
     "softmax;epochs=30;rate=0.02",
     0.93, 0},
    {"sine int8",
     "data=sine.csv;target-columns=y;split=60/20/20;normalize=standard;net=dense 16 relu, dense 16 "
     "relu, dense 1;"
     "epochs=100;qat=int8",
     0, 0.12},
    {"bars int8",
     "data=bars.csv;label-column=-1;shape=8x8x1;split=60/20/20;net=conv 6 3 batchnorm relu, conv 8 "
     "3 stride 2 batchnorm "
     "relu, globalavgpool, dense classes "
     "softmax;epochs=40;batch=16;rate=0.01;qat=int8;qat-epochs=6",
     0.9, 0},
    {"bars decoder",
     "data=bars.csv;label-column=none;target-columns=x;skip-columns=65;shape=8x8x1;net=conv 4 3 "
     "stride 2 batchnorm relu, "
     "transposed 4 3 relu, conv 1 3, maxpool, upsample 2;epochs=3;batch=16;rate=0.01",
     0, 1},
};

static Status set_all(Arena *a, const char *dir, const char *text, TrainSettings *s, Diag *d)
{
    char *copy = arena_strdup(a, text);
    for (char *word = strtok(copy, ";"); word != NULL; word = strtok(NULL, ";")) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        const char *v = strcmp(word, "data") == 0 ? path_join(a, dir, value) : value;
        TRY(setting_set(train_settings, s, word, v, d));
    }
    return OK;
}

/* Ends a training from outside, as Ctrl-C does. */
typedef struct Stopper {
    int64_t after; /* this epoch */
    volatile int stop;
} Stopper;

static void see_epoch(void *context, const EpochRow *row)
{
    Stopper *s = context;
    s->stop = s->stop != 0 || row->epoch == s->after;
}

/* The settings of a row, and MORE; ends after an epoch, 0: never. */
static bool train(Arena *a, const char *dir, const struct Row *row, const char *more, int64_t after,
                  TrainResult *r)
{
    Diag d = {0};
    Stopper stopper = {.after = after};
    TrainWatch watch = {.context = &stopper, .epoch = see_epoch, .stop = &stopper.stop};
    TrainSettings s = train_defaults();
    s.split = "100";
    Status status = set_all(a, dir, row->settings, &s, &d);
    if (status == OK) {
        status = set_all(a, dir, more, &s, &d);
    }
    if (status == OK) {
        status = train_run(&s, &watch, r, &d);
    }
    bool good = check(status == OK, row->name, "%s (%s)", d.text, more);
    diag_clear(&d);
    return good;
}

static bool same_file(const TrainResult *a, const TrainResult *b)
{
    return a->file.bytes == b->file.bytes && memcmp(a->file.text, b->file.text, a->file.bytes) == 0;
}

/* The file's own answers on the same data are worth the same. */
static void reload(const char *dir, const struct Row *row, const TrainResult *r)
{
    Arena a = {0};
    Diag d = {0};
    TrainSettings s = train_defaults();
    Data *data = NULL;
    Graph *g = NULL;
    float *y = NULL;
    int64_t outputs = 0;
    Status status = set_all(&a, dir, row->settings, &s, &d);
    DataOptions o = {.path = s.data,
                     .label_column = s.label_column,
                     .target_columns = s.target_columns,
                     .skip_columns = s.skip_columns};
    ImportLimits limits = import_default_limits();
    status = status != OK ? status : data_read(&o, &data, &d);
    if (status == OK && s.normalize != NORMALIZE_NONE) {
        Split split = {.count = {data->count}, .index = {NEW(&a, int64_t, data->count)}};
        for (int64_t i = 0; i < data->count; i++) {
            split.index[PART_TRAIN][i] = i;
        }
        Normalizer n;
        status = data_fit_normalizer(data, &split, (Normalization)s.normalize, 'f', &n, &d);
        data_normalize(data, &n);
    }
    Span file = {(const uint8_t *)r->file.text, r->file.bytes};
    status = status != OK ? status : import_tflite(file, "made", &limits, &g, &d);
    status = status != OK ? status : pass_infer(g, &d);
    status = status != OK ? status : pass_fold_constants(g, &d);
    status = status != OK ? status : pass_lower(g, &d);
    status =
        status != OK ? status : score_run(g, false, data, NULL, data->count, 1, &a, &y, &outputs, &d);
    if (check(status == OK, row->name, "the file does not load: %s", d.text)) {
        const Metrics *m = &r->part[PART_TRAIN].metrics;
        Metrics again = data->label != NULL
                            ? metrics_of_classes(&a, y, (int32_t)outputs, data->label, data->count,
                                                 data->class_count, 3, 0.5)
                            : metrics_of_numbers(y, data->y, (int32_t)outputs, data->count);
        check(fabs(again.accuracy - m->accuracy) < 1e-9 &&
                  fabs(again.mae - m->mae) <= 1e-5 * m->mae,
              row->name, "the file's answers differ: accuracy %.9g and %.9g, MAE %.9g and %.9g",
              again.accuracy, m->accuracy, again.mae, m->mae);
    }
    graph_free(g);
    data_free(data);
    diag_clear(&d);
    arena_free(&a);
}

/* Stopped after an epoch and taken up again. */
static void interrupt(Arena *a, const char *dir, const struct Row *row, const TrainResult *whole,
                      int64_t after)
{
    TrainResult part = {0};
    TrainResult rest = {0};
    char *more = arena_printf(a, "checkpoint=%s/checkpoint;resume=yes", dir);
    (void)remove(arena_printf(a, "%s/checkpoint", dir));
    (void)remove(arena_printf(a, "%s/checkpoint.int8", dir));
    if (train(a, dir, row, more, after, &part) && train(a, dir, row, more, 0, &rest)) {
        check(part.stopped && part.row_count == after, row->name, "stopped after epoch %jd",
              (intmax_t)part.row_count);
        check(rest.resumed_epoch == after, row->name, "resumed after epoch %d", rest.resumed_epoch);
        check(same_file(whole, &rest), row->name,
              "an interruption after epoch %jd changes the bytes", (intmax_t)after);
        check(rest.row_count == whole->row_count &&
                  memcmp(rest.row, whole->row, sizeof(EpochRow) * (size_t)rest.row_count) == 0,
              row->name, "an interruption after epoch %jd changes the history", (intmax_t)after);
    }
    train_free(&part);
    train_free(&rest);
}

/* Where the rounding begins (at a tenth of the rate), the loss goes on as before. */
static void check_seam(const struct Row *row, const TrainResult *r)
{
    for (int64_t i = 1; i < r->row_count; i++) {
        const EpochRow *a = &r->row[i - 1];
        const EpochRow *b = &r->row[i];
        if (b->rate < 0.2 * a->rate) {
            check(b->loss < 2.0 * a->loss + 0.05, row->name, "the loss jumps from %g to %g",
                  a->loss, b->loss);
            return;
        }
    }
    check(false, row->name, "no epoch felt the rounding");
}

static void run_row(const char *dir, const struct Row *row)
{
    Arena a = {0};
    TrainResult one = {0};
    TrainResult two = {0};
    if (train(&a, dir, row, "threads=1", 0, &one)) {
        bool rounded = one.part[PART_TEST].quantized.count > 0;
        const Metrics *m = rounded ? &one.part[PART_TEST].quantized : &one.part[PART_TRAIN].metrics;
        check(m->class_count > 0 ? m->accuracy >= row->accuracy : m->mae <= row->mae, row->name,
              "accuracy %g, MAE %g", m->accuracy, m->mae);
        if (!rounded) {
            reload(dir, row, &one);
        }
        if (train(&a, dir, row, "threads=2", 0, &two)) {
            check(same_file(&one, &two), row->name, "two threads give other bytes than one");
        }
        interrupt(&a, dir, row, &one, one.row_count / 2);
        if (rounded) {
            check_seam(row, &one);
            interrupt(&a, dir, row, &one, one.row_count - 2);
        }
    }
    train_free(&one);
    train_free(&two);
    arena_free(&a);
}

static void write(const char *dir, const char *name, void (*make)(Out *o))
{
    Arena a = {0};
    Diag d = {0};
    Out o = {0};
    make(&o);
    check(file_write(path_join(&a, dir, name), o.text, o.bytes, &d) == OK, name, "%s", d.text);
    out_free(&o);
    diag_clear(&d);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : ".";
    write(dir, "sine.csv", make_sine);
    write(dir, "bars.csv", make_bars);
    write(dir, "steps.csv", make_steps);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (argc < 3 || strcmp(argv[2], rows[i].name) == 0) {
            run_row(dir, &rows[i]);
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
