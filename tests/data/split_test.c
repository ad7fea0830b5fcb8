/* Splits and normalisation: what must hold of them, over sizes, shares and seeds. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"
#include "data/machine.h"

#include <math.h>
#include <stdlib.h>

static int passed, failed;

static void check(bool good, const char *id, const char *what)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAIL split:%s: %s\n", id, what);
    }
}

/* COUNT samples, PER_GROUP to a group; sample i is [i, i mod 7, 5]. */
static Data *make_data(int64_t count, int64_t per_group)
{
    Data *data = calloc(1, sizeof *data);
    data->name = "made";
    data->count = count;
    data->shape = (Shape){1, {3}};
    data->x_count = 3;
    data->x = NEW(&data->arena, float, count * 3);
    data->group = NEW(&data->arena, uint64_t, count);
    for (int64_t i = 0; i < count; i++) {
        data->x[3 * i] = (float)i;
        data->x[3 * i + 1] = (float)(i % 7);
        data->x[3 * i + 2] = 5.0F;
        data->group[i] = (uint64_t)(i / per_group);
    }
    return data;
}

static void free_data(Data *data)
{
    arena_free(&data->arena);
    free(data);
}

typedef struct Row {
    const char *id;
    int64_t count, per_group;
    double fraction[PART_COUNT];
    bool exact;
    int64_t want[PART_COUNT], slack; /* counts, and how far they may be off */
    const char *sentence;            /* instead of counts */
} Row;

static const Row rows[] = {
    {"exact thirds", 1000, 1, {0.6, 0.2, 0.2}, true, {600, 200, 200}, 0, NULL},
    {"hashed thirds", 10000, 1, {0.6, 0.2, 0.2}, false, {6000, 2000, 2000}, 200, NULL},
    {"exact groups", 1000, 10, {0.6, 0.2, 0.2}, true, {600, 200, 200}, 0, NULL},
    {"exact odd groups", 99, 9, {0.5, 0.25, 0.25}, true, {50, 25, 25}, 9, NULL},
    {"hashed groups", 10000, 10, {0.5, 0.3, 0.2}, false, {5000, 3000, 2000}, 600, NULL},
    {"no test", 100, 1, {0.8, 0.2, 0.0}, true, {80, 20, 0}, 0, NULL},
    {"no validation", 100, 1, {0.75, 0.0, 0.25}, true, {75, 0, 25}, 0, NULL},
    {"all for training", 10, 1, {1.0, 0.0, 0.0}, false, {10, 0, 0}, 0, NULL},
    {"four samples", 4, 1, {0.6, 0.2, 0.2}, true, {2, 1, 1}, 0, NULL},
    {"three samples", 3, 1, {0.6, 0.2, 0.2}, true, {0}, 0, "no sample of 3 falls into the validation part"},
    {"one group", 100, 100, {0.6, 0.2, 0.2}, true, {0}, 0, "falls into the"},
    {"not one", 10, 1, {0.6, 0.2, 0.1}, false, {0}, 0, "must sum to 1"},
    {"negative", 10, 1, {1.2, -0.2, 0.0}, false, {0}, 0, "give one from 0 to 1"},
    {"nan", 10, 1, {NAN, 0.5, 0.5}, false, {0}, 0, "give one from 0 to 1"},
    {"no training", 10, 1, {0.0, 0.5, 0.5}, false, {0}, 0, "leave something for training"},
};

/* Every sample once, ascending; no group in two parts. Fills PART_OF. */
static bool is_partition(const Data *data, const Split *s, int32_t *part_of)
{
    memset(part_of, 0xff, (size_t)data->count * sizeof *part_of);
    int64_t total = 0;
    for (int32_t p = 0; p < PART_COUNT; p++) {
        total += s->count[p];
        for (int64_t i = 0; i < s->count[p]; i++) {
            int64_t at = s->index[p][i];
            if (at < 0 || at >= data->count || part_of[at] >= 0 || (i > 0 && at <= s->index[p][i - 1])) {
                return false;
            }
            part_of[at] = p;
        }
    }
    for (int64_t i = 1; i < data->count; i++) {
        if (data->group[i] == data->group[i - 1] && part_of[i] != part_of[i - 1]) {
            return false;
        }
    }
    return total == data->count;
}

static void run_row(const Row *row)
{
    Data *data = make_data(row->count, row->per_group);
    Arena a = {0};
    Diag d = {0};
    Split s;
    Split again;
    Status status = data_split(data, row->fraction, 7, row->exact, &s, &d);
    if (row->sentence != NULL) {
        check(status != OK && strstr(d.text, row->sentence) != NULL, row->id, d.text);
    } else if (status != OK) {
        check(false, row->id, d.text);
    } else {
        int32_t *part_of = NEW(&a, int32_t, data->count);
        int32_t *part_again = NEW(&a, int32_t, data->count);
        check(is_partition(data, &s, part_of), row->id, "no partition, or a torn group");
        for (int32_t p = 0; p < PART_COUNT; p++) {
            int64_t off = s.count[p] - row->want[p];
            char text[64];
            (void)snprintf(text, sizeof text, "part %d has %jd samples", p, (intmax_t)s.count[p]);
            check(off <= row->slack && off >= -row->slack, row->id, text);
        }
        check(data_split(data, row->fraction, 7, row->exact, &again, &d) == OK &&
                  is_partition(data, &again, part_again) &&
                  memcmp(part_of, part_again, (size_t)data->count * sizeof *part_of) == 0,
              row->id, "the same seed gives another split");
        bool other = data_split(data, row->fraction, 8, row->exact, &again, &d) == OK &&
                     is_partition(data, &again, part_again) &&
                     memcmp(part_of, part_again, (size_t)data->count * sizeof *part_of) != 0;
        check(other || row->fraction[0] >= 1.0 || row->count < 10, row->id, "another seed gives the same split");
    }
    diag_clear(&d);
    arena_free(&a);
    free_data(data);
}

/* More data move no sample that was there before. */
static void grow(void)
{
    static const double fraction[PART_COUNT] = {0.6, 0.2, 0.2};
    Data *small = make_data(500, 1);
    Data *large = make_data(900, 1);
    Arena a = {0};
    Diag d = {0};
    Split s;
    Split l;
    int32_t *in_small = NEW(&a, int32_t, 900);
    int32_t *in_large = NEW(&a, int32_t, 900);
    bool good = data_split(small, fraction, 3, false, &s, &d) == OK && is_partition(small, &s, in_small) &&
                data_split(large, fraction, 3, false, &l, &d) == OK && is_partition(large, &l, in_large);
    check(good && memcmp(in_small, in_large, 500 * sizeof *in_small) == 0, "growing data", "a sample moved");
    arena_free(&a);
    free_data(small);
    free_data(large);
}

/* Files named for the test are the test. */
static void by_files(void)
{
    static const double fraction[PART_COUNT] = {0.75, 0.25, 0.0};
    static const char *names[] = {"a/0_x_1.wav", "a/0_x_7.wav", "b/1_x_2.wav", "b/1_x_8.wav"};
    Data *data = make_data(400, 1);
    Diag d = {0};
    Split s;
    Status none = data_split_files(data, "*_[0-4].wav", fraction, 1, true, &s, &d);
    check(none != OK && strstr(d.text, "is no folder") != NULL, "test files", d.text);
    diag_clear(&d);
    d = (Diag){0};
    data->source = names;
    data->source_count = 4;
    data->source_of = NEW(&data->arena, int32_t, data->count);
    for (int64_t i = 0; i < data->count; i++) {
        data->source_of[i] = (int32_t)(i / 100);
    }
    Status status = data_split_files(data, "*_[0-4].wav", fraction, 1, true, &s, &d);
    bool good = status == OK && s.count[PART_TEST] == 200 && s.count[PART_TRAIN] == 150;
    for (int64_t i = 0; good && i < 200; i++) {
        good = data->source_of[s.index[PART_TEST][i]] % 2 == 0;
    }
    check(good, "test files", d.text);
    check(data_split_files(data, "*.mp3", fraction, 1, true, &s, &d) != OK && strstr(d.text, "test part") != NULL,
          "no test files", d.text);
    diag_clear(&d);
    free_data(data);
}

/* --- normalisation: of the samples 0, 1, 2, 3 for training and 4 beside --- */

static const struct Normal {
    const char *id;
    Normalization kind;
    char per;
    float want[6]; /* samples 0 and 4 */
    const char *warning;
} normals[] = {
    {"none", NORMALIZE_NONE, 'f', {0, 0, 5, 4, 4, 5}, NULL},
    {"standard", NORMALIZE_STANDARD, 'f', {-1.341641F, -1.341641F, 0, 2.236068F, 2.236068F, 0},
     "'made': feature 2 (always 5) never changes in the training part"},
    {"minmax", NORMALIZE_MINMAX, 'f', {0, 0, 0, 1.333333F, 1.333333F, 0}, "feature 2 (always 5)"},
    {"scale", NORMALIZE_SCALE, 'f', {0, 0, 1, 1.333333F, 1.333333F, 1}, NULL},
    {"minmax, whole", NORMALIZE_MINMAX, 'w', {0, 0, 1, 0.8F, 0.8F, 1}, NULL},
    {"minmax, channel", NORMALIZE_MINMAX, 'c', {0, 0, 0, 1.333333F, 1.333333F, 0}, "feature 2 (always 5)"},
};

static void normalize(void)
{
    for (size_t i = 0; i < COUNT(normals); i++) {
        int64_t train[4] = {0, 1, 2, 3};
        Split s = {.count = {4, 0, 0}, .index = {train, NULL, NULL}};
        Data *data = make_data(5, 1);
        Diag d = {0};
        Normalizer n;
        bool good = data_fit_normalizer(data, &s, normals[i].kind, normals[i].per, &n, &d) == OK;
        data_normalize(data, &n);
        for (int32_t k = 0; k < 3; k++) {
            good = good && fabs((double)(data->x[k] - normals[i].want[k])) < 1e-5 &&
                   fabs((double)(data->x[12 + k] - normals[i].want[3 + k])) < 1e-5;
        }
        check(good, normals[i].id, "other numbers");
        check(normals[i].warning == NULL ? d.warning_count == 0
                                         : d.warning_count == 1 && strstr(d.warning[0], normals[i].warning) != NULL,
              normals[i].id, d.warning_count > 0 ? d.warning[0] : "no warning");
        diag_clear(&d);
        free_data(data);
    }
}

/* Exact counts give each part its share of each class. */
static void stratify(void)
{
    static const double fraction[PART_COUNT] = {0.6, 0.2, 0.2};
    static const char *names[] = {"a", "b", "c"};
    static const int64_t start[4] = {0, 500, 900, 1000}; /* samples of the classes: 500, 400, 100 */
    Data *data = make_data(1000, 5);
    Diag d = {0};
    Split s;
    Description x;
    data->class_count = 3;
    data->class_name = names;
    data->label = NEW(&data->arena, int32_t, data->count);
    for (int32_t c = 0; c < 3; c++) {
        for (int64_t i = start[c]; i < start[c + 1]; i++) {
            data->label[i] = c;
        }
    }
    bool good = data_split(data, fraction, 1, true, &s, &d) == OK && s.count[PART_TRAIN] == 600 &&
                s.count[PART_VALIDATION] == 200;
    data_describe(data, &s, &x);
    for (int32_t c = 0; c < 3; c++) {
        for (int32_t p = 0; p < PART_COUNT; p++) {
            double share = (double)(start[c + 1] - start[c]) * fraction[p];
            good = good && fabs((double)x.class_size[c * PART_COUNT + p] - share) <= 5.0;
        }
    }
    check(good, "classes", "a part has not its share of a class");
    description_free(&x);
    diag_clear(&d);
    free_data(data);
}

/* A class that the training part does not get. */
static void unseen(void)
{
    static const double fraction[PART_COUNT] = {0.4, 0.0, 0.6};
    static const char *names[] = {"a", "b"};
    Data *data = make_data(20, 2); /* the last group alone is of the second class: it stands in the middle */
    Diag d = {0};
    Split s;
    data->class_count = 2;
    data->class_name = names;
    data->label = NEW(&data->arena, int32_t, data->count);
    for (int64_t i = 0; i < data->count; i++) {
        data->label[i] = i >= 18;
    }
    check(data_split(data, fraction, 1, true, &s, &d) == OK && d.warning_count == 1 &&
              strstr(d.warning[0], "'made': none of the 2 samples of class '") != NULL,
          "class without training", d.warning_count > 0 ? d.warning[0] : "no warning");
    diag_clear(&d);
    free_data(data);
}

/* --- data that are made --- */

static void synthetic(void)
{
    Diag d = {0};
    Out csv = {0};
    Out again = {0};
    Out other = {0};
    Data *data = NULL;
    Description x;
    DataOptions o = {.path = "sine", .target_columns = "y"};
    bool good = synthetic_csv("sine", 20000, 0.1, 5, NULL, &csv, &d) == OK &&
                synthetic_csv("sine", 20000, 0.1, 5, NULL, &again, &d) == OK &&
                synthetic_csv("sine", 20000, 0.1, 6, NULL, &other, &d) == OK;
    check(good && csv.bytes == again.bytes && memcmp(csv.text, again.text, csv.bytes) == 0, "synthetic",
          "the same seed makes other data");
    check(good && (csv.bytes != other.bytes || memcmp(csv.text, other.text, csv.bytes) != 0), "synthetic",
          "another seed makes the same data");
    if (!good || data_read_bytes(&o, (Span){(const uint8_t *)csv.text, csv.bytes}, &data, &d) != OK) {
        check(false, "synthetic", d.text);
        return;
    }
    for (int64_t i = 0; i < data->count; i++) {
        data->y[i] -= (float)sin((double)data->x[i]);
    }
    data_describe(data, NULL, &x);
    check(data->count == 20000 && x.x[0].min >= 0.0 && x.x[0].min < 0.01 && x.x[0].max < 6.2832 &&
              x.x[0].max > 6.27 && fabs(x.x[0].mean - 3.1416) < 0.05,
          "synthetic", "x is not uniform in [0, 2 pi)");
    check(fabs(x.y[0].mean) < 0.003 && fabs(x.y[0].deviation - 0.1) < 0.003 && strcmp(x.y[0].name, "y") == 0,
          "synthetic", "the noise has another mean or deviation");
    description_free(&x);
    data_free(data);
    for (int32_t i = 0; synthetic_names[i] != NULL; i++) {
        DataOptions any = {.path = synthetic_names[i]};
        csv.bytes = 0;
        check(synthetic_csv(synthetic_names[i], 100, 0.0, 1, NULL, &csv, &d) == OK &&
                  data_read_bytes(&any, (Span){(const uint8_t *)csv.text, csv.bytes}, &data, &d) == OK &&
                  data->count == 100,
              synthetic_names[i], d.text);
        data_free(data);
    }
    check(synthetic_csv("cosine", 10, 0.1, 1, NULL, &csv, &d) != OK && strstr(d.text, "no 'cosine' to make") != NULL,
          "synthetic", d.text);
    out_free(&csv);
    out_free(&again);
    out_free(&other);
    diag_clear(&d);
}

/* Size (root mean square) and kurtosis of the x axis over SECONDS from START. */
static void shaking(const char *faults, int64_t start, int64_t seconds, double *rms,
                    double *kurtosis)
{
    Arena a = {0};
    Diag d = {0};
    MachineOptions o = {.seed = 3, .rate = 1000.0};
    double sum2 = 0.0;
    double sum4 = 0.0;
    check(machine_faults(&o, faults, &d) == OK, "machine", d.text);
    Machine *m = machine_new(&a, &o);
    for (int64_t i = 0; i < (start + seconds) * 1000; i++) {
        int16_t v[MACHINE_CHANNELS];
        (void)machine_next(m, v);
        double x = i < start * 1000 ? 0.0 : v[0] / 1000.0;
        sum2 += x * x;
        sum4 += x * x * x * x;
    }
    double n = (double)seconds * 1000.0;
    *rms = sqrt(sum2 / n);
    *kurtosis = sum4 / n / (sum2 / n * sum2 / n);
    arena_free(&a);
}

static void machine(void)
{
    static const char *const wrong[] = {"bearing",          "bearing 1h",     "rust 1h 2h",
                                        "bearing 2h 1h",    "bearing 1 2",    "bearing 1h 2h x",
                                        "bearing 1h 2h 11", "bearing 1h 2h,,"};
    double rms = 0.0;
    double kurtosis = 0.0;
    shaking("", 0, 20, &rms, &kurtosis);
    check(rms > 0.08 && rms < 0.13 && kurtosis > 1.5 && kurtosis < 2.5, "machine",
          "a good one does not turn smoothly");
    shaking("bearing 1s 60s", 50, 10, &rms, &kurtosis);
    check(rms > 0.2 && kurtosis > 3.0, "machine", "a bad bearing does not knock");
    shaking("imbalance 1s 60s", 50, 10, &rms, &kurtosis);
    check(rms > 0.25 && kurtosis < 2.0, "machine", "imbalance does not swing");
    shaking("stuck 1s 60s", 50, 10, &rms, &kurtosis);
    check(fabs(kurtosis - 1.0) < 1e-6, "machine", "a stuck sensor moves");
    shaking("clipped 1s 60s", 50, 10, &rms, &kurtosis);
    check(rms < 0.15, "machine", "a clipped sensor goes beyond");
    for (size_t i = 0; i < COUNT(wrong); i++) {
        Diag d = {0};
        MachineOptions o = {.rate = 1000.0};
        check(machine_faults(&o, wrong[i], &d) == ERR_USAGE &&
                  strstr(d.text, "give KIND START END") != NULL,
              "machine", wrong[i]);
        diag_clear(&d);
    }
}

/* --- what was read --- */

static void describe(void)
{
    static const uint8_t text[] = "a,b,kind\n1,5,x\n2,5,y\n1,5,x\n4,5,x\n";
    Diag d = {0};
    Data *data = NULL;
    Description x;
    DataOptions o = {.path = "t", .label_column = "kind"};
    if (data_read_bytes(&o, (Span){text, sizeof text - 1}, &data, &d) != OK) {
        check(false, "describe", d.text);
        return;
    }
    data_describe(data, NULL, &x);
    check(strcmp(x.per, "feature") == 0 && x.x_count == 2 && strcmp(x.x[1].name, "b") == 0, "describe", "columns");
    check(x.x[1].is_constant && !x.x[0].is_constant && x.x[0].min == 1.0 && x.x[0].max == 4.0 && x.x[0].mean == 2.0,
          "describe", "spread");
    check(x.class_size[0] == 3 && x.class_size[PART_COUNT] == 1, "describe", "classes");
    check(x.copies == 1, "describe", "copies");
    description_free(&x);
    data_free(data);
    diag_clear(&d);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        run_row(&rows[i]);
    }
    grow();
    by_files();
    normalize();
    stratify();
    unseen();
    synthetic();
    machine();
    describe();
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
