/* The .tflite importer's own view of a model file, shared by tflite*.c and nobody else. Field
 * numbers and enumerations are those of TFLite's schema.fbs (version 3).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TFLITE_H
#define SHRINC_TFLITE_H

#include "import/flatbuffer.h"
#include "import/import.h"

/* schema.fbs TensorType. */
typedef enum TfliteType {
    TFLITE_F32 = 0,
    TFLITE_F16 = 1,
    TFLITE_S32 = 2,
    TFLITE_U8 = 3,
    TFLITE_S64 = 4,
    TFLITE_BOOL = 6,
    TFLITE_S16 = 7,
    TFLITE_S8 = 9,
    TFLITE_RESOURCE = 13,
    TFLITE_INT4 = 17,
    TFLITE_INT2 = 19
} TfliteType;

/* schema.fbs BuiltinOperator: the few that the importer itself knows. */
enum {
    CODE_CONV_2D = 3,
    CODE_DEPTHWISE_CONV_2D = 4,
    CODE_DEQUANTIZE = 6,
    CODE_FULLY_CONNECTED = 9,
    CODE_CUSTOM = 32,
    CODE_CAST = 53,
    CODE_TRANSPOSE_CONV = 67,
    CODE_QUANTIZE = 114,
    CODE_PLACEHOLDER = 127,
    CODE_CALL_ONCE = 129,
    CODE_VAR_HANDLE = 142,
    CODE_READ_VARIABLE = 143,
    CODE_ASSIGN_VARIABLE = 144
};

typedef struct OpCode {
    int32_t builtin;
    const char *custom; /* name of a custom operator, else NULL */
} OpCode;

/* A tensor as the file describes it; checked for structure, not yet for sense. */
typedef struct FileTensor {
    const char *name;
    int32_t type; /* TfliteType */
    Shape shape;
    Quant q;   /* only for integer types */
    Span data; /* NULL: none */
    bool is_variable;
    const char *refused; /* why no operator may use it ("is sparse ..."), or NULL */
    TensorId id;         /* in the graph; 0 until something uses it */
    int32_t state;       /* resource handle: 1 + index into Import.state; 0: no handle (yet) */
    bool is_written;     /* some operator before here has it as output, or it is a graph input */
} FileTensor;

/* An operator as the file describes it. */
typedef struct FileNode {
    int32_t code;       /* BuiltinOperator */
    const char *custom; /* or its custom name */
    const char *label;  /* 'node 12 "conv1" (CONV_2D)', for sentences */
    const char *name;   /* first output's name */
    int32_t *in;        /* tensor numbers, -1: left out */
    int32_t in_count;
    int32_t *out;
    int32_t out_count;
    FbTable options; /* AT 0: left out */
    Span custom_options; /* of shrinc's own operators */
} FileNode;

typedef struct SubGraph {
    const char *prefix; /* "" for the main one, "subgraph 2, " for others: stands before "node 7" */
    FileTensor *tensor;
    int32_t tensor_count;
    FileNode *node;
    int32_t node_count;
    int32_t *input;
    int32_t input_count;
    int32_t *output;
    int32_t output_count;
} SubGraph;

/* A resource variable: all handles with one shared_name. */
typedef struct State {
    const char *name;
    TensorId id; /* 0 until its type and shape are known */
} State;

/* Faults that are tolerated: one warning per kind, however many tensors have it. */
typedef enum Tolerated {
    TOLERATED_AXIS,       /* W01 */
    TOLERATED_BIAS_SCALE, /* W02 */
    TOLERATED_ZERO_POINT, /* W03 */
    TOLERATED_METADATA,   /* W04 */
    TOLERATED_COUNT
} Tolerated;

typedef struct Import {
    Fb fb;
    Diag *d;
    const ImportLimits *limits;
    Arena scratch; /* dies with the import */
    Graph *g;
    FbTable model;
    FbVector subgraphs;
    Span *buffer;
    int32_t buffer_count;
    OpCode *code;
    int32_t code_count;
    SubGraph main;
    State *state;
    int32_t state_count;
    int32_t state_capacity;
    bool uses_state;          /* a READ_VARIABLE or ASSIGN_VARIABLE was seen */
    int32_t tolerated[TOLERATED_COUNT];
    char *tolerated_text[TOLERATED_COUNT]; /* the first of its kind */
} Import;

/* --- tflite.c --- */

Status import_subgraph(Import *im, int32_t index, SubGraph *out) MUST_CHECK;
void import_tolerate(Import *im, Tolerated kind, const char *format, ...) PRINTF_LIKE(3, 4);
/* A name fit for one line of a terminal: control bytes and broken UTF-8 become '?', long names are
 * cut and get a hash. NULL text gives FALLBACK. */
const char *import_name(Import *im, Span text, const char *fallback);

/* --- tflite_tensor.c --- */

Status import_buffers(Import *im) MUST_CHECK;
Status import_tensors(Import *im, const FbTable *subgraph, SubGraph *out) MUST_CHECK;
/* The graph's tensor for a file tensor; refuses types and forms that shrinc cannot use. WHO: label
 * of the operator or 'graph input 0', for the sentence. */
Status import_tensor_id(Import *im, SubGraph *s, int32_t index, const char *who,
                        TensorId *id) MUST_CHECK;
const char *import_type_name(int32_t type); /* "INT8", "STRING" */
int64_t import_element_bytes(int32_t type); /* 0: not of a fixed, whole size */

/* --- tflite_node.c --- */

Status import_op_codes(Import *im) MUST_CHECK;
Status import_nodes(Import *im, const FbTable *subgraph, SubGraph *out) MUST_CHECK;
/* Refuses operators and number systems that shrinc lacks, all of them in one sentence. */
Status import_check_supported(Import *im) MUST_CHECK;
Status import_build_nodes(Import *im) MUST_CHECK;
/* The graph's tensor for an argument of N in the main subgraph: read (must have a value by now), or
 * written (must not have one yet). */
Status import_read_id(Import *im, const FileNode *n, int32_t index, TensorId *id) MUST_CHECK;
Status import_written_id(Import *im, const FileNode *n, int32_t index, TensorId *id) MUST_CHECK;

/* --- tflite_state.c: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, CALL_ONCE --- */

/* The subgraph that a CALL_ONCE runs: a number from 1 to the last. */
Status import_callee(Import *im, const FileNode *n, int32_t *callee) MUST_CHECK;
/* *DONE: the operator was one of these and is taken care of; else it is an ordinary one. */
Status import_state_node(Import *im, const FileNode *n, int32_t index, bool *done) MUST_CHECK;

/* --- tflite_meta.c --- */

Status import_meta(Import *im) MUST_CHECK;

/* --- tflite_notes.c --- */

/* The JSON document "shrinc". */
void import_notes(Import *im, Span document);
/* What TFLite metadata say of the first subgraph's inputs, or outputs; empty if nothing. */
Status import_port_metadata(Fb *metadata, bool of_inputs, FbVector *out) MUST_CHECK;
/* Normalisation of the inputs as TFLite metadata have it. */
Status import_normalization(Import *im, Fb *metadata) MUST_CHECK;

#endif
