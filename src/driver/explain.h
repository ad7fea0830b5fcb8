/* Why a compilation came out as it did: what each mode costs, who shares memory with whom, which layers run together.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_EXPLAIN_H
#define SHRINC_DRIVER_EXPLAIN_H

#include "driver/driver.h"

enum { EXPLAIN_MODES = 3 };

/* One --optimize mode. */
typedef struct ExplainMode {
    Optimize optimize;
    bool is_chosen;
    int64_t ram_bytes;     /* arena and state */
    int64_t weights_bytes;
    int64_t code_bytes;    /* -1: not measured */
    int64_t instructions;  /* -1: not measured */
    int32_t segments;      /* groups of layers that run row by row */
    const char *note;      /* why it cannot be had, NULL: it can */
} ExplainMode;

/* One layer's output and what the planner did with it. */
typedef struct ExplainLayer {
    const char *name, *op, *kernel; /* KERNEL: of its first call, "" if it has none */
    int64_t offset, bytes;          /* in the arena; OFFSET -1: elsewhere */
    int64_t shared_bytes;           /* of its own input's place that the output covers */
    bool runs_back;                 /* last pixel first, because its output lies above its input */
    int32_t segment;                /* as in Node */
    int32_t ring, rows;             /* of ROWS rows RING are in memory; RING 0: all */
    int64_t live_bytes;             /* up to where the arena is in use while it runs */
} ExplainLayer;

typedef struct Explain {
    Arena arena;
    const char *target;      /* on which code and instructions were counted; NULL: not counted */
    const char *not_counted; /* why */
    ExplainMode mode[EXPLAIN_MODES];
    ExplainLayer *layer;
    int32_t layer_count;
    int64_t arena_bytes, bound_bytes, greedy_bytes, state_bytes;
    bool is_optimal;
    int64_t unfused_bytes;   /* of an arena without layers that run row by row; the same if there are none */
    int64_t ram_budget, flash_budget;
} Explain;

/* S was compiled with O. Compiles the model once for each mode and, if the target of O (else cortex-m4) can be
 * emulated here, runs each once there. */
Status explain_session(const Session *s, const CompileOptions *o, Explain *x, Diag *d) MUST_CHECK;
void explain_free(Explain *x);
/* Bytes of flash that mode B takes more than mode A for each instruction that it saves; false if either is not known
 * or B saves none. */
bool explain_trade(const ExplainMode *a, const ExplainMode *b, double *bytes_each);
json_t *explain_json(const Explain *x);

#endif
