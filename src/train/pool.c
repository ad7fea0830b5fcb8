/* A pool of threads. Jobs of training take a fraction of a millisecond, so a thread looks for the next
 * round a little while before it goes to sleep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { LOOKS = 2000 }; /* before sleeping: some tens of microseconds */

typedef struct Worker {
    struct Pool *pool;
    int32_t lane;
    unsigned seen; /* rounds before it started */
    pthread_t id;
} Worker;

struct Pool {
    int32_t threads;
    int32_t started; /* workers that run, at most threads - 1 */
    Worker *worker;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    bool quits;
    atomic_uint round; /* counts calls of pool_run */
    atomic_int next;   /* index to take */
    atomic_int busy;   /* workers that have not ended this round */
    int32_t count, lanes;
    void (*job)(void *context, int32_t lane, int32_t index);
    void *context;
};

static void take_jobs(Pool *p, int32_t lane)
{
    for (;;) {
        int32_t index = atomic_fetch_add(&p->next, 1);
        if (index >= p->count) {
            return;
        }
        p->job(p->context, lane, index);
    }
}

/* Waits for another round than SEEN; false: there will be none. */
static bool wait_round(Pool *p, unsigned seen)
{
    for (int32_t i = 0; i < LOOKS; i++) {
        if (atomic_load_explicit(&p->round, memory_order_acquire) != seen) {
            return !p->quits;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->round) == seen) {
        pthread_cond_wait(&p->wake, &p->lock);
    }
    bool goes_on = !p->quits;
    pthread_mutex_unlock(&p->lock);
    return goes_on;
}

static void *work(void *context)
{
    Worker *w = context;
    while (wait_round(w->pool, w->seen)) {
        w->seen++;
        if (w->lane < w->pool->lanes) {
            take_jobs(w->pool, w->lane);
        }
        if (atomic_fetch_sub(&w->pool->busy, 1) == 1) {
            pthread_mutex_lock(&w->pool->lock);
            pthread_cond_signal(&w->pool->done);
            pthread_mutex_unlock(&w->pool->lock);
        }
    }
    return NULL;
}

int32_t pool_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (int32_t)count;
}

Pool *pool_new(Arena *a, int32_t threads)
{
    Pool *p = NEW(a, Pool, 1);
    p->threads = threads;
    p->worker = NEW(a, Worker, threads);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    return p;
}

static void next_round(Pool *p)
{
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->round, 1);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void pool_free(Pool *p)
{
    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->quits = true;
    pthread_mutex_unlock(&p->lock);
    next_round(p);
    for (int32_t i = 0; i < p->started; i++) {
        pthread_join(p->worker[i].id, NULL);
    }
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->done);
}

static void start(Pool *p, int32_t lanes)
{
    while (p->started < lanes - 1 && p->started < p->threads - 1) {
        Worker *w = &p->worker[p->started];
        *w = (Worker){.pool = p, .lane = p->started + 1, .seen = atomic_load(&p->round)};
        if (pthread_create(&w->id, NULL, work, w) != 0) {
            p->threads = p->started + 1;
            return;
        }
        p->started++;
    }
}

void pool_run(Pool *p, int32_t count, int32_t lanes,
              void (*job)(void *context, int32_t lane, int32_t index), void *context)
{
    p->job = job;
    p->context = context;
    p->count = count;
    p->lanes = lanes;
    atomic_store(&p->next, 0);
    if (count <= 1 || lanes <= 1) {
        take_jobs(p, 0);
        return;
    }
    start(p, lanes);
    atomic_store(&p->busy, p->started);
    next_round(p);
    take_jobs(p, 0);
    for (int32_t i = 0; i < LOOKS && atomic_load(&p->busy) > 0; i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->busy) > 0) {
        pthread_cond_wait(&p->done, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}
