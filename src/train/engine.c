/* The engine: a step's samples in shards, each forward and backward by itself on whichever thread is
 * free; their gradients are added up in the order of the shards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/engine.h"

#include "op/util_gemm.h"
#include "op/util_train.h"

#include <sched.h>
#include <unistd.h>

enum {
    PARALLEL_FROM = 1000000
}; /* operations of a step; smaller ones are done before a thread wakes up */

static int32_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (int32_t)count;
}

static void take_values(Trainer *t)
{
    for (int32_t i = 0; i < t->param_count; i++) {
        const Param *p = &t->param[i];
        memcpy(t->value + p->offset, t->engine->slot[p->tensor].fixed,
               (size_t)p->count * sizeof(float));
    }
}

static void rewire(Trainer *t)
{
    Engine *e = t->engine;
    for (int32_t i = 0; i < t->param_count; i++) {
        e->was_frozen[i] = t->param[i].frozen;
    }
    layout_wants(t);
    for (int32_t i = 0; i < e->lanes; i++) {
        if (e->lane[i].block != NULL) {
            wire_lane(t, &e->lane[i]);
        }
    }
    memset(t->gradient, 0, (size_t)t->value_count * sizeof(float));
}

Status trainer_new(const Graph *g, const TrainerOptions *o, Trainer **out, Diag *d)
{
    Arena own = {0};
    Trainer *t = NEW(&own, Trainer, 1);
    Engine *e = NEW(&own, Engine, 1);
    *t = (Trainer){.g = g, .o = *o, .engine = e};
    e->arena = own;
    *out = NULL;
    if (o->max_batch < 1 || o->loss < 0 || o->loss >= LOSS_COUNT) {
        arena_free(&e->arena);
        return fail(d, ERR_INPUT, "a batch of %d samples or loss number %d makes no sense",
                    o->max_batch, (int)o->loss);
    }
    Status status = layout_read(t, d);
    if (status != OK) {
        own = e->arena;
        arena_free(&own);
        return status;
    }
    gemm_start();
    t->value = NEW(&e->arena, float, t->value_count);
    t->gradient = NEW(&e->arena, float, t->value_count);
    e->was_frozen = NEW(&e->arena, bool, t->param_count);
    e->stored = NEW(&e->arena, uint8_t *, t->param_count);
    take_values(t);
    layout_wants(t);
    layout_memory(t);
    e->lanes = o->threads > 0 ? o->threads : processors();
    e->lane = NEW(&e->arena, Lane, e->lanes);
    e->pool = pool_new(&e->arena, e->lanes);
    *out = t;
    return OK;
}

void trainer_free(Trainer *t)
{
    if (t != NULL) {
        pool_free(t->engine->pool);
        Arena own = t->engine->arena; /* T itself lies in it */
        arena_free(&own);
    }
}

/* --- a shard --- */

/* One call of trainer_step or trainer_run. */
typedef struct Round {
    Trainer *t;
    const Batch *batch;
    uint64_t seed;
    bool training;
    float *y;
    atomic_int turn; /* the shard whose gradient is added next */
} Round;

static void clear_gradients(const Shard *s)
{
    for (int32_t k = 0; k < s->n->in_count; k++) {
        if ((s->set >> k & 1u) != 0) {
            int64_t count = shard_in_count(s, k) * (shard_in_is_const(s, k) ? 1 : s->batch);
            memset(s->d_in[k], 0, (size_t)count * sizeof(float));
        }
    }
}

static void run_forward(const Round *r, Lane *lane, int32_t index, int32_t count)
{
    const Engine *e = r->t->engine;
    int32_t nodes = r->t->g->node_count;
    for (int32_t i = 0; i < nodes; i++) {
        if (e->step[i].forward) {
            Shard *s = &lane->shard[i];
            s->batch = e->step[i].single ? 1 : count;
            s->samples = count;
            s->training = r->training;
            s->seed = train_random(r->seed, (uint64_t)index * (uint64_t)nodes + (uint64_t)i);
            e->step[i].op->forward(s);
        }
    }
}

static void run_backward(const Engine *e, int32_t nodes, Lane *lane)
{
    for (int32_t i = nodes - 1; i >= 0; i--) {
        const Step *step = &e->step[i];
        if (step->backward) {
            if ((step->op->traits & TRAIT_SETS_GRADIENT) == 0) {
                clear_gradients(&lane->shard[i]);
            }
            step->op->backward(&lane->shard[i]);
        }
    }
}

static const float *moved(const float *p, int64_t by)
{
    return p == NULL ? NULL : p + by;
}

/* The loss of a shard, and the gradient that backward starts from if GRADIENT. */
static double shard_loss(const Round *r, const Lane *lane, int64_t first, int32_t count,
                         bool gradient)
{
    const Engine *e = r->t->engine;
    const Batch *b = r->batch;
    const Slot *slot = &e->slot[e->loss_at];
    bool is_logit = e->loss_at != e->y;
    if (b->target == NULL && b->label == NULL) {
        return 0.0;
    }
    return loss_shard(&e->loss, count, lane->block + (is_logit ? slot->value : e->slot[e->y].value),
                      moved(b->target, first * e->loss.outputs),
                      b->label != NULL ? b->label + first : NULL, moved(b->sample_weight, first),
                      1.0 / b->count, gradient ? lane->block + slot->gradient : NULL);
}

/* In the order of the shards, whichever thread is first. */
static void add_gradient(Round *r, const Lane *lane, int32_t index)
{
    while (atomic_load_explicit(&r->turn, memory_order_acquire) != index) {
        sched_yield();
    }
    train_add(r->t->gradient, lane->gradient, r->t->value_count, index == 0);
    atomic_store_explicit(&r->turn, index + 1, memory_order_release);
}

static void run_shard(void *context, int32_t lane_index, int32_t index)
{
    Round *r = context;
    Engine *e = r->t->engine;
    Lane *lane = &e->lane[lane_index];
    int64_t first = (int64_t)index * e->shard;
    int64_t left = r->batch->count - first;
    int32_t count = left < e->shard ? (int32_t)left : e->shard;
    const float *x = r->batch->x + first * e->slot[r->t->g->input[0]].count;
    for (int32_t i = 0; i < lane->x_count; i++) {
        *lane->x_at[i] = x;
    }
    run_forward(r, lane, index, count);
    if (r->y != NULL) {
        memcpy(r->y + first * e->loss.outputs, lane->block + e->slot[e->y].value,
               (size_t)count * (size_t)e->loss.outputs * sizeof(float));
    }
    e->shard_loss[index] = shard_loss(r, lane, first, count, r->training);
    if (r->training) {
        run_backward(e, r->t->g->node_count, lane);
        add_gradient(r, lane, index);
    }
}

/* --- a batch --- */

static double run_batch(Round *r)
{
    Engine *e = r->t->engine;
    int32_t shards = (r->batch->count - 1) / e->shard + 1;
    bool parallel = shards > 1 && e->lanes > 1 && e->cost * r->batch->count > PARALLEL_FROM;
    int32_t lanes = parallel ? (shards < e->lanes ? shards : e->lanes) : 1;
    if (shards > e->shard_limit) {
        e->shard_loss = NEW(&e->arena, double, 2 * (int64_t)shards);
        e->shard_limit = 2 * shards;
    }
    for (int32_t i = 0; i < lanes; i++) {
        if (e->lane[i].block == NULL) {
            wire_lane(r->t, &e->lane[i]);
        }
    }
    if (parallel) {
        pool_run(e->pool, shards, lanes, run_shard, r);
    } else {
        for (int32_t i = 0; i < shards; i++) {
            run_shard(r, 0, i);
        }
    }
    double sum = 0.0;
    for (int32_t i = 0; i < shards; i++) {
        sum += e->shard_loss[i];
    }
    return sum / r->batch->count;
}

static bool frozen_changed(const Trainer *t)
{
    for (int32_t i = 0; i < t->param_count; i++) {
        if (t->param[i].frozen != t->engine->was_frozen[i]) {
            return true;
        }
    }
    return false;
}

double trainer_step(Trainer *t, const Batch *batch, uint64_t seed, float *y)
{
    if (batch->count < 1) {
        return 0.0;
    }
    if (frozen_changed(t)) {
        rewire(t);
    }
    Round r = {.t = t, .batch = batch, .seed = seed, .training = true, .y = y};
    double loss = run_batch(&r);
    for (int32_t i = 0; i < t->param_count; i++) {
        const Param *p = &t->param[i];
        for (int64_t k = 0; p->kind == PARAM_STATISTIC && k < p->count; k++) {
            t->gradient[p->offset + k] /= (float)batch->count;
        }
    }
    return loss;
}

double trainer_run(Trainer *t, const Batch *batch, float *y)
{
    if (batch->count < 1) {
        return 0.0;
    }
    Round r = {.t = t, .batch = batch, .y = y};
    return run_batch(&r);
}

void trainer_store(const Trainer *t, Graph *g)
{
    Engine *e = t->engine;
    for (int32_t i = 0; i < t->param_count; i++) {
        const Param *p = &t->param[i];
        Tensor *c = tensor(g, p->tensor);
        size_t bytes = (size_t)p->count * sizeof(float);
        if (c->data == NULL ||
            c->data != e->stored[i]) { /* not ours yet: it may be the file's bytes */
            e->stored[i] = arena_alloc(&g->arena, bytes, 1);
            c->data = e->stored[i];
            c->data_bytes = (int64_t)bytes;
        }
        memcpy(e->stored[i], t->value + p->offset, bytes);
    }
}
