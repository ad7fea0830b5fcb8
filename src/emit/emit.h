/* Floor 4: graph to C text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EMIT_H
#define SHRINC_EMIT_H

#include "op/op.h"

typedef enum Optimize { OPTIMIZE_SIZE, OPTIMIZE_BALANCED, OPTIMIZE_SPEED } Optimize;

typedef struct EmitOptions {
    const char *name;          /* prefix of every external name: a C identifier */
    const char *source_name;   /* model file, base name only */
    const char *source_sha256;
    const char *options_text;  /* as the header prints them: "--target=generic --optimize=balanced" */
    Optimize optimize;
    int64_t ram_budget, flash_budget; /* bytes, 0: none */
    int32_t selftest_runs;            /* vectors in the self-test, 0: none */
    const uint8_t *selftest_inputs;   /* all inputs of a run in order, runs one after another */
    const uint8_t *selftest_outputs;
} EmitOptions;

typedef struct EmitFile {
    const char *name; /* "kws.h" */
    Out text;
} EmitFile;

enum { EMIT_FILES = 7 };

typedef struct EmitResult {
    EmitFile file[EMIT_FILES]; /* NAME.h NAME.c NAME_weights.h NAME_kernels.h NAME_selftest.c NAME_report.txt .json */
    int32_t file_count;
    int64_t weights_bytes;     /* weights, biases and per-channel constants as stored */
    int64_t stack_bytes;       /* proven bound where known, else 0 */
} EmitResult;

/* G is lowered, named and planned. */
Status emit_model(const Graph *g, const EmitOptions *o, EmitResult *result, Diag *d) MUST_CHECK;
void emit_free(EmitResult *result);

#endif
