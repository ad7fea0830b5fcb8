/* Where a model's instructions go on an emulated chip, layer by layer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_PROFILE_H
#define SHRINC_DRIVER_PROFILE_H

#include "driver/driver.h"
#include "driver/stack.h"

/* --- profile_cycles.c: what an instruction costs, as far as the core's manual says -------------- */

typedef struct CycleModel {
    const char *target;
    /* Of one instruction; a move of several words takes 1 and WORD for each. */
    int32_t load, load_again; /* the second: directly behind a load or store */
    int32_t store, word, mla, mul_long, divide;
    int32_t float_mla, float_divide;
    int32_t taken; /* more, where a branch, call or return leads elsewhere */
} CycleModel;

const CycleModel *cycle_model(const char *target); /* NULL: no cycles are published for it */
/* Cycles of COUNT instructions from FIRST on, run once, without branches taken. */
int64_t cycles_straight(const CycleModel *m, const Code *code, int32_t first, int64_t count);
/* The constants in a sentence; why there is no figure if M is NULL. */
const char *cycle_model_text(Arena *a, const CycleModel *m);

/* --- profile.c --------------------------------------------------------------------------------- */

typedef struct ProfileFunction {
    const char *name;
    int64_t bytes;
    int32_t layer_count; /* how many rows ran it */
} ProfileFunction;

/* One layer, or several that run together row by row. */
typedef struct ProfileRow {
    int32_t first, last; /* numbers from 1 on, as in the emitted C */
    const char *name, *op;
    int64_t instructions;
    int64_t cycles; /* estimated; -1: not known */
    int64_t macs, weights_bytes;
    int64_t code_bytes;   /* functions that it ran, NAME_invoke left out */
    int64_t shared_bytes; /* of them, those that other rows ran too */
    int32_t *function;    /* their indices */
    int32_t function_count;
} ProfileRow;

typedef struct ProfileResult {
    Arena arena;
    VerifyResult verify; /* one row: all outputs were compared too */
    const char *cycles_text;
    ProfileRow *row;
    int32_t row_count;
    ProfileRow rest; /* of NAME_invoke behind the last layer */
    ProfileFunction *function;
    int32_t function_count;
    int64_t instructions, cycles, code_bytes; /* in all; each function once, NAME_invoke too */
    int64_t invoke_bytes; /* NAME_invoke, with the kernels that the compiler put into it */
} ProfileResult;

/* Runs the model as verify does, on one target whose instructions are counted, and splits the run that took
 * most. O->targets is that target. ERR_USAGE: no such, or one that counts none; ERR_DIFFERS and ERR_TOOL
 * as verify_session. */
Status profile_session(Session *s, const VerifyOptions *o, ProfileResult *r) MUST_CHECK;
void profile_free(ProfileResult *r);
json_t *profile_json(const Session *s, const VerifyOptions *o, const ProfileResult *r);

#endif
