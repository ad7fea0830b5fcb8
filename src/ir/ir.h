/* Floor 2: the graph. Arrays and indices: tensors, and nodes in run order. Knows no operator.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_IR_H
#define SHRINC_IR_H

#include "base/base.h"

/* --- types ------------------------------------------------------------------------------------ */

enum { MAX_RANK = 6, MAX_ARGS = 24, MAX_INTS = 8 };

typedef enum Type {
    TYPE_NONE, TYPE_F32, TYPE_S8, TYPE_U8, TYPE_S16, TYPE_S32, TYPE_S64, TYPE_BOOL,
    TYPE_F16, /* constants alone: IEEE 754 binary16, kept as its bits */
    TYPE_S4,  /* weights alone: -8..7, a byte each here, two a byte in files and less on the device */
    TYPE_S2,  /* weights alone: -2..1, a byte each here, four a byte in files */
    TYPE_COUNT
} Type;

typedef int32_t TensorId; /* index into Graph.tensor; 0 means none (an optional input left out) */

typedef struct Shape {
    int32_t rank;          /* 0 (a scalar) .. MAX_RANK */
    int32_t dim[MAX_RANK]; /* each >= 1 once shapes are inferred; 0 and -1 only before that */
} Shape;

/* real = (q - zero[c]) * scale[c]. COUNT 0: not quantised; 1: per tensor; else one per slice along
 * AXIS. Scales are finite and > 0 (checked at import). */
typedef struct Quant {
    int32_t count;
    int32_t axis;
    float *scale;
    int32_t *zero; /* as many as scales */
} Quant;

typedef struct Tensor {
    const char *name;    /* as in the model file */
    const char *cname;   /* unique C identifier of at most 31 characters, set by pass_names */
    Type type;
    Shape shape;
    Quant q;
    const uint8_t *data; /* constant: its bytes, little endian, row major; state: initial value */
    int64_t data_bytes;
    bool is_state;       /* lives from call to call (variables, recurrent state); DATA NULL: see state_start */
    /* memory (pass_alias, pass_plan_memory) */
    TensorId alias_of;    /* 0, or the tensor whose storage this one shares (chains are followed) */
    int64_t alias_offset; /* bytes from the start of ALIAS_OF */
    int64_t offset;       /* bytes from the arena's start, -1 while unplanned; state and constants: -1 */
    int32_t ring;         /* > 0: as many rows of an image are in memory, row r at slot r mod ring (pass_fuse_rows) */
} Tensor;

typedef struct IntList {
    int32_t count;
    int32_t value[MAX_INTS];
} IntList;

/* --- attributes: one table per operator serves importer, writer, text form and checks ----------- */

typedef enum AttrType { ATTR_INT, ATTR_FLOAT, ATTR_BOOL, ATTR_ENUM, ATTR_INTS } AttrType;

/* How a field lies in the operator's TFLite options table. */
typedef enum Wire { WIRE_NONE, WIRE_I8, WIRE_I32, WIRE_I64, WIRE_F32, WIRE_BOOL, WIRE_INTS } Wire;

/* Storage in the attribute struct: ATTR_INT and ATTR_ENUM int32_t, ATTR_FLOAT float, ATTR_BOOL bool,
 * ATTR_INTS IntList. Enumerations keep TFLite's numbers. */
typedef struct AttrDesc {
    const char *name;
    AttrType type;
    size_t offset;
    Wire wire;
    int32_t slot;             /* field number in the options table (schema.fbs) */
    double default_value;     /* used where the file leaves the field out */
    double min, max;          /* inclusive; ATTR_ENUM: by NAMES instead; ATTR_INTS: 0, 0 means no bounds */
    const char *const *names; /* ATTR_ENUM: text form by value, ends with NULL; "" inside: refused */
    const char *onnx;         /* ONNX attribute name or NULL */
} AttrDesc;

/* What floor 2 knows of an operator: enough to print and parse it. op.h's Op starts with one. */
typedef struct Kind {
    const char *name; /* text form: "conv_2d" */
    const AttrDesc *attrs;
    int32_t attr_count;
    size_t attr_bytes; /* size of the attribute struct, 0 if there is none */
} Kind;

/* --- the device program of a node: calls of rt/ kernels ------------------------------------------- */

typedef enum ArgKind { ARG_TENSOR, ARG_CONST, ARG_SCRATCH, ARG_NONE } ArgKind;

/* One pointer argument of a kernel. */
typedef struct Arg {
    ArgKind kind;
    TensorId tensor;    /* ARG_TENSOR */
    int64_t offset;     /* ARG_TENSOR: bytes added to its address; ARG_SCRATCH: arena offset (planned) */
    const char *suffix; /* ARG_CONST: name of the array after the node's: "bias", "multiplier", "table" */
    Type type;          /* ARG_CONST, ARG_SCRATCH: element type */
    const void *data;   /* ARG_CONST: the elements */
    int32_t count;      /* ARG_CONST, ARG_SCRATCH: elements */
    int32_t per_row;    /* ARG_CONST: elements on a printed row, 0: as fits */
    bool is_kept;       /* ARG_SCRATCH: from row to row, where layers run together */
} Arg;

typedef struct Call {
    struct Call *next;
    const char *kernel; /* "shrinc_conv_2d_s8" */
    void *params;       /* that kernel's own params struct (rt/), or NULL if it takes none */
    Arg arg[MAX_ARGS];  /* in the order of the kernel's prototype, after the params */
    int32_t arg_count;
} Call;

/* --- nodes, graph ------------------------------------------------------------------------------------ */

typedef struct Node {
    const Kind *kind;
    const char *name;  /* layer name as in the model (the first output's), for reports */
    const char *cname; /* unique C identifier, set by pass_names */
    int32_t index;     /* operator number in the model file, for sentences; -1: made by a pass */
    TensorId *in;
    int32_t in_count;
    TensorId *out;
    int32_t out_count;
    void *attr;        /* struct of KIND->attr_bytes or NULL */
    Call *calls;       /* set by pass_lower; NULL with no calls: a view, nothing to do */
    int32_t segment;   /* > 0: runs row by row, together with its neighbours of that number (pass_fuse_rows) */
    bool is_dead;      /* set by passes, swept by graph_sweep */
} Node;

/* Rounding family of requantisation. TFLITE: doubling high multiply, then a rounded shift (TFLite
 * Micro's reference kernels). SINGLE: one 64-bit multiply and shift, rounded once. */
typedef enum Rounding { ROUNDING_TFLITE, ROUNDING_SINGLE } Rounding;

/* How the input reaches the device. ROWS: one row of the image at a time, from the top. STEPS: a window that slides
 * along its rows, by one new row at a time. */
typedef enum Feed { FEED_WHOLE, FEED_ROWS, FEED_STEPS } Feed;

/* Normalisation of one input or output: x = (raw - offset[c]) * gain[c], where x is the real value
 * that the network takes or gives and raw what a sensor says or a user wants. COUNT 0: none; 1: for
 * the whole tensor; its last dimension: for each channel c; all its elements: for each. Values are
 * finite, gains of outputs not 0. */
typedef struct Scaling {
    int32_t count;
    float *offset, *gain;
    const char *units; /* of raw: "g", "degC"; may be NULL */
} Scaling;

/* A note that travels with the model file: KEY "training" holds the record of how it was made. */
typedef struct Meta {
    const char *key, *text;
} Meta;

typedef struct Graph {
    Arena arena;        /* everything the graph points to, but file bytes */
    const char *name;
    Tensor *tensor;     /* tensor[0] is unused */
    int32_t tensor_count;
    int32_t tensor_capacity;
    Node *node;
    int32_t node_count;
    int32_t node_capacity;
    TensorId *input;
    int32_t input_count;
    TensorId *output;
    int32_t output_count;
    Rounding rounding;
    bool prefers_size;       /* of two kernels the one with less code, unless it takes much longer */
    bool plain_kernels;      /* the core has no use for packed weights: a fact of --target */
    bool may_fuse_rows; /* RAM is worth calls for single rows: see pass_fuse_rows */
    Feed feed;          /* of the one input */
    int64_t enough_bytes; /* an arena of so many needs no further saving of that kind; 0: the less the better */
    const char *description; /* from the model file, may be NULL */
    const char **label;      /* class labels from metadata, may be NULL */
    int32_t label_count;
    const char **input_name;  /* what the model's signature calls its inputs and outputs: NULL, or an entry */
    const char **output_name; /* each, which may be NULL */
    Scaling *input_scaling;     /* normalisation: NULL, or an entry each */
    Scaling *output_scaling;
    Meta *meta;               /* notes in the order they were set, keys unique */
    int32_t meta_count;
    const char *min_runtime_version; /* of TFLite, as the converter noted it; may be NULL */
    /* memory plan (pass_plan_memory) */
    int64_t arena_bytes, lower_bound_bytes, greedy_bytes, state_bytes;
    bool plan_is_optimal;    /* proven, not only the best found */
} Graph;

/* --- graph.c ------------------------------------------------------------------------------------------ */

Graph *graph_new(const char *name);
void graph_free(Graph *g);
/* A graph of its own with the same tensors (same ids), nodes, inputs and outputs; constants are copied, calls and plan
 * are left behind. */
Graph *graph_copy(const Graph *g);
/* Pointers into g->tensor / g->node are valid until the next graph_add_*. */
TensorId graph_add_tensor(Graph *g, const char *name, Type type, Shape shape);
/* A constant of COUNT elements; DATA is copied. */
TensorId graph_add_const(Graph *g, const char *name, Type type, Shape shape, const void *data);
Node *graph_add_node(Graph *g, const Kind *kind, const char *name, int32_t in_count, int32_t out_count);
Tensor *tensor(const Graph *g, TensorId id);          /* id >= 1 */
void graph_set_quant(Graph *g, TensorId id, float scale, int32_t zero); /* per tensor */
int32_t graph_use_count(const Graph *g, TensorId id); /* reads by live nodes, +1 per graph output */
int32_t graph_producer(const Graph *g, TensorId id);  /* node number or -1 */
bool graph_is_input(const Graph *g, TensorId id);
bool graph_is_output(const Graph *g, TensorId id);
void graph_sweep(Graph *g);                           /* removes nodes marked dead, keeps order */
bool tensor_is_const(const Tensor *t);                /* has data and is not state */
/* What each element of a state without initial value starts as: the zero point of s8, as in the reference, else 0. */
int32_t state_start(const Tensor *t);
bool tensor_is_activation(const Tensor *t);           /* lives in the arena */
TensorId tensor_root(const Graph *g, TensorId id, int64_t *offset_bytes); /* follows aliases */

/* --- meta.c: what travels with a model and changes no answer ------------------------------------------- */

/* Sets or replaces a note; both texts are copied. */
void graph_set_meta(Graph *g, const char *key, const char *text);
const char *graph_meta(const Graph *g, const char *key); /* NULL: there is none */
/* It hears a stream and gives events: note "sensor", state, input 0 s16 [1, hop, channels], output 0 one s8. */
bool graph_gives_events(const Graph *g);
/* The normalisation of input (output) I, to be filled in; never NULL. */
Scaling *graph_scaling(Graph *g, bool is_input, int32_t i);
/* COUNT is one of those allowed for a tensor of this shape. */
bool scaling_fits(const Shape *s, int32_t count);
/* Names of inputs and outputs, description, labels, normalisation and notes become copies of FROM's, whose inputs and
 * outputs are the same in number (graph_copy does this too). */
void graph_copy_meta(Graph *to, const Graph *from);

/* --- options.c: the attributes of custom operators in a model file --------------------------------------- */

void options_write(const Kind *k, const void *attr, Out *out);
/* Into ATTR, which holds the defaults; WHO stands in front of a sentence. Ranges are attr_check's business. */
Status options_read(const Kind *k, Span bytes, const char *who, void *attr, Diag *d) MUST_CHECK;

/* --- shape.c ------------------------------------------------------------------------------------------- */

Shape shape_of(int32_t rank, const int32_t *dim);
bool shape_equal(const Shape *a, const Shape *b);
int64_t shape_count(const Shape *s);     /* product of the dims; 1 for a scalar */
int32_t shape_dim_back(const Shape *s, int32_t i); /* i-th from the back, 1 where the rank is less */
const char *shape_text(const Shape *s, char text[96]); /* "[1,49,10,1]" */
int32_t type_bytes(Type t);              /* of an element in memory */
int32_t type_bits(Type t);               /* of an element in a file: 8 * type_bytes, but 4 and 2 of S4 and S2 */
bool type_is_weights(Type t);            /* S8, S4 or S2: a byte each in memory */
int64_t tensor_file_bytes(const Tensor *t);
/* COUNT numbers of S4 or S2, a byte each, to and from a file's bytes, the first one in the lowest bits. */
void type_pack(Type t, const int8_t *numbers, int64_t count, uint8_t *bytes);
void type_unpack(Type t, const uint8_t *bytes, int64_t count, int8_t *numbers);
const char *type_name(Type t);           /* "s8" */
const char *type_c(Type t);              /* "int8_t" */
Type type_find(const char *name);        /* TYPE_NONE if unknown */
int64_t tensor_bytes(const Tensor *t);
int64_t tensor_arena_bytes(const Tensor *t); /* the same, or those of the rows that are in memory */

/* --- scale.c: fixed-point numbers (TFLite's quantisation specification) -------------------------------- */

/* REAL = multiplier * 2^(shift-31), multiplier 0 or in [2^30, 2^31); shift > 0 multiplies. Rounds half
 * away from zero; REAL below 2^-32 gives 0, 0. Requires a finite REAL >= 0. */
void scale_to_multiplier(double real, int32_t *multiplier, int32_t *shift);

/* --- half.c: float16, IEEE 754 binary16 -------------------------------------------------------------- */

float half_to_float(uint16_t half);
/* Rounds to the nearest, halves to even; beyond 65504 by half a step and more: infinity. */
uint16_t half_from_float(float value);

/* --- print.c, parse.c: the text form; verify.c ------------------------------------------------------------ */

/* Prints the whole graph; parses back to an equal one. Constants of up to 64 elements are printed as values,
 * larger ones as @weights+offset of a companion byte block (collected into WEIGHTS if not NULL). */
void graph_print(const Graph *g, Out *out, Out *weights);
typedef const Kind *(*KindFind)(const char *name);
Status graph_parse(const char *text, Span weights, KindFind find, Graph **out, Diag *d) MUST_CHECK;
/* Structure: indices in range, one producer each, written before read, no activation both input and
 * output of a node, outputs written. */
Status graph_verify(const Graph *g, Diag *d) MUST_CHECK;
/* fail() with the node said in front: node 12 "conv1" (CONV_2D): ... */
Status fail_node(const Graph *g, const Node *n, Diag *d, Status code, const char *format, ...) PRINTF_LIKE(5, 6);
/* Text of one attribute value / set from text; used by print, parse and the tests. */
void attr_print(const AttrDesc *a, const void *attr, Out *out);
Status attr_parse(const AttrDesc *a, const char *text, void *attr, Diag *d) MUST_CHECK;
void attr_defaults(const Kind *k, void *attr);
/* By name, for passes that know what an attribute means but not whose it is. NULL, OTHERWISE, false: there is none. */
const AttrDesc *attr_find(const Kind *k, const char *name);
int32_t attr_int(const Node *n, const char *name, int32_t otherwise); /* of ATTR_INT and ATTR_ENUM */
bool attr_set_int(Node *n, const char *name, int32_t value);
Status attr_check(const Graph *g, const Node *n, Diag *d) MUST_CHECK; /* ranges and enum values */

#endif
