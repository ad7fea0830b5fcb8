/* Nets with batch norm against Keras, step by step: same start, same batches, same losses (losses.txt, made by
 * make_losses.py), however the step is cut into shards. Usage: losses_test LOSSES.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"
#include "train/net.h"

#include <math.h>
#include <stdlib.h>

enum { CLASSES = 4, STEPS = 8, BATCH = 64, SAMPLE = 256 };
static const double rate = 0.003;
static int passed, failed;

typedef struct Case {
    char net[300];
    Shape shape;
    int32_t batch;
    double loss[STEPS];
    int32_t losses;
} Case;

static double uniform(uint64_t *state) /* -1 .. 1, as in make_losses.py */
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 33) / 1073741824.0 - 1.0;
}

static void start(Trainer *t, uint64_t *state)
{
    for (int32_t p = 0; p < t->param_count; p++) {
        const Param *param = &t->param[p];
        float *v = t->value + param->offset;
        for (int64_t i = 0; i < param->count && param->kind == PARAM_WEIGHT; i++) {
            v[i] = 0.4f * (float)uniform(state);
        }
        if (param->kind == PARAM_BIAS) {
            memset(v, 0, sizeof *v * (size_t)param->count);
        }
    }
}

static void draw(const Case *c, uint64_t *state, int32_t *label, float *x)
{
    int64_t count = shape_count(&c->shape);
    for (int32_t i = 0; i < c->batch; i++) {
        label[i] = (int32_t)((uniform(state) + 1.0) * CLASSES / 2);
    }
    for (int64_t i = 0; i < c->batch * count; i++) {
        x[i] = (float)uniform(state) + 0.3f * (float)label[i / count];
    }
}

/* The largest distance of a loss from Keras's. */
static double farthest(const Case *c, int32_t shard, int32_t threads)
{
    static float x[BATCH * SAMPLE];
    int32_t label[BATCH];
    uint64_t state = 7;
    Diag d = {0};
    Arena a = {0};
    Graph *g = NULL;
    Trainer *t = NULL;
    NetOptions n = {.name = "net", .input = c->shape, .outputs = CLASSES, .seed = 1};
    TrainerOptions o = {
        .loss = LOSS_CROSS_ENTROPY, .threads = threads, .shard = shard, .max_batch = c->batch};
    if (net_build(c->net, &n, &g, &d) != OK || trainer_new(g, &o, &t, &d) != OK) {
        printf("FAIL %s\n", d.text);
        return INFINITY;
    }
    OptimizerOptions adam = optimizer_defaults(OPTIMIZER_ADAM);
    Optimizer optimizer = optimizer_new(&a, &adam, t->value_count);
    start(t, &state);
    double most = 0.0;
    for (int32_t s = 0; s < STEPS; s++) {
        draw(c, &state, label, x);
        double loss = trainer_step(t, &(Batch){.count = c->batch, .x = x, .label = label}, 1, NULL);
        optimizer_step(&optimizer, t->param, t->param_count, rate, t->gradient, t->value);
        double off = fabs(loss - c->loss[s]);
        most = off > most ? off : most;
    }
    trainer_free(t);
    graph_free(g);
    arena_free(&a);
    return most;
}

static void run(const Case *c)
{
    static const int32_t shards[] = {0, 16, 7, BATCH};
    for (size_t i = 0; i < 2 * COUNT(shards); i++) {
        int32_t threads = 1 + (int32_t)(i % 2);
        double off = farthest(c, shards[i / 2], threads);
        bool good = c->losses == STEPS && off < 1e-4;
        passed += good;
        failed += !good;
        if (!good) {
            printf("FAIL %s, shards of %d, %d threads: %d losses, off by %g\n", c->net,
                   shards[i / 2], threads, c->losses, off);
        }
    }
}

static bool read_case(const char *line, Case *c)
{
    int read = 0;
    *c = (Case){0};
    if (sscanf(line, "case %d %d%n", &c->batch, &c->shape.rank, &read) != 2 || c->shape.rank > 3) {
        return false;
    }
    for (int32_t i = 0; i < c->shape.rank; i++) {
        char *end = NULL;
        c->shape.dim[i] = (int32_t)strtol(line + read, &end, 10);
        read = (int)(end - line);
    }
    (void)snprintf(c->net, sizeof c->net, "%.*s", (int)strcspn(line + read, "\n"), line + read);
    return c->batch <= BATCH && shape_count(&c->shape) <= SAMPLE;
}

int main(int argc, char **argv)
{
    FILE *f = fopen(argc > 1 ? argv[1] : "tests/fit/losses.txt", "r");
    char line[512];
    int32_t cases = 0;
    Case c = {0};
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "case", 4) == 0) {
            cases += read_case(line, &c);
        } else if (strncmp(line, "loss", 4) == 0 && c.losses < STEPS) {
            c.loss[c.losses++] = strtod(line + 4, NULL);
            if (c.losses == STEPS) {
                run(&c);
            }
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    passed += cases == 3;
    failed += cases != 3;
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
