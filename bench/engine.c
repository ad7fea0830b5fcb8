/* How fast the training engine is: steps of networks on random data. No optimiser, no data reading.
 * Usage: engine [THREADS [NET [SHARD]]]; THREADS 0: one, then two. One line a network: microseconds a step, samples a second, GFLOP/s.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net.h"
#include "train/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct Row {
    const char *name;
    Shape input;
    int32_t outputs;
    const char *net;
    LossKind loss;
    int32_t batch;
} Row;

static const Row rows[] = {
    {"sine 1-16-16-1", {1, {1}}, 1, "dense 16 relu, dense 16 relu, dense 1", LOSS_MSE, 64},
    {"mlp 784-64-10", {1, {784}}, 10, "dense 64 relu, dense 10 softmax", LOSS_CROSS_ENTROPY, 64},
    {"mlp 784-64-10", {1, {784}}, 10, "dense 64 relu, dense 10 softmax", LOSS_CROSS_ENTROPY, 32},
    {"cnn 2x32 3x3",
     {3, {28, 28, 1}},
     10,
     "conv 32 3 relu, conv 32 3 relu, maxpool 2, flatten, dense 128 relu, dense 10 softmax",
     LOSS_CROSS_ENTROPY,
     64},
    {"resnet8", {3, {32, 32, 3}}, 10, "resnet8", LOSS_CROSS_ENTROPY, 32},
    {"resnet8", {3, {32, 32, 3}}, 10, "resnet8", LOSS_CROSS_ENTROPY, 128},
    {"ds_cnn", {3, {49, 10, 1}}, 12, "ds_cnn", LOSS_CROSS_ENTROPY, 64},
    {"lstm", {2, {28, 28}}, 10, "lstm 32, dense 10 softmax", LOSS_CROSS_ENTROPY, 64},
};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double macs_of(const Graph *g)
{
    double macs = 0.0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        macs += op->macs != NULL ? (double)op->macs(g, &g->node[i]) : 0.0;
    }
    return macs;
}

static Status run(const Row *r, int32_t threads, int32_t shard, Diag *d)
{
    Graph *g = NULL;
    Trainer *t = NULL;
    TRY(net_build(r->net,
                  &(NetOptions){.name = "net", .input = r->input, .outputs = r->outputs, .seed = 1},
                  &g, d));
    TRY(trainer_new(
        g, &(TrainerOptions){.loss = r->loss, .threads = threads, .shard = shard, .max_batch = r->batch}, &t, d));
    int64_t x_count = r->batch * shape_count(&r->input);
    float *x = malloc((size_t)x_count * sizeof *x);
    float *target = malloc((size_t)(r->batch * r->outputs) * sizeof *target);
    for (int64_t i = 0; i < x_count; i++) {
        x[i] = (float)rand() / (float)RAND_MAX;
    }
    for (int64_t i = 0; i < r->batch * r->outputs; i++) {
        target[i] = (float)(i % r->outputs == 0);
    }
    Batch b = {.count = r->batch, .x = x, .target = target};
    double loss = trainer_step(t, &b, 1, NULL);
    double best = 1e9;
    double best_cpu = 1e9;
    for (int32_t round = 0; round < 5; round++) {
        int32_t steps = 0;
        double start = now(CLOCK_MONOTONIC);
        double start_cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        while (now(CLOCK_MONOTONIC) - start < 0.3) {
            loss += trainer_step(t, &b, 1, NULL);
            steps++;
        }
        best = fmin(best, (now(CLOCK_MONOTONIC) - start) / steps);
        best_cpu = fmin(best_cpu, (now(CLOCK_PROCESS_CPUTIME_ID) - start_cpu) / steps);
    }
    printf("%-16s batch %3d, %d threads: %8.0f us a step, %8.0f samples/s; of processor time %8.0f "
           "us, %5.1f GFLOP/s\n",
           r->name, r->batch, threads, best * 1e6, r->batch / best, best_cpu * 1e6,
           6.0 * macs_of(g) * r->batch / best_cpu * 1e-9);
    trainer_free(t);
    graph_free(g);
    free(x);
    free(target);
    return loss == loss ? OK : fail(d, ERR_DIFFERS, "%s: the loss is no number", r->name);
}

int main(int count, char **args)
{
    int32_t shard = count > 3 ? (int32_t)strtol(args[3], NULL, 10) : 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Diag d = {.where = rows[i].name};
        if (count > 2 && strcmp(args[2], rows[i].name) != 0) {
            continue;
        }
        for (int32_t threads = 1; threads <= 2; threads++) {
            if (count > 1 && strtol(args[1], NULL, 10) != threads &&
                strtol(args[1], NULL, 10) != 0) {
                continue;
            }
            if (run(&rows[i], threads, shard, &d) != OK) {
                printf("%s\n", d.text);
            }
        }
    }
    return 0;
}
