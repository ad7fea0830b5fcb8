/* Floor 5: the tool as functions. Never prints, never exits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_H
#define SHRINC_DRIVER_H

#include "emit/emit.h"
#include "import/import.h"
#include "pass/pass.h"

#include <jansson.h>

/* --- session.c: one model ----------------------------------------------------------------------
 */

typedef struct Session {
    Arena arena;
    Diag diag;
    const char *path;      /* as given */
    const char *file_name; /* base name, also put in front of sentences */
    Span bytes;
    char sha256[65];
    Graph *g;           /* after session_open: as in the file; later: as the passes left it */
    int64_t macs;       /* of the model as in the file */
    int32_t node_count; /* likewise */
} Session;

/* Reads and imports a model file; shapes are inferred. The session must be closed in any case. */
Status session_open(Session *s, const char *path) MUST_CHECK;
/* The same of bytes in memory, which live as long as S. */
Status session_open_bytes(Session *s, const char *name, Span bytes) MUST_CHECK;
void session_close(Session *s);
/* The model anew, lowered node by node with no pass that changes it: what verification compares
 * with. The graph is the caller's (graph_free). */
Status session_plain(Session *s, Rounding rounding, Graph **out) MUST_CHECK;
/* Multiply-accumulates of one run of a graph. */
int64_t graph_macs(const Graph *g);
/* Bytes of all inputs (outputs) of one run, one after another. */
int64_t graph_input_bytes(const Graph *g);
int64_t graph_output_bytes(const Graph *g);

/* --- pipeline.c: THE list of passes --- */

extern const Pass pipeline[]; /* in order, ends with a NULL name */
/* Runs the passes up to and with LAST (NULL: all) on the session's graph, verifying it after each
 * one. */
Status pipeline_run(Session *s, Rounding rounding, const char *last) MUST_CHECK;

/* --- rehearse.c: running on the host --- */

/* Runs G for RUNS inputs in sequence from the initial state. INPUTS and OUTPUTS hold the runs one
 * after another. PLANNED: in the planned arena, as on the device. */
void rehearse(const Graph *g, bool planned, const uint8_t *inputs, int64_t runs, uint8_t *outputs);
/* Seeded test inputs: the first half uniform over the whole type (floats over [-1, 1] times a power
 * of two), the second half smooth (neighbouring elements differ little). RUNS * graph_input_bytes
 * bytes. */
void make_vectors(const Graph *g, uint64_t seed, int64_t runs, uint8_t *inputs);
/* True if the bytes of one run's outputs are equal: integers byte for byte, floats within 1e-5
 * times the largest absolute expected value (a NaN equals a NaN). WORST may be NULL; else the first
 * differing element of the first differing output. */
typedef struct Difference {
    int32_t output; /* which graph output */
    int64_t element;
    double expected, got;
} Difference;
bool outputs_equal(const Graph *g, const uint8_t *expected, const uint8_t *got, Difference *first);
bool tensor_bytes_equal(const Tensor *t, const uint8_t *expected, const uint8_t *got,
                        int64_t *element);
double element_value(Type type, const uint8_t *bytes, int64_t element); /* raw, without scale */

/* --- samples.c: inputs and outputs in files --- */

/* Reads inputs from PATH by its extension: .bin raw bytes of all inputs in order, run after run;
 * .npy (one array: runs x elements of the one input, or exactly one run); .csv one run per line.
 * REAL: numbers are real values, quantised by each input's scale and zero point; otherwise raw
 * tensor values. */
Status samples_read(Arena *a, const Graph *g, const char *path, bool real, uint8_t **inputs,
                    int64_t *runs, Diag *d) MUST_CHECK;
Status samples_write(const Graph *g, const char *path, bool real, const uint8_t *outputs,
                     int64_t runs, Diag *d) MUST_CHECK;

/* One element from and to a number. REAL: by the tensor's scale and zero point, else as stored; what is
 * stored is rounded half away from zero and clamped to the type. AT is the element's own place. */
void element_put(const Tensor *t, bool real, double value, uint8_t *at);
/* COUNT real values likewise, one behind the other. */
void elements_put(const Tensor *t, const float *x, int64_t count, uint8_t *at);
double element_get(const Tensor *t, bool real, const uint8_t *bytes, int64_t i);

/* --- compile.c --- */

typedef struct CompileOptions {
    const char *name;   /* NULL: from the file's name */
    const char *target; /* "generic" or a target's name: one that is no native program gives stack
                         * bound and code size, and its RAM and flash are budgets */
    Optimize optimize;
    Rounding rounding;
    Feed feed;
    int64_t ram, flash; /* budgets in bytes, 0: none. RAM: where the mode's own plan takes more, layers run
                         * together row by row, as in size mode, until it fits */
} CompileOptions;

typedef struct Compiled {
    EmitOptions options; /* as emission had them; their memory is the session's */
    EmitResult result;
} Compiled;

/* Runs the pipeline on the session and emits C; ERR_LIMIT when a budget is exceeded, with the nearest plan that
 * fits in the sentence. C is freed by emit_free(&c->result), also after a failure. */
Status compile_session(Session *s, const CompileOptions *o, Compiled *c) MUST_CHECK;
/* The compiler's flag that goes with it, also for verification. */
const char *optimize_flag(Optimize optimize);
extern const char *const optimize_names[]; /* "size", ...; ends with NULL */
/* Writes the files into DIR; each is there whole or not at all. */
Status write_files(const char *dir, const EmitResult *r, Diag *d) MUST_CHECK;

/* --- verify.c
 * -------------------------------------------------------------------------------------------------
 */

typedef struct VerifyOptions {
    CompileOptions compile;
    const char *targets; /* "host,cortex-m4" */
    int64_t vectors;
    uint64_t seed;
    const char *inputs_path; /* NULL: made vectors */
    const char *expect_path; /* NULL: the plain graph on the host */
    const char *output_path; /* NULL, or where the last target's outputs are kept (samples_write) */
    bool real;               /* numbers of INPUTS_PATH and OUTPUT_PATH are real values, see samples_read */
    const char *parts_dir;   /* NULL, or where profile.txt, layer by layer, image.elf and report.json are kept;
                              * stack bounds are then left out, and each layer takes one instruction more */
    const char *command;     /* how the user called, repeated in the sentence of a difference */
} VerifyOptions;

typedef struct VerifyRow {
    const char *target;
    int64_t vectors, equal;
    int64_t instructions; /* maximum over the vectors, -1: not counted */
    int64_t cycles;       /* -1: not known */
    const char *flags;
    int64_t stack_bound_bytes; /* proven, at least STACK_BYTES; -1: not known */
    int64_t stack_bytes, text_bytes, rodata_bytes, data_bytes, bss_bytes; /* -1: not known */
    char difference[DIAG_BYTES]; /* "" or: first differing vector, layer, channel, both values,
                                    command */
} VerifyRow;

typedef struct VerifyResult {
    Arena arena;
    VerifyRow *row;
    int32_t row_count;
    int64_t weights_bytes, arena_bytes;
} VerifyResult;

/* OK when every vector is equal on every target, ERR_DIFFERS when not, ERR_TOOL when a compiler or
 * emulator is missing. PROGRESS (may be NULL) is told each target before it starts. */
typedef void (*VerifyProgress)(void *context, const char *target, int32_t index, int32_t count);
Status verify_session(Session *s, const VerifyOptions *o, VerifyResult *r, VerifyProgress progress,
                      void *context) MUST_CHECK;
void verify_free(VerifyResult *r);
json_t *verify_json(const Session *s, const VerifyOptions *o, const VerifyResult *r);

#endif
