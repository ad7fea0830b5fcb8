/* Floor 4: graph to C text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EMIT_H
#define SHRINC_EMIT_H

#include "op/op.h"

#include <jansson.h>

typedef enum Optimize { OPTIMIZE_SIZE, OPTIMIZE_BALANCED, OPTIMIZE_SPEED } Optimize;

typedef struct EmitOptions {
    const char *name;          /* prefix of every external name: a C identifier (see emit_name) */
    const char *source_name;   /* model file, base name only */
    const char *source_sha256;
    const char *options_text;  /* as the header prints them: "--target=generic --optimize=balanced" */
    Optimize optimize;
    bool x86;                  /* kernels hold loops for x86-64 too, which the compiler's -mavx2 switches on */
    int64_t ram_budget, flash_budget; /* bytes, 0: none */
    int64_t model_macs;               /* of the model as imported, before passes; 0: as G has it */
    int64_t stack_bytes;              /* proven bound, from the compiler's own figures; 0: not known */
    const char *stack_how;            /* compiler, version and flags that STACK_BYTES and CODE_BYTES hold for */
    const char *stack_path;           /* the deepest chain of calls: "kws_run (24) > kws_invoke (160)" */
    int64_t code_bytes;               /* without weights, library functions included; 0: not known */
    int32_t selftest_runs;            /* vectors in the self-test, 0: none; a stateful model sees them in order */
    const uint8_t *selftest_inputs;   /* all inputs of a run in order, runs one after another */
    const uint8_t *selftest_outputs;
} EmitOptions;

typedef struct EmitFile {
    const char *name; /* "kws.h" */
    Out text;
} EmitFile;

enum { EMIT_FILES = 7, EMIT_NAME_BYTES = 32 };

typedef struct EmitResult {
    EmitFile file[EMIT_FILES]; /* NAME.h NAME.c NAME_weights.h NAME_kernels.h NAME_selftest.c NAME_report.txt .json */
    int32_t file_count;
    int64_t weights_bytes;     /* every constant array as stored */
    int64_t macs;              /* of one run as emitted */
    Arena own;                 /* the file names */
} EmitResult;

/* G is lowered, named and planned. Refuses a bad name (ERR_USAGE) and what does not fit the budgets (ERR_LIMIT). */
Status emit_model(const Graph *g, const EmitOptions *o, EmitResult *result, Diag *d) MUST_CHECK;
void emit_free(EmitResult *result);

/* The document of NAME_report.json (also `compile --json`); the caller owns it. */
json_t *report_json(const Graph *g, const EmitOptions *o, const EmitResult *result);

/* First and last layer (1-based) that a tensor's own bytes are needed in; an input is born at 0, an output
 * lives to node_count + 1. */
typedef struct Life {
    int32_t first, last;
} Life;
Life tensor_life(const Graph *g, TensorId id);

/* The emitted C has NAME_reset: there is state, or an image comes row by row. */
bool emitter_has_state(const Graph *g);

/* A usable prefix made from a file's name ("../My model.tflite" -> "my_model"). */
void emit_name(const char *source_name, char name[EMIT_NAME_BYTES]);
/* True if NAME can be the prefix: a C identifier of at most 31 characters that means nothing else in C or C++. */
bool emit_name_is_usable(const char *name);

/* The bytes of a model file as C text: a constant array NAME, aligned to 16 bytes, and NAME_len.
 * HEADER: static, with an include guard; else with external linkage. */
void model_array(Span bytes, const char *file_name, const char *name, bool is_header, Out *out);

#endif
