/* The training engine beyond gradients: threads and shards, losses, refusals, what only trains.
 * The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"
#include "train/net.h"
#include "train/train.h"

#include "op/util_gemm.h"

#include <math.h>
#include <stdlib.h>

static int32_t passed, failed;

static void check(bool good, const char *what, double seen)
{
    if (good) {
        passed++;
    } else {
        failed++;
        printf("FAIL engine: %s: %g\n", what, seen);
    }
}

static uint64_t state = 99;

static double uniform(void) /* -1 .. 1 */
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 33) / 1073741824.0 - 1.0;
}

static void fill(float *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        x[i] = (float)uniform();
    }
}

/* --- products: every form and many sizes against sums in double --- */

static void test_gemm(void)
{
    static const int32_t size[][3] = {{1, 1, 1},    {6, 16, 8},      {7, 17, 9},     {64, 16, 16},
                                      {5, 33, 300}, {13, 8, 257},    {96, 120, 130}, {1, 10, 600},
                                      {20, 1, 5},   {100, 130, 100}, {3, 200, 2100}};
    static float a[300000];
    static float b[500000];
    static float c[20000];
    gemm_start();
    fill(a, (int64_t)COUNT(a));
    fill(b, (int64_t)COUNT(b));
    for (size_t i = 0; i < COUNT(size) * 8; i++) {
        GemmForm form = (GemmForm)(i % 4);
        bool add = i / 4 % 2 != 0;
        int32_t m = size[i / 8][0];
        int32_t n = size[i / 8][1];
        int32_t k = size[i / 8][2];
        bool at = form == GEMM_TN || form == GEMM_TT;
        bool bt = form == GEMM_NT || form == GEMM_TT;
        int64_t a_row = (at ? m : k) + 1;
        int64_t b_row = (bt ? k : n) + 2;
        int64_t c_row = n + 3;
        fill(c, m * c_row);
        static float old[20000];
        memcpy(old, c, sizeof old);
        gemm(&(Gemm){form, m, n, k, a, b, a_row, b_row, c, c_row, add});
        double worst = 0.0;
        for (int64_t p = 0; p < m * c_row; p++) {
            int64_t row = p / c_row;
            int64_t col = p % c_row;
            double sum = add || col >= n ? (double)old[p] : 0.0;
            for (int32_t q = 0; col < n && q < k; q++) {
                sum += (double)a[at ? q * a_row + row : row * a_row + q] *
                       (double)b[bt ? col * b_row + q : q * b_row + col];
            }
            worst = fmax(worst, fabs(sum - (double)c[p]) / sqrt((double)k));
        }
        check(worst < 2e-6, "a product differs", worst);
    }
}

/* --- networks --- */

typedef struct Job {
    Graph *g;
    Trainer *t;
    float *x, *target;
    Batch b;
} Job;

static bool make_job(Job *j, const char *net, Shape input, int32_t outputs, const TrainerOptions *o)
{
    Diag d = {0};
    NetOptions n = {.name = "net", .input = input, .outputs = outputs, .seed = 5};
    *j = (Job){0};
    if (net_build(net, &n, &j->g, &d) != OK || trainer_new(j->g, o, &j->t, &d) != OK) {
        printf("FAIL engine: %s\n", d.text);
        failed++;
        return false;
    }
    int64_t x_count = o->max_batch * shape_count(&input);
    j->x = malloc((size_t)x_count * sizeof *j->x);
    j->target = malloc((size_t)(o->max_batch * outputs) * sizeof *j->target);
    state = 3;
    fill(j->x, x_count);
    for (int64_t i = 0; i < o->max_batch * outputs; i++) {
        j->target[i] = i % outputs == i / outputs % outputs ? 1.0f : 0.0f;
    }
    j->b = (Batch){.count = o->max_batch, .x = j->x, .target = j->target};
    return true;
}

static void end_job(Job *j)
{
    trainer_free(j->t);
    graph_free(j->g);
    free(j->x);
    free(j->target);
}

static double descend(Job *j, int32_t steps, float rate)
{
    double loss = 0.0;
    for (int32_t s = 0; s < steps; s++) {
        loss = trainer_step(j->t, &j->b, (uint64_t)s, NULL);
        for (int32_t p = 0; p < j->t->param_count; p++) {
            const Param *param = &j->t->param[p];
            for (int64_t i = param->offset; i < param->offset + param->count; i++) {
                float g = j->t->gradient[i];
                j->t->value[i] +=
                    param->kind == PARAM_STATISTIC ? 0.1f * (g - j->t->value[i]) : -rate * g;
            }
        }
    }
    return loss;
}

static const struct {
    const char *net;
    Shape input;
    int32_t outputs;
    LossKind loss;
    float rate;
    double bound; /* of the loss after 40 steps, as a part of the first one */
} nets[] = {
    {"dense 64 relu, dense 64 tanh, dense 3", {1, {40}}, 3, LOSS_MSE, 0.05f, 0.6},
    {"dense 100 relu, dropout 0.2, dense 10 softmax",
     {1, {200}},
     10,
     LOSS_CROSS_ENTROPY,
     0.1f,
     0.5},
    {"conv 16 3 relu, maxpool 2, conv 24 3 batchnorm relu, globalavgpool, dense 5 softmax",
     {3, {16, 16, 3}},
     5,
     LOSS_CROSS_ENTROPY,
     0.1f,
     0.9},
    {"conv 8 3 relu, depthwise 3 relu6, flatten, dense 1 sigmoid",
     {3, {12, 12, 2}},
     1,
     LOSS_BINARY_CROSS_ENTROPY,
     0.1f,
     0.9},
    {"lstm 12, dense 4 softmax", {2, {9, 5}}, 4, LOSS_CROSS_ENTROPY, 0.3f, 0.98},
    {"gru 12, dense 4", {2, {9, 5}}, 4, LOSS_HUBER, 0.1f, 0.7},
};

/* The same bytes with one, two and three threads, and again; the loss falls. */
static void test_threads(void)
{
    for (size_t i = 0; i < COUNT(nets); i++) {
        float *first = NULL;
        for (int32_t threads = 1; threads <= 3; threads++) {
            Job j;
            TrainerOptions o = {
                .loss = nets[i].loss, .threads = threads, .max_batch = 50, .shard = 8};
            if (!make_job(&j, nets[i].net, nets[i].input, nets[i].outputs, &o)) {
                continue;
            }
            double start = trainer_run(j.t, &j.b, NULL);
            (void)descend(&j, 40, nets[i].rate);
            double end = trainer_run(j.t, &j.b, NULL);
            size_t bytes = (size_t)j.t->value_count * sizeof(float);
            if (first == NULL) {
                check(end < start * nets[i].bound, nets[i].net, end / start);
                first = malloc(bytes);
                memcpy(first, j.t->value, bytes);
            } else {
                check(memcmp(first, j.t->value, bytes) == 0, "other bytes with more threads",
                      threads);
            }
            end_job(&j);
        }
        free(first);
    }
}

/* The shard's size changes the order of sums alone; the gradient is that of the whole batch, batch norm's statistics
 * included. */
static void test_shards(const char *net, double bound)
{
    static const int32_t shards[] = {50, 25, 16, 7, 1};
    float *whole = NULL;
    for (size_t k = 0; k < COUNT(shards); k++) {
        Job j;
        TrainerOptions o = {
            .loss = LOSS_CROSS_ENTROPY, .threads = 2, .max_batch = 50, .shard = shards[k]};
        if (!make_job(&j, net, (Shape){3, {8, 9, 2}}, 6, &o)) {
            return;
        }
        float weight[50];
        for (int32_t i = 0; i < 50; i++) {
            weight[i] = 0.25f * (float)(i % 5);
        }
        j.b.sample_weight = weight;
        (void)trainer_step(j.t, &j.b, 0, NULL);
        if (whole == NULL) {
            whole = malloc((size_t)j.t->value_count * sizeof *whole);
            memcpy(whole, j.t->gradient, (size_t)j.t->value_count * sizeof *whole);
        } else {
            double worst = 0.0;
            for (int64_t i = 0; i < j.t->value_count; i++) {
                worst = fmax(worst, fabs((double)whole[i] - (double)j.t->gradient[i]));
            }
            check(worst < bound, "the gradient depends on the shard", worst);
        }
        end_job(&j);
    }
    free(whole);
}

/* Where memory is short, as many shards meet as fit: here 2 of 4, as two steps of half the batch. */
static void test_groups(void)
{
    Job j;
    TrainerOptions o = {.loss = LOSS_MSE, .threads = 2, .max_batch = 32, .shard = 16};
    if (!make_job(&j, "conv 4 3 batchnorm relu, flatten, dense 3", (Shape){3, {6, 6, 1}}, 3, &o)) {
        return;
    }
    static float x[64 * 36];
    static float target[64 * 3];
    fill(x, (int64_t)COUNT(x));
    fill(target, (int64_t)COUNT(target));
    float *halves = calloc((size_t)j.t->value_count, sizeof *halves);
    for (int32_t half = 0; half < 2; half++) {
        Batch b = {.count = 32, .x = x + half * 32 * 36, .target = target + half * 32 * 3};
        (void)trainer_step(j.t, &b, 0, NULL);
        for (int64_t i = 0; i < j.t->value_count; i++) {
            halves[i] += 0.5f * j.t->gradient[i];
        }
    }
    (void)trainer_step(j.t, &(Batch){.count = 64, .x = x, .target = target}, 0, NULL);
    double worst = 0.0;
    for (int64_t i = 0; i < j.t->value_count; i++) {
        worst = fmax(worst, fabs((double)halves[i] - (double)j.t->gradient[i]));
    }
    check(worst < 1e-6, "groups of shards", worst);
    free(halves);
    end_job(&j);
}

/* Labels are one-hot targets; frozen parameters have no gradient; what is stored is found again. */
static void test_ends(void)
{
    Job j;
    TrainerOptions o = {.loss = LOSS_CROSS_ENTROPY, .threads = 1, .max_batch = 12};
    int32_t label[12];
    float y[12 * 4];
    float again[12 * 4];
    if (!make_job(&j, "dense 9 relu, dense 4 softmax", (Shape){1, {6}}, 4, &o)) {
        return;
    }
    for (int32_t i = 0; i < 12; i++) {
        label[i] = i % 4;
    }
    double by_target = trainer_run(j.t, &j.b, y);
    double by_label = trainer_run(j.t, &(Batch){.count = 12, .x = j.x, .label = label}, NULL);
    double plain = 0.0;
    for (int32_t i = 0; i < 12; i++) {
        plain -= log((double)y[i * 4 + label[i]]) / 12.0;
    }
    check(by_target == by_label, "labels and one-hot targets differ", by_target - by_label);
    check(fabs(by_target - plain) < 1e-6, "cross-entropy differs from its formula",
          by_target - plain);
    (void)descend(&j, 5, 0.1f);
    (void)trainer_run(j.t, &j.b, y);
    trainer_store(j.t, j.g);
    trainer_store(j.t, j.g);
    Trainer *other = NULL;
    check(trainer_new(j.g, &o, &other, NULL) == OK, "a stored graph is refused", 0.0);
    (void)trainer_run(other, &j.b, again);
    check(memcmp(y, again, sizeof y) == 0, "stored parameters differ", 0.0);
    trainer_free(other);
    j.t->param[0].frozen = true;
    (void)trainer_step(j.t, &j.b, 0, NULL);
    double frozen = 0.0;
    double free_one = 0.0;
    for (int64_t i = 0; i < j.t->param[0].count; i++) {
        frozen += fabs((double)j.t->gradient[j.t->param[0].offset + i]);
    }
    for (int64_t i = 0; i < j.t->param[1].count; i++) {
        free_one += fabs((double)j.t->gradient[j.t->param[1].offset + i]);
    }
    check(frozen == 0.0, "a frozen parameter has a gradient", frozen);
    check(free_one > 0.0, "the parameter after it has none", free_one);
    end_job(&j);
}

/* --- losses: a value against its formula, and the gradient against differences --- */

static void test_losses(void)
{
    static const struct {
        LossKind kind;
        float x, target;
        double expected;
    } rows[] = {
        {LOSS_MSE, 2.0f, 0.5f, 2.25},
        {LOSS_MAE, 2.0f, 0.5f, 1.5},
        {LOSS_HUBER, 2.0f, 1.5f, 0.125},
        {LOSS_HUBER, 4.0f, 1.0f, 2.5},
        {LOSS_BINARY_CROSS_ENTROPY, 0.0f, 1.0f, 0.69314718},
        {LOSS_BINARY_CROSS_ENTROPY, 200.0f, 0.0f, 200.0},
        {LOSS_BINARY_CROSS_ENTROPY, -200.0f, 1.0f, 200.0},
        {LOSS_SQUARED_HINGE, 0.25f, 1.0f, 0.5625},
        {LOSS_SQUARED_HINGE, 0.25f, 0.0f, 1.5625},
        {LOSS_SQUARED_HINGE, 3.0f, 1.0f, 0.0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        Job j;
        TrainerOptions o = {.loss = rows[i].kind, .threads = 1, .max_batch = 1};
        if (!make_job(&j, "dense 1", (Shape){1, {1}}, 1, &o)) {
            return;
        }
        j.t->value[j.t->param[0].offset] = 1.0f; /* y = x */
        j.t->value[j.t->param[1].offset] = 0.0f;
        j.x[0] = rows[i].x;
        j.target[0] = rows[i].target;
        double seen = trainer_step(j.t, &j.b, 0, NULL);
        check(fabs(seen - rows[i].expected) < 1e-6, "a loss differs from its formula", seen);
        float by_bias = j.t->gradient[j.t->param[1].offset];
        float *bias = &j.t->value[j.t->param[1].offset];
        *bias = 0.0078125f; /* adds to 200 without rounding */
        double high = trainer_run(j.t, &j.b, NULL);
        *bias = -0.0078125f;
        double low = trainer_run(j.t, &j.b, NULL);
        check(fabs((high - low) / 0.015625 - (double)by_bias) < 1e-3, "a loss's gradient differs",
              (double)by_bias);
        end_job(&j);
    }
}

/* Distillation by hand: logits (x, 0, 0), a teacher's (1, 2, 3), the label 0. */
static void test_teacher(void)
{
    static const struct {
        double distill, temperature, expected;
    } rows[] = {
        /* log(e^2 + 2) - 2; T^2 * sum p (log p - log q); both by their shares */
        {0.0, 4.0, 0.23954477},
        {1.0, 1.0, 1.22708804},
        {1.0, 4.0, 1.42623222},
        {0.25, 4.0, 0.53621663},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        Job j;
        TrainerOptions o = {.loss = LOSS_CROSS_ENTROPY,
                            .threads = 1,
                            .max_batch = 1,
                            .distill = rows[i].distill,
                            .temperature = rows[i].temperature};
        if (!make_job(&j, "dense 3 softmax", (Shape){1, {1}}, 3, &o)) {
            return;
        }
        static const float weights[] = {1.0f, 0.0f, 0.0f}, teacher[] = {1.0f, 2.0f, 3.0f};
        static const int32_t label[] = {0};
        memcpy(j.t->value + j.t->param[0].offset, weights, sizeof weights);
        memset(j.t->value + j.t->param[1].offset, 0, sizeof weights);
        j.x[0] = 2.0f;
        Batch b = j.b;
        b.target = NULL;
        b.label = label;
        b.teacher = teacher;
        double seen = trainer_step(j.t, &b, 0, NULL);
        check(fabs(seen - rows[i].expected) < 1e-6, "a teacher's loss differs from its formula", seen);
        for (int32_t k = 0; k < 3; k++) {
            float *bias = &j.t->value[j.t->param[1].offset + k];
            double by_bias = (double)j.t->gradient[j.t->param[1].offset + k];
            *bias = 0.0078125f;
            double high = trainer_run(j.t, &b, NULL);
            *bias = -0.0078125f;
            double low = trainer_run(j.t, &b, NULL);
            *bias = 0.0f;
            check(fabs((high - low) / 0.015625 - by_bias) < 1e-4, "a teacher's gradient differs", by_bias);
        }
        end_job(&j);
    }
}

/* --- fake_quant --- */

static Node *add_node(Graph *g, const char *op, int32_t in_count, const TensorId *in, TensorId *out)
{
    *out = graph_add_tensor(g, op, TYPE_F32, shape_of(0, NULL));
    Node *n = graph_add_node(g, op_find_kind(op), op, in_count, 1);
    memcpy(n->in, in, (size_t)in_count * sizeof *in);
    n->out[0] = *out;
    return n;
}

static void set_ends(Graph *g, TensorId x, TensorId y)
{
    g->input = NEW(&g->arena, TensorId, 1);
    g->output = NEW(&g->arena, TensorId, 1);
    g->input[0] = x;
    g->output[0] = y;
    g->input_count = 1;
    g->output_count = 1;
}

/* x to its own grid: as int8 with scale 0.05 and zero point -28 would hold it. */
static void test_fake_quant(void)
{
    static const float x[] = {-5.1f, -4.97f, -0.024f, 0.026f, 1.23f, 7.74f, 9.0f};
    static const float expected[] = {-5.0f, -4.95f, 0.0f, 0.05f, 1.25f, 7.75f, 7.75f};
    static const float passes[] = {0.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 0.0f};
    const float min = -5.0f;
    const float max = 7.75f;
    const float zeros[7] = {0.0f};
    float y[7];
    Diag d = {0};
    Graph *g = graph_new("rounded");
    Shape shape = {2, {1, 7}};
    TensorId in = graph_add_tensor(g, "x", TYPE_F32, shape);
    TensorId bias = graph_add_const(g, "bias", TYPE_F32, shape, zeros);
    TensorId low = graph_add_const(g, "min", TYPE_F32, (Shape){1, {1}}, &min);
    TensorId high = graph_add_const(g, "max", TYPE_F32, (Shape){1, {1}}, &max);
    TensorId sum;
    TensorId out;
    Node *n = add_node(g, "add", 2, (TensorId[]){in, bias}, &sum);
    check(op_of(n)->infer(g, n, &d) == OK, "add", 0.0);
    n = add_node(g, "fake_quant", 3, (TensorId[]){sum, low, high}, &out);
    check(op_of(n)->infer(g, n, &d) == OK, "fake_quant", 0.0);
    check(op_of(n)->lower(g, n, &d) == ERR_UNSUPPORTED && strstr(d.text, "first") != NULL,
          "fake_quant is lowered", 0.0);
    set_ends(g, in, out);
    Trainer *t = NULL;
    check(trainer_new(g, &(TrainerOptions){.threads = 1, .max_batch = 1}, &t, &d) == OK,
          "fake_quant is refused", 0.0);
    float target[7];
    for (int32_t i = 0; i < 7; i++) {
        target[i] = expected[i] - 3.5f; /* so that the gradient is 1 where it passes */
    }
    (void)trainer_step(t, &(Batch){.count = 1, .x = x, .target = target}, 0, y);
    for (int32_t i = 0; i < 7; i++) {
        check(fabs((double)y[i] - (double)expected[i]) < 1e-5, "fake_quant rounds otherwise",
              (double)y[i]);
        check(fabs((double)t->gradient[t->param[0].offset + i] - (double)passes[i]) < 1e-4,
              "straight-through", (double)t->gradient[t->param[0].offset + i]);
    }
    check(t->param[1].kind == PARAM_STATISTIC && t->gradient[t->param[1].offset] == x[0],
          "the running minimum", (double)t->gradient[t->param[1].offset]);
    check(t->param[2].kind == PARAM_STATISTIC && t->gradient[t->param[2].offset] == x[6],
          "the running maximum", (double)t->gradient[t->param[2].offset]);
    trainer_free(t);
    diag_clear(&d);
    graph_free(g);
}

/* Weights rounded per channel: the layer computes with 127 steps each side, and the weights learn. */
static void test_rounded_weights(void)
{
    static const float w[] = {0.5f, -0.26f, 0.011f, 2.0f, -1.0f, 0.03f};
    const float x[3] = {1.0f, 10.0f, 100.0f};
    const float target[2] = {0.0f};
    float y[2];
    Diag d = {0};
    Graph *g = graph_new("rounded");
    TensorId in = graph_add_tensor(g, "x", TYPE_F32, (Shape){2, {1, 3}});
    TensorId weights = graph_add_const(g, "w", TYPE_F32, (Shape){2, {2, 3}}, w);
    TensorId rounded;
    TensorId out;
    Node *n = add_node(g, "fake_quant", 1, (TensorId[]){weights}, &rounded);
    check(attr_set_int(n, "axis", 0), "axis", 0.0);
    *(bool *)(void *)((char *)n->attr + attr_find(n->kind, "symmetric")->offset) = true;
    *(bool *)(void *)((char *)n->attr + attr_find(n->kind, "narrow_range")->offset) = true;
    check(op_of(n)->infer(g, n, &d) == OK, "fake_quant of weights", 0.0);
    n = add_node(g, "fully_connected", 2, (TensorId[]){in, rounded}, &out);
    check(op_of(n)->infer(g, n, &d) == OK, "fully_connected", 0.0);
    set_ends(g, in, out);
    Trainer *t = NULL;
    check(trainer_new(g, &(TrainerOptions){.threads = 1, .max_batch = 1}, &t, &d) == OK, d.text,
          0.0);
    (void)trainer_step(t, &(Batch){.count = 1, .x = x, .target = target}, 0, y);
    for (int32_t o = 0; o < 2; o++) {
        double scale = (o == 0 ? 0.5 : 2.0) / 127.0;
        double sum = 0.0;
        for (int32_t i = 0; i < 3; i++) {
            sum += round((double)w[o * 3 + i] / scale) * scale * (double)x[i];
        }
        check(fabs(sum - (double)y[o]) < 1e-4, "rounded weights", (double)y[o]);
        check(fabs((double)t->gradient[o * 3 + 1] - (double)(y[o] * x[1])) < 1e-3,
              "the weights' gradient", (double)t->gradient[o * 3 + 1]);
    }
    check(t->param_count == 1 && t->param[0].kind == PARAM_WEIGHT, "one parameter", t->param_count);
    trainer_free(t);
    graph_free(g);
}

/* --- statistics: running mean and variance reach the data's own --- */

static void test_statistics(void)
{
    Job j;
    TrainerOptions o = {.loss = LOSS_MSE, .threads = 1, .max_batch = 64, .shard = 32};
    if (!make_job(&j, "batchnorm, dense 1", (Shape){1, {20}}, 1, &o)) {
        return;
    }
    double mean = 0.0;
    double square = 0.0;
    for (int32_t i = 0; i < 64; i++) {
        j.x[i * 20 + 18] = 3.0f + 2.0f * (float)uniform();
        mean += (double)j.x[i * 20 + 18] / 64.0;
        square += (double)j.x[i * 20 + 18] * (double)j.x[i * 20 + 18] / 64.0;
    }
    (void)descend(&j, 100, 0.0f);
    for (int32_t p = 0, k = 0; p < j.t->param_count; p++) {
        if (j.t->param[p].kind == PARAM_STATISTIC) {
            double seen = (double)j.t->value[j.t->param[p].offset + 18];
            double expected = k++ == 0 ? mean : square - mean * mean;
            check(fabs(seen - expected) < 0.05 * expected, "a running statistic", seen);
            check(j.t->param[p].momentum > 0.0f, "its momentum", (double)j.t->param[p].momentum);
        }
    }
    end_job(&j);
}

/* --- sentences --- */

static const struct {
    const char *graph, *sentence;
} refused[] = {
    {"graph a\ninput x f32[1,4]\ny = relu(x) : f32[1,4]\noutput y\n", "no parameters"},
    {"graph a\ninput x f32[2,4]\nconst b f32[4] {1, 2, 3, 4}\ny = add(x, b) : f32[2,4]\noutput y\n",
     "one sample"},
    {"graph a\ninput x s8[1,4] q(0.5, 0)\nconst b s8[4] q(0.5, 0) {1, 2, 3, 4}\ny = add(x, b) : "
     "s8[1,4] q(1, 0)\noutput y\n",
     "only float"},
    {"graph a\ninput x f32[1,4]\nconst b f32[4] {1, 2, 3, 4}\nz = add(x, b) : f32[1,4]\ny = "
     "floor(z) : f32[1,4]\noutput y\n",
     "cannot be trained"},
    {"graph a\ninput x f32[1,4]\ninput v f32[1,4]\ny = add(x, v) : f32[1,4]\noutput y\n",
     "one of each"},
};

static void test_refusals(void)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        Diag d = {0};
        Graph *g = NULL;
        Trainer *t = NULL;
        if (graph_parse(refused[i].graph, (Span){0}, op_find_kind, &g, &d) != OK) {
            printf("FAIL engine: %s\n", d.text);
            failed++;
            continue;
        }
        Status status = trainer_new(g, &(TrainerOptions){.max_batch = 4}, &t, &d);
        bool good = status != OK && t == NULL && strstr(d.text, refused[i].sentence) != NULL;
        check(good, refused[i].sentence, (double)status);
        if (!good) {
            printf("    it said: %s\n", d.text);
        }
        graph_free(g);
    }
}

/* --- networks trained elsewhere: they run as before, and learn on --- */

static void test_model(const char *path)
{
    Session session;
    Trainer *t = NULL;
    Graph *plain = NULL;
    if (session_open(&session, path) != OK ||
        session_plain(&session, ROUNDING_TFLITE, &plain) != OK ||
        trainer_new(session.g, &(TrainerOptions){.max_batch = 4, .shard = 2}, &t, &session.diag) !=
            OK) {
        check(false, session.diag.text, 0.0);
        session_close(&session);
        return;
    }
    int64_t x_count = shape_count(&tensor(plain, plain->input[0])->shape);
    int64_t y_count = shape_count(&tensor(plain, plain->output[0])->shape);
    float *x = malloc((size_t)(4 * x_count) * sizeof *x);
    float *y = malloc((size_t)(4 * y_count) * sizeof *y);
    fill(x, 4 * x_count);
    Batch b = {.count = 4, .x = x};
    (void)trainer_run(t, &b, y);
    Eval *e = eval_new(plain, false);
    double worst = 0.0;
    double most = 0.0;
    for (int64_t s = 0; s < 4; s++) {
        memcpy(eval_tensor(e, plain->input[0]), x + s * x_count, (size_t)x_count * sizeof *x);
        eval_reset(e);
        eval_run(e);
        const float *expected = (const float *)(const void *)eval_tensor(e, plain->output[0]);
        for (int64_t i = 0; i < y_count; i++) {
            worst = fmax(worst, fabs((double)expected[i] - (double)y[s * y_count + i]));
            most = fmax(most, fabs((double)expected[i]));
        }
    }
    check(worst <= 1e-5 * most, path, worst / most);
    for (int64_t i = 0; i < 4 * y_count; i++) {
        y[i] *= 0.9f;
    }
    b.target = y;
    double first = trainer_step(t, &b, 0, NULL);
    double square = 0.0;
    for (int64_t i = 0; i < t->value_count; i++) {
        square += (double)t->gradient[i] * (double)t->gradient[i];
    }
    for (int64_t i = 0; i < t->value_count; i++) { /* a small step downhill */
        t->value[i] -= (float)(0.1 * first / square) * t->gradient[i];
    }
    double second = trainer_run(t, &b, NULL);
    check(second < first, path, second / first);
    eval_free(e);
    trainer_free(t);
    graph_free(plain);
    session_close(&session);
    free(x);
    free(y);
}

static void test_models(void)
{
    static const char *const models[] = {"ad_float.tflite", "resnet8_float.tflite",
                                         "hello_world_float.tflite", "mnist_lstm_float.tflite"};
    const char *shared = getenv("SHRINC_SHARED");
    for (size_t i = 0; i < COUNT(models); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/models/%s", shared != NULL ? shared : "../shared",
                 models[i]);
        FILE *f = fopen(path, "rb");
        if (f == NULL) {
            printf("SKIPPED engine: %s is not here\n", path);
            continue;
        }
        fclose(f);
        test_model(path);
    }
}

int main(void)
{
    test_gemm();
    test_threads();
    test_shards("conv 8 3 relu, maxpool 2, flatten, dense 6 softmax", 1e-6);
    test_shards("conv 8 3 batchnorm relu, residual { conv 20 3 stride 2 batchnorm } relu, flatten, dense 6 softmax", 2e-6);
    test_groups();
    test_ends();
    test_losses();
    test_teacher();
    test_fake_quant();
    test_rounded_weights();
    test_statistics();
    test_refusals();
    test_models();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
