/* Threads that wait for numbered jobs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_POOL_H
#define SHRINC_TRAIN_POOL_H

#include "base/base.h"

typedef struct Pool Pool;

/* Processors of this machine, 1 to 64. */
int32_t pool_processors(void);
/* At most THREADS >= 1 in all, the caller of pool_run included. They start when they are first needed;
 * where the system has no more, fewer do. */
Pool *pool_new(Arena *a, int32_t threads);
void pool_free(Pool *p);
/* Runs JOB(context, lane, index) for each index below COUNT and returns when all are done. Indices are
 * taken in ascending order; LANE < LANES <= THREADS is never in two jobs at once. */
void pool_run(Pool *p, int32_t count, int32_t lanes,
              void (*job)(void *context, int32_t lane, int32_t index), void *context);

#endif
