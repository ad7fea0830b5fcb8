/* Optimisers against Keras's steps (steps.txt), schedules against numbers worked out by hand, metrics against the plainest
 * count there is, augmentation. Usage: parts_test STEPS.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

#include <math.h>
#include <stdlib.h>

static int passed, failed;

static void check(bool good, const char *format, ...) PRINTF_LIKE(2, 3);
static void check(bool good, const char *format, ...)
{
    passed += good;
    failed += !good;
    if (!good) {
        va_list args;
        va_start(args, format);
        printf("FAIL ");
        vprintf(format, args);
        printf("\n");
        va_end(args);
    }
}

/* --- optimisers --- */

enum { VALUES = 5 };

static void read_floats(char *line, float *v)
{
    char *p = strchr(line, ' ');
    for (int i = 0; i < VALUES; i++) {
        v[i] = strtof(p, &p);
    }
}

static OptimizerOptions read_options(char *line, double *rate)
{
    char name[32];
    char rate_text[32];
    int32_t kind = 0;
    int read = 0;
    if (sscanf(line, "case %31s %31s%n", name, rate_text, &read) == 2) {
        while (strcmp(optimizer_names[kind], name) != 0) {
            kind++;
        }
    }
    *rate = strtod(rate_text, NULL);
    OptimizerOptions o = optimizer_defaults((OptimizerKind)kind);
    for (char *word = strtok(line + read, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        double v = strtod(strchr(word, '=') + 1, NULL);
        o.momentum = strncmp(word, "momentum", 8) == 0 ? v : o.momentum;
        o.nesterov = strncmp(word, "nesterov", 8) == 0 ? v > 0.0 : o.nesterov;
        o.rho = strncmp(word, "rho", 3) == 0 ? v : o.rho;
        o.beta_1 = strncmp(word, "beta_1", 6) == 0 ? v : o.beta_1;
        o.beta_2 = strncmp(word, "beta_2", 6) == 0 ? v : o.beta_2;
        o.epsilon = strncmp(word, "epsilon", 7) == 0 ? v : o.epsilon;
        o.weight_decay = strncmp(word, "weight_decay", 12) == 0 ? v : o.weight_decay;
    }
    return o;
}

static void optimizers(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512];
    char label[512] = "";
    Arena a = {0};
    Optimizer s = {0};
    double rate = 0.0;
    float value[VALUES];
    float gradient[VALUES];
    float want[VALUES];
    Param param = {.kind = PARAM_WEIGHT, .count = VALUES};
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "case", 4) == 0) {
            memcpy(label, line, sizeof label);
            OptimizerOptions o = read_options(line, &rate);
            s = optimizer_new(&a, &o, VALUES);
        } else if (strncmp(line, "start", 5) == 0) {
            read_floats(line, value);
        } else if (strncmp(line, "gradient", 8) == 0) {
            read_floats(line, gradient);
        } else if (strncmp(line, "value", 5) == 0) {
            read_floats(line, want);
            optimizer_step(&s, &param, 1, rate, gradient, value);
            double worst = 0.0;
            for (int i = 0; i < VALUES; i++) {
                double off = fabs((double)(value[i] - want[i])) / fmax(1.0, fabs((double)want[i]));
                worst = off > worst ? off : worst;
            }
            check(worst < 2e-6, "step %jd of %s: off by %g", (intmax_t)s.step, label, worst);
        }
    }
    check(f != NULL && s.step == 12, "%s is there and whole", path);
    if (f != NULL) {
        (void)fclose(f);
    }
    arena_free(&a);
}

/* Biases do not decay; frozen parameters and statistics stay. */
static void who_moves(void)
{
    Arena a = {0};
    OptimizerOptions o = optimizer_defaults(OPTIMIZER_ADAMW);
    Optimizer s = optimizer_new(&a, &o, 4);
    Param p[] = {{.kind = PARAM_WEIGHT, .offset = 0, .count = 1},
                 {.kind = PARAM_BIAS, .offset = 1, .count = 1},
                 {.kind = PARAM_STATISTIC, .offset = 2, .count = 1},
                 {.kind = PARAM_WEIGHT, .offset = 3, .count = 1, .frozen = true}};
    float value[] = {1.0f, 1.0f, 1.0f, 1.0f};
    float gradient[] = {0.0f, 0.0f, 5.0f, 5.0f};
    optimizer_step(&s, p, 4, 0.5, gradient, value);
    check(fabsf(value[0] - 0.998f) < 1e-6f, "a weight decays: %g", (double)value[0]);
    check(value[1] == 1.0f, "a bias does not decay");
    check(value[2] == 1.0f && value[3] == 1.0f, "statistics and frozen parameters stay");
    arena_free(&a);
}

/* --- schedules: EPOCH of 10, the rate that is right --- */

static const struct ScheduleCase {
    ScheduleOptions o;
    double epoch, scale, want;
} schedules[] = {
    {{.kind = SCHEDULE_CONSTANT, .rate = 0.1}, 0.0, 1.0, 0.1},
    {{.kind = SCHEDULE_CONSTANT, .rate = 0.1}, 9.9, 1.0, 0.1},
    {{.kind = SCHEDULE_CONSTANT, .rate = 0.1, .warmup = 2.0}, 0.5, 1.0, 0.025},
    {{.kind = SCHEDULE_CONSTANT, .rate = 0.1, .warmup = 2.0}, 2.0, 1.0, 0.1},
    {{.kind = SCHEDULE_STEP, .rate = 0.8, .factor = 0.5, .every = 3.0}, 2.99, 1.0, 0.8},
    {{.kind = SCHEDULE_STEP, .rate = 0.8, .factor = 0.5, .every = 3.0}, 3.0, 1.0, 0.4},
    {{.kind = SCHEDULE_STEP, .rate = 0.8, .factor = 0.5, .every = 3.0}, 9.5, 1.0, 0.1},
    {{.kind = SCHEDULE_STEP, .rate = 0.8, .factor = 0.5, .every = 3.0, .min_rate = 0.3},
     9.5,
     1.0,
     0.3},
    {{.kind = SCHEDULE_EXPONENTIAL, .rate = 1.0, .factor = 0.25, .every = 2.0}, 1.0, 1.0, 0.5},
    {{.kind = SCHEDULE_EXPONENTIAL, .rate = 1.0, .factor = 0.25, .every = 2.0}, 4.0, 1.0, 0.0625},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0}, 0.0, 1.0, 1.0},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0}, 5.0, 1.0, 0.5},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0}, 10.0, 1.0, 0.0},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0, .min_rate = 0.2}, 10.0, 1.0, 0.2},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0, .warmup = 4.0}, 7.0, 1.0, 0.5},
    {{.kind = SCHEDULE_COSINE, .rate = 1.0, .warmup = 10.0}, 10.0, 1.0, 0.0},
    {{.kind = SCHEDULE_PLATEAU, .rate = 0.1}, 7.0, 0.25, 0.025},
};

static void rates(void)
{
    for (size_t i = 0; i < COUNT(schedules); i++) {
        const struct ScheduleCase *c = &schedules[i];
        double got = schedule_rate(&c->o, c->epoch, 10.0, c->scale);
        check(fabs(got - c->want) < 1e-12, "schedule %zu (%s): %g, should be %g", i,
              schedule_names[c->o.kind], got, c->want);
    }
    Patience p = {.best = INFINITY};
    check(patience_see(&p, 5.0, 0.1) && p.wait == 0, "anything is better than nothing");
    check(!patience_see(&p, 4.95, 0.1) && p.wait == 1, "a small step is none");
    check(patience_see(&p, 4.8, 0.1) && p.wait == 0, "a step is one");
    check(!patience_see(&p, (double)NAN, 0.0) && p.wait == 1, "a NaN is no better");
}

/* --- metrics: seeded outputs, counted in the plainest way --- */

static double slow_auc(const float *score, int stride, const bool *positive, int count)
{
    double wins = 0.0;
    double pairs = 0.0;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            if (positive[i] && !positive[j]) {
                float a = score[i * stride];
                float b = score[j * stride];
                wins += a > b ? 1.0 : a == b ? 0.5 : 0.0;
                pairs += 1.0;
            }
        }
    }
    return pairs > 0.0 ? wins / pairs : (double)NAN;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-9;
}

/* One class counted over all samples. */
static void check_class(const Metrics *m, int c, const float *y, int outputs, const int32_t *label,
                        const int *said, int count)
{
    double hit = 0.0;
    double of_class = 0.0;
    double said_class = 0.0;
    bool positive[200];
    for (int i = 0; i < count; i++) {
        hit += label[i] == c && said[i] == c;
        of_class += label[i] == c;
        said_class += said[i] == c;
        positive[i] = outputs == 1 ? label[i] == 1 : label[i] == c;
    }
    const ClassMetric *k = &m->of_class[c];
    double precision = said_class > 0.0 ? hit / said_class : 0.0;
    double recall = of_class > 0.0 ? hit / of_class : 0.0;
    double f1 = precision + recall > 0.0 ? 2.0 * precision * recall / (precision + recall) : 0.0;
    check(k->count == (int64_t)of_class, "class %d: count", c);
    check(same(k->precision, precision) && same(k->recall, recall), "class %d: precision, recall",
          c);
    check(same(k->f1, f1), "class %d: F1 %g, should be %g", c, k->f1, f1);
    double auc = slow_auc(outputs == 1 ? y : y + c, outputs, positive, count);
    check(same(k->auc, auc), "class %d: AUC %g, should be %g", c, k->auc, auc);
}

static void classes(uint64_t seed, int outputs, int of, int count)
{
    Arena a = {0};
    Random r = random_stream(seed, 0);
    float y[200 * 8];
    int32_t label[200];
    int said[200];
    double right = 0.0;
    double near = 0.0;
    for (int i = 0; i < count; i++) {
        label[i] = (int32_t)random_below(&r, of);
        for (int k = 0; k < outputs; k++) {
            y[i * outputs + k] = (float)random_below(&r, 6) / 4.0f; /* with ties */
        }
        said[i] = outputs == 1 ? y[i] >= 0.5f : 0;
        int before = 0;
        for (int k = 0; k < outputs && outputs > 1; k++) {
            said[i] = y[i * outputs + k] > y[i * outputs + said[i]] ? k : said[i];
            float off = y[i * outputs + k] - y[i * outputs + label[i]];
            before += off > 0.0f || (off == 0.0f && k < label[i]);
        }
        right += said[i] == label[i];
        near += outputs == 1 ? said[i] == label[i] : before < 3;
    }
    Metrics m = metrics_of_classes(&a, y, outputs, label, count, of, 3, 0.5);
    check(same(m.accuracy, right / count), "accuracy %g", m.accuracy);
    check(same(m.top_k_accuracy, near / count), "top 3: %g, should be %g", m.top_k_accuracy,
          near / count);
    for (int c = 0; c < of; c++) {
        check_class(&m, c, y, outputs, label, said, count);
    }
    for (int c = 0; c < of * of; c++) {
        int64_t cell = 0;
        for (int i = 0; i < count; i++) {
            cell += label[i] == c / of && said[i] == c % of;
        }
        check(m.confusion[c] == cell, "confusion %d: %jd, should be %jd", c,
              (intmax_t)m.confusion[c], (intmax_t)cell);
    }
    arena_free(&a);
}

static void numbers(void)
{
    const float y[] = {1.0f, 2.0f, 3.0f, 5.0f};
    const float t[] = {1.0f, 1.0f, 5.0f, 5.0f};
    Metrics m = metrics_of_numbers(y, t, 2, 2);
    check(same(m.mae, 0.75) && same(m.mse, 1.25), "MAE %g, MSE %g", m.mae, m.mse);
    check(same(m.r2, 1.0 - 5.0 / 16.0), "R2 %g", m.r2);
    const float flat[] = {1.0f, 1.0f, 1.0f, 1.0f};
    check(isnan(metrics_of_numbers(y, flat, 1, 4).r2), "R2 of constant targets");
}

/* --- augmentation --- */

static void augmentation(void)
{
    AugmentOptions o = {.shift = 1, .flip = true};
    Shape shape = shape_of(3, (int32_t[]){3, 4, 2});
    float x[24];
    float work[24];
    bool seen_flip = false;
    bool seen_shift[3][3] = {{false}};
    for (uint64_t s = 0; s < 200; s++) {
        for (int i = 0; i < 24; i++) {
            x[i] = (float)i;
        }
        augment_sample(&o, &shape, random_stream(1, s), x, work);
        bool found = false;
        for (int way = 0; way < 18; way++) { /* which of the 18 it is, by brute force */
            int down = way / 3 % 3 - 1;
            int right = way % 3 - 1;
            bool equal = true;
            for (int i = 0; i < 24; i++) {
                int r = i / 8 - down < 0 ? 0 : i / 8 - down > 2 ? 2 : i / 8 - down;
                int c = i / 2 % 4 - right < 0 ? 0 : i / 2 % 4 - right > 3 ? 3 : i / 2 % 4 - right;
                c = way >= 9 ? 3 - c : c;
                equal = equal && x[i] == (float)((r * 4 + c) * 2 + i % 2);
            }
            found = found || equal;
            seen_flip = seen_flip || (equal && way >= 9);
            seen_shift[down + 1][right + 1] = seen_shift[down + 1][right + 1] || equal;
        }
        check(found, "sample %ju is a shifted or turned one", (uintmax_t)s);
    }
    for (int i = 0; i < 9; i++) {
        check(seen_shift[i / 3][i % 3], "shift %d occurs", i);
    }
    check(seen_flip, "turning occurs");
    AugmentOptions noisy = {.jitter = 0.1, .scale = 0.2};
    double sum = 0.0;
    for (uint64_t s = 0; s < 2000; s++) {
        float one[] = {1.0f};
        augment_sample(&noisy, &(Shape){.rank = 1, .dim = {1}}, random_stream(2, s), one, work);
        sum += ((double)one[0] - 1.0) * ((double)one[0] - 1.0);
    }
    check(fabs(sum / 2000.0 - (0.01 + 0.04 / 3.0)) < 0.0015,
          "jitter and scale have the variance they should: %g", sum / 2000.0);
}

int main(int argc, char **argv)
{
    optimizers(argc > 1 ? argv[1] : "tests/fit/steps.txt");
    who_moves();
    rates();
    for (uint64_t seed = 1; seed <= 10; seed++) {
        classes(seed, 1, 2, 50);
        classes(seed, 5, 5, 200);
        classes(seed, 3, 3, 7);
    }
    numbers();
    augmentation();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
