/* The engine: a step's samples in shards, each forward and backward by itself on whichever thread is
 * free, except where a node needs all of them; their gradients are added up in the order of the shards.
 * Moments count a shard's work: forward of node i is i, the loss N, backward 2N - i.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/engine.h"

#include "op/util_gemm.h"
#include "op/util_train.h"

#include <sched.h>

enum {
    PARALLEL_FROM = 1000000
}; /* operations between two meetings; fewer are done before a thread wakes up */

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
    e->threads = o->threads > 0 ? o->threads : pool_processors();
    e->lanes = e->group > e->threads ? e->group : e->threads;
    e->lane = NEW(&e->arena, Lane, e->lanes);
    e->met = NEW(&e->arena, const Shard *, e->group);
    e->pool = pool_new(&e->arena, e->threads);
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
    bool meets;       /* some nodes need all shards */
    int32_t first;    /* shard of the group at work */
    int32_t from, to; /* moments that each shard of the group goes through now, up to before TO */
    atomic_int turn;  /* the shard whose gradient is added next */
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

/* Makes the lane's nodes ready for shard INDEX. */
static void begin_shard(const Round *r, Lane *lane, int32_t index, int32_t count)
{
    const Engine *e = r->t->engine;
    int32_t nodes = r->t->g->node_count;
    const float *x = r->batch->x + (int64_t)index * e->shard * e->slot[r->t->g->input[0]].count;
    for (int32_t i = 0; i < lane->x_count; i++) {
        *lane->x_at[i] = x;
    }
    for (int32_t i = 0; i < nodes; i++) {
        Shard *s = &lane->shard[i];
        s->batch = e->step[i].single ? 1 : count;
        s->samples = count;
        s->training = r->training;
        s->seed = train_random(r->seed, (uint64_t)index * (uint64_t)nodes + (uint64_t)i);
    }
}

static void run_backward(const Step *step, const Shard *s)
{
    if (step->backward) {
        if ((step->op->traits & TRAIT_SETS_GRADIENT) == 0) {
            clear_gradients(s);
        }
        step->op->backward(s);
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
                      b->label != NULL ? b->label + first : NULL, moved(b->teacher, first * e->loss.outputs),
                      moved(b->sample_weight, first),
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

static void end_forward(const Round *r, const Lane *lane, int32_t index, int32_t count)
{
    const Engine *e = r->t->engine;
    int64_t first = (int64_t)index * e->shard;
    if (r->y != NULL) {
        memcpy(r->y + first * e->loss.outputs, lane->block + e->slot[e->y].value,
               (size_t)count * (size_t)e->loss.outputs * sizeof(float));
    }
    e->shard_loss[index] = shard_loss(r, lane, first, count, r->training);
}

static int32_t moments_of(const Round *r)
{
    int32_t nodes = r->t->g->node_count;
    return r->training ? 2 * nodes + 1 : nodes + 1;
}

/* From the round's moment FROM to TO, and what the node of TO must know of the shard. */
static void run_shard(void *context, int32_t thread, int32_t in_group)
{
    Round *r = context;
    const Engine *e = r->t->engine;
    const int32_t nodes = r->t->g->node_count;
    const int32_t index = r->first + in_group;
    Lane *lane = &e->lane[r->meets ? in_group : thread];
    int64_t left = r->batch->count - (int64_t)index * e->shard;
    int32_t count = left < e->shard ? (int32_t)left : e->shard;
    if (r->from == 0) {
        begin_shard(r, lane, index, count);
    }
    for (int32_t at = r->from; at < r->to; at++) {
        int32_t i = at < nodes ? at : 2 * nodes - at;
        if (at == nodes) {
            end_forward(r, lane, index, count);
        } else if (at > nodes) {
            run_backward(&e->step[i], &lane->shard[i]);
        } else if (e->step[i].forward) {
            e->step[i].op->forward(&lane->shard[i]);
        }
    }
    if (r->to < moments_of(r)) {
        int32_t i = r->to < nodes ? r->to : 2 * nodes - r->to;
        e->step[i].op->measure(&lane->shard[i], r->to > nodes);
    } else if (r->training) {
        add_gradient(r, lane, index);
    }
}

/* --- a batch --- */

/* The first moment from AT on at which a node needs all shards; behind the last one if there is none. */
static int32_t next_meeting(const Round *r, int32_t at)
{
    const int32_t nodes = r->t->g->node_count;
    const Step *step = r->t->engine->step;
    int32_t end = moments_of(r);
    for (; r->meets && at < end; at++) {
        if (at < nodes
                ? step[at].meets
                : at > nodes && step[2 * nodes - at].meets && step[2 * nodes - at].backward) {
            return at;
        }
    }
    return end;
}

static void meet(const Round *r, int32_t shards)
{
    const Engine *e = r->t->engine;
    const int32_t nodes = r->t->g->node_count;
    int32_t i = r->to < nodes ? r->to : 2 * nodes - r->to;
    for (int32_t k = 0; k < shards; k++) {
        e->met[k] = &e->lane[k].shard[i];
    }
    e->step[i].op->meet(e->met, shards, r->to > nodes);
}

/* SHARDS of them from the round's FIRST on, from meeting to meeting. */
static void run_group(Round *r, int32_t shards, int32_t threads)
{
    const Engine *e = r->t->engine;
    r->from = 0;
    r->to = next_meeting(r, 0);
    for (;;) {
        if (threads > 1) {
            pool_run(e->pool, shards, threads, run_shard, r);
        }
        for (int32_t i = 0; i < shards && threads <= 1; i++) {
            run_shard(r, 0, i);
        }
        if (r->to >= moments_of(r)) {
            return;
        }
        meet(r, shards);
        r->from = r->to;
        r->to = next_meeting(r, r->to + 1);
    }
}

static double run_batch(Round *r)
{
    Engine *e = r->t->engine;
    int32_t shards = (r->batch->count - 1) / e->shard + 1;
    r->meets = r->training && e->meetings > 0;
    int32_t groups = r->meets ? (shards - 1) / e->group + 1 : 1;
    int32_t together = (shards - 1) / groups + 1;
    int64_t parts = r->meets ? 2 * (int64_t)e->meetings + 1 : 1;
    bool parallel =
        together > 1 && e->threads > 1 && e->cost * r->batch->count / parts > PARALLEL_FROM;
    int32_t threads = !parallel ? 1 : together < e->threads ? together : e->threads;
    int32_t lanes = r->meets ? together : threads;
    if (shards > e->shard_limit) {
        e->shard_loss = NEW(&e->arena, double, 2 * (int64_t)shards);
        e->shard_limit = 2 * shards;
    }
    for (int32_t i = 0; i < lanes; i++) {
        if (e->lane[i].block == NULL) {
            wire_lane(r->t, &e->lane[i]);
        }
    }
    for (; r->first < shards; r->first += together) {
        int32_t left = shards - r->first;
        run_group(r, left < together ? left : together, threads);
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
