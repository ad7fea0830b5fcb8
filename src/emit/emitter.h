/* What the files of src/emit share: the constant arrays, params and names of one emission.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_EMITTER_H
#define SHRINC_EMITTER_H

#include "emit/emit.h"

enum { LINE_COLUMNS = 100 };

/* One constant array of NAME_weights.h; equal contents are stored once. */
typedef struct Array {
    const char *name;
    const char *comment; /* raw text, cleaned when printed */
    Type type;
    const void *data;
    int64_t count;
    int64_t rows;    /* > 0: declared as [rows][count / rows] */
    int32_t per_row; /* elements of a printed row, 0: as fits */
    int32_t node;    /* the first that reads it, -1: the reset of state */
    bool is_rom;     /* every reader goes through shrinc_rom_*(): may lie in program memory */
} Array;

/* One params struct of NAME.c; equal ones are shared. */
typedef struct ParamSet {
    const char *name;
    const Kernel *kernel;
    const void *params;
} ParamSet;

/* What one call refers to; calls are numbered in run order over the whole graph. */
typedef struct CallUse {
    const Kernel *kernel;
    int32_t params;          /* index into PARAMS or -1 */
    int32_t array[MAX_ARGS]; /* index into ARRAY or -1 */
} CallUse;

typedef struct Emitter {
    Arena arena;
    const Graph *g;
    const EmitOptions *o;
    const char *name;  /* "kws" */
    const char *upper; /* "KWS" */
    Array *array;
    int32_t array_count;
    ParamSet *params;
    int32_t params_count;
    CallUse *use;
    int32_t use_count;
    const char **state_name; /* by TensorId: member of the struct, NULL for what is no state */
    int32_t *state_init;     /* by TensorId: array with a state's initial value, or -1 */
    int32_t node;            /* being collected */
    bool view[TYPE_COUNT];   /* types that the arena is seen as */
    const char **taken;  /* file-scope identifiers of the emitted C */
    int32_t taken_count, taken_capacity;
    int64_t weights_bytes;
    int64_t macs;
    bool needs_math; /* the emitted C includes <math.h> */
} Emitter;

/* --- emit.c --- */

/* What one call of NAME_push_... brings, where the input does not come whole: "row" or "step". */
const char *feed_word(const Graph *g, bool is_macro);

int64_t node_macs(const Graph *g, const Node *n);
int64_t node_weights_bytes(const Emitter *e, int32_t node);
/* "arena.s8[16]" or "state_h[0]": what &m-> goes in front of, seen as elements of type VIEW. */
const char *place_text(const Emitter *e, TensorId id, int64_t offset_bytes, Type view, char text[96]);
/* Where a tensor lies: bytes from the arena's start; -1 for state and constants. */
int64_t tensor_offset(const Graph *g, TensorId id);
/* "25x5x64": a shape for people, without the batch of 1. */
const char *shape_short(const Shape *s, char text[96]);
/* "kws_input", "KWS_OUTPUT_0": INPUT i or OUTPUT i with a number only if there are several. */
const char *port_text(const Emitter *e, bool is_input, bool is_macro, int32_t i, char text[96]);

/* The parameter of NAME_run for it: "x", or "x0", "x1" if there are several; outputs "y". */
const char *port_variable(const Emitter *e, bool is_input, int32_t i, char text[96]);
/* Element type that argument I of K points to; OWN where the kernel takes a void pointer. */
Type arg_view(const Kernel *k, int32_t i, Type own);

/* --- cname.c --- */

/* A file-scope identifier that nothing else has: "CNAME_SUFFIX", numbered if taken; lives in e->arena. */
const char *name_unique(Emitter *e, const char *cname, const char *suffix);
void name_take(Emitter *e, const char *name); /* keeps NAME from name_unique */
const char *text_upper(Arena *a, const char *text);
/* Text from a model file inside a comment: printable ASCII that ends no comment and no line, cut when long. */
const char *text_comment(Arena *a, const char *text);
const char *text_comment_short(Arena *a, const char *text, size_t most); /* cut after MOST characters */
/* The same bytes (the first 1000) as a C string literal with its quotes. */
const char *text_literal(Arena *a, const char *text);

/* --- value.c --- */

/* Element I of DATA as a C constant. */
const char *value_text(Type type, const void *data, int64_t i, char text[48]);
const char *float_text(float value, char text[48]);
bool value_needs_math(Type type, const void *data, int64_t count); /* INFINITY or NAN */
/* "static const T NAME[COUNT] ATTR = { ... };" */
void array_print(Out *out, const Array *a, const char *attr);

/* --- call.c --- */

/* How a call is printed that makes one row of an image. */
typedef struct RowText {
    TensorId slid;       /* a window whose last row alone is written; 0: none */
    const char *params;  /* "p" or "net_conv" */
    const char *address; /* the row, "row2", if the kernel knows none and gets its addresses instead; else NULL */
    int32_t indent;
} RowText;

/* "&m->arena.s8[16]" -> "&m->arena.s8[16 + (row2 * 64)]" */
const char *add_index(Emitter *e, const char *text, const char *add);
/* Elements from the start of an image's storage to its row ROW; NULL: none. */
const char *row_offset(Emitter *e, const Tensor *t, const char *row);
/* ROW: the call makes one row; NULL: all. */
void emit_call(Emitter *e, Out *out, const CallUse *use, const Call *c, const RowText *row);
void emit_trace(Emitter *e, Out *out, int32_t node); /* NAME_TRACE of NODE's outputs */
void emit_title(Emitter *e, Out *out, int32_t node); /* its number, name and shapes in a comment */

/* --- rows.c: each returns the uses behind those of its layers --- */

/* Layers FIRST .. as one loop. */
const CallUse *emit_segment(Emitter *e, Out *out, const CallUse *use, int32_t first);
/* The layers of a sliding window, in turn, each one row. */
const CallUse *emit_step(Emitter *e, Out *out);
/* The first layers, as far as the rows that were brought let them go. */
const CallUse *emit_pushed_rows(Emitter *e, Out *out);

/* --- one file of output each --- */

void emit_header(Emitter *e, Out *out);
void emit_normalization(Emitter *e, Out *out); /* normalize.c: a part of NAME.h */
void emit_push(Emitter *e, Out *out);          /* push.c: likewise, for a model that gives events */
void emit_source(Emitter *e, Out *out);
void emit_weights(Emitter *e, Out *out);
void emit_kernels(Emitter *e, Out *out);
void emit_selftest(Emitter *e, Out *out);
void emit_report(Emitter *e, Out *out);
json_t *report_document(Emitter *e, const EmitResult *result);
/* The first lines of each C file, up to the end of its comment's first paragraph (the comment stays open). */
void file_head(Emitter *e, Out *out, const char *suffix, const char *what);

/* kernels.c: the rt/ text that defines ROOTS, with everything they need and nothing else, system includes first.
 * X86: with the loops for x86-64. Functions get PREFIX ("KWS_CODE_ATTR ") in front. */
void rt_print(Out *out, const char *const *root, int32_t root_count, const char *const *path, int32_t path_count,
              Rounding rounding, bool x86, const char *prefix);

#endif
