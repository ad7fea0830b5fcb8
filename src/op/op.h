/* Floor 3: what operators mean. One operator is one file; the folder listing is the registry.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_H
#define SHRINC_OP_H

#include "ir/ir.h"

/* Traits that passes ask for instead of operator names. */
enum {
    TRAIT_VIEW = 1 << 0, /* output is input 0's bytes under another shape: no call, no copy */
    TRAIT_ELEMENTWISE =
        1 << 1, /* output element i depends on element i of each input (after broadcast) */
    TRAIT_FUSES_CLAMP =
        1 << 2, /* has an attribute "act" and can take a following RELU, RELU6, RELU_N1_TO_1 */
    TRAIT_CLAMP = 1 << 3,  /* is such an activation itself (relu, relu6, relu_n1_to_1) */
    TRAIT_WINDOW = 1 << 4, /* input 0 is [batch, height, width, channels], what lies outside it
                            * counts as real zero, and attributes padding, pad_top .. pad_right can
                            * say so: takes over a PAD before it */
    TRAIT_STATEFUL =
        1 << 5, /* reads or writes state; never folded, dropped or reordered against it */
    TRAIT_CONST_ONLY =
        1 << 6, /* exists only to be folded (shape, fill, range): refused if it survives. Its calls
                 * read constants alone: what depends on a shape goes in by call_const */
    TRAIT_MOVES_DATA = 1 << 7, /* only moves elements: scales of input and output are the same */
    TRAIT_PADS =
        1
        << 8, /* output is input 0 with constant elements around it: input 1 is a constant [rank, 2]
               * of counts before and behind, input 2, if there is one, the value, else real zero */
    TRAIT_TRAIN_ONLY = 1 << 9, /* exists only while training: folded into other nodes before lower,
                                * which refuses it */
    TRAIT_SETS_GRADIENT = 1 << 10, /* BACKWARD looks at Shard.set */
    TRAIT_ROWS = 1 << 11, /* its kernels make row r of the output of input rows r * stride - pad and later, as those
                           * with TRAIT_WINDOW do */
};

/* TFLite's numbers. */
typedef enum FusedActivation {
    ACT_NONE = 0,
    ACT_RELU = 1,
    ACT_RELU_N1_TO_1 = 2,
    ACT_RELU6 = 3,
    ACT_TANH = 4,
    ACT_SIGN_BIT = 5
} FusedActivation;
typedef enum Padding { PAD_SAME = 0, PAD_VALID = 1, PAD_EXPLICIT = 2 } Padding;
extern const char
    *const act_names[]; /* "none", "relu", "relu_n1_to_1", "relu6", NULL (others refused) */
extern const char *const pad_names[]; /* "same", "valid", "explicit", NULL */

/* How the channels (the last dimension) of a node's activations hang together, for
 * pass_drop_dead_channels. OPAQUE: nothing is known. EACH: output channel c depends on channel c of
 * the inputs alone. MIX: output channel o depends on input channel i of input 0 if a weight
 * w[..o..i..] is not zero. JOIN: the output's channels are those of the inputs, one input behind the
 * other. */
typedef enum ChannelKind { CHANNELS_OPAQUE, CHANNELS_EACH, CHANNELS_MIX, CHANNELS_JOIN } ChannelKind;
typedef struct Channels {
    ChannelKind kind;
    int32_t weights, bias;     /* which inputs they are; 0: there are none. Their zero point is 0 */
    int32_t out_axis, in_axis; /* of the weights; EACH has no IN_AXIS */
    bool pads;                 /* pixels beyond the border count as the input's zero point */
} Channels;

/* A node at work on BATCH samples at once. An activation of shape [1, ...] holds BATCH blocks of
 * shape_count floats, one a sample; a constant holds one block, and so does what is made of constants
 * alone (then BATCH is 1). */
typedef struct Shard {
    const Graph *g;
    const Node *n;
    int32_t batch;
    int32_t samples;        /* BATCH, also where that is 1 for the reason above */
    bool training;          /* dropout drops, batch norm takes the step's own statistics */
    uint64_t seed;          /* of this step, shard and node, for dropout */
    const float *const *in; /* [in_count], NULL where left out */
    float *const *out;      /* [out_count] */
    float *const *d_in;     /* [in_count] gradients to add to; NULL where not wanted. Of a statistic
                              * (batch norm's mean and variance): BACKWARD adds samples * its own value */
    float *const *d_out; /* [out_count], to be overwritten at will: BACKWARD is their last reader */
    uint64_t set;        /* bit i: d_in[i] holds nothing yet and is set, not added to. Operators
                          * without TRAIT_SETS_GRADIENT find zeros there */
    uint64_t single;     /* bit i: input i is one block for all samples: a constant, or made of
                          * constants alone */
    const void *plan;    /* what Op.plan made */
    float *keep;
    float *work;
} Shard;

/* How the float form of an operator becomes the integer one (TFLite's quantisation specification).
 * FLOAT: it has none, or it only moves elements (TRAIT_MOVES_DATA, TRAIT_VIEW: then as SAME). FREE:
 * each float input and output gets a scale of its own. SAME: all have one scale. FIXED: the
 * output's is given by the formula. MAC: sums of products with constant weights, which are
 * symmetric with a scale per output channel; the bias is in steps of scale_x * scale_w. */
typedef enum QuantRule { QUANT_FLOAT, QUANT_FREE, QUANT_SAME, QUANT_FIXED, QUANT_MAC } QuantRule;
typedef struct QuantSpec {
    QuantRule rule;
    int32_t x, weights, bias;   /* MAC: which inputs; FREE: weights > 0 is a constant that is symmetric */
    int32_t out_axis, in_axis;  /* MAC: of the weights; equal where channel c reads c alone */
    double scale_s8, scale_s16; /* FIXED */
    int32_t zero_s8;            /* FIXED; s16 is symmetric */
} QuantSpec;

typedef struct Op {
    Kind kind;               /* first: a Node's kind pointer is its Op */
    const char *tflite_name; /* "CONV_2D", NULL if TFLite has none; of a CUSTOM operator the custom name */
    int32_t tflite_code;     /* BuiltinOperator, -1 if none, TFLITE_CUSTOM: its options are those of ir/options.c */
    int32_t tflite_options;  /* BuiltinOptions union type that holds the attributes, 0 if none */
    uint32_t traits;
    QuantSpec quant;
    int32_t min_in, max_in; /* number of inputs; trailing optional ones may be 0 or left out */
    int32_t min_out, max_out;

    /* Checks inputs and attributes completely (types, ranks, dims, axes, divisors, products) and
     * sets the outputs' shapes. Also checks the quantisation it relies on. A sentence for each
     * refusal. */
    Status (*infer)(Graph *g, Node *n, Diag *d);
    /* Sets n->calls for the types at hand: kernel, params, constants. After it nothing can fail at
     * run time. ERR_UNSUPPORTED with a sentence if there is no kernel for these types. NULL for
     * views. */
    Status (*lower)(Graph *g, Node *n, Diag *d);
    /* Multiply-accumulates of one run; NULL: 0. */
    int64_t (*macs)(const Graph *g, const Node *n);
    /* Smallest legal (address of input IN) - (address of output 0) in bytes such that the kernel,
     * in its real loop order, never overwrites an input byte it still needs. 0: in place is fine.
     * NULL: never overlaps (then the distance is the output's size). */
    int64_t (*overlap)(const Graph *g, const Node *n, int32_t in);
    /* For operators whose kernels can also run backward (their params have a member "backward"):
     * the smallest legal (address of output 0) - (address of input IN) then. NULL: they cannot. */
    int64_t (*overlap_back)(const Graph *g, const Node *n, int32_t in);
    /* For operators that make one row of all input rows: a call that takes a row of the input at a time and writes the
     * output with the last one; its params have members "row", "rows" and "in_ring". NULL, or returns NULL: cannot. */
    Call *(*gather_rows)(Graph *g, const Node *n);
    /* How its channels hang together. NULL: opaque, but for views that keep the last dimension and
     * elementwise operators on equal shapes. */
    Channels (*channels)(const Graph *g, const Node *n);
    /* The node is y = gain[c] * x + offset[c] with constants, c the last dimension, before its "act":
     * fills both (as many as channels) and returns which input x is; -1 if it is not. NULL: never. */
    int32_t (*affine)(const Graph *g, const Node *n, float *gain, float *offset);

    /* Training, float only. FORWARD computes the outputs of a shard, BACKWARD adds to the gradients
     * of its inputs. NULL: cannot be trained through. Views have neither. */
    void (*forward)(const Shard *s);
    void (*backward)(const Shard *s);
    /* Of an operator that goes on only when all shards of a step are there (batch norm). Before
     * FORWARD, and again before BACKWARD, MEASURE leaves in KEEP what must be known of its shard; MEET,
     * for the same node in COUNT shards, makes of these what each of them goes on with. Not called
     * where the node's statistics are frozen, nor outside training. */
    void (*measure)(const Shard *s, bool backward);
    void (*meet)(const Shard *const *s, int32_t count, bool backward);
    /* Floats that FORWARD leaves for BACKWARD of the same shard, and floats of work space that
     * either needs for itself. NULL: none. */
    int64_t (*keep_count)(const Graph *g, const Node *n, int32_t batch);
    int64_t (*work_count)(const Graph *g, const Node *n, int32_t batch);
    /* What FORWARD and BACKWARD need to know of the node, made once; NULL: nothing. */
    const void *(*plan)(const Graph *g, const Node *n, Arena *a);
    /* The role of each input, a letter each; the last one repeats. x: data, whose gradient is
     * wanted if anything before it learns; a constant there stays as it is. Constants there are
     * parameters: w weights, b bias, s scale; B and S likewise unless of one element (1 - z stays).
     * r: running statistic. -: has no gradient. NULL: "x". */
    const char *train_in;
} Op;

/* --- op.c: the registry (its table is written by the build from the folder listing) --- */

extern const Op *const op_table[]; /* sorted by name, ends with NULL */
const Op *op_find(const char *name);
const Kind *op_find_kind(const char *name); /* for graph_parse */
const Op *op_find_tflite(int32_t builtin_code);
/* Of TFLite's CUSTOM operators those that are shrinc's own, by their name in the file ("shrinc_biquad"). */
enum { TFLITE_CUSTOM = 32 };
const Op *op_find_custom(const char *name);
const Op *op_of(const Node *n);
/* The operator's quantisation rule, that of its traits included. */
QuantRule op_quant_rule(const Op *op);
/* Name of any TFLite builtin operator, known to shrinc or not ("WHILE"); NULL if the number is
 * unknown. */
const char *tflite_operator_name(int32_t builtin_code);
/* The BuiltinOptions type that operator may carry, 0 if none. */
int32_t tflite_operator_options(int32_t builtin_code);

/* --- kernel.c: the device library as the host sees it (table written by the build from rt/) --- */

typedef struct KernelField { /* one member of a params struct */
    const char *name;
    Type type; /* S8 S16 S32 S64 U8 F32 */
    size_t offset;
    int32_t count; /* elements; > 1: an array */
    const char *comment;
} KernelField;

typedef struct Kernel {
    const char *name;        /* "shrinc_conv_2d_s8" */
    const char *path;        /* "rt/shrinc_conv_2d_s8.c" */
    const char *params_type; /* "shrinc_conv_2d_s8_params" or NULL */
    size_t params_bytes;
    const KernelField *fields;
    int32_t field_count;
    int32_t arg_count;            /* pointers after the params */
    const char *const *arg_types; /* "const int8_t *" */
    const char *const *arg_names; /* "weights" */
    uint32_t rom_args;            /* bit i: argument i is read only through shrinc_rom_*() */
} Kernel;

const Kernel *kernel_find(const char *name);
/* Runs the kernel's own source on the host; ARG as in its prototype, after the params. Where rt/ has a twin for the
 * CPU at hand it is that: the fastest one, unless kernel_use() chose. */
void kernel_run(const Kernel *k, Rounding rounding, const void *params, void *const *arg);
/* From here kernels run as the twin NAME: "portable" (plain C), "avx2", "avxvnni" or "avx512vnni"; false if there is no
 * such or the CPU cannot run it. Not while another thread runs kernels. */
bool kernel_use(const char *name);
const char *kernel_used(void); /* the name of the twin in use */

/* --- call.c: building a node's calls --- */

/* Appends a call of KERNEL with a zeroed params struct of PARAMS_BYTES (0: none); returns the call.
 */
Call *call_new(Graph *g, Node *n, const char *kernel, size_t params_bytes);
void call_tensor(Call *c, TensorId id); /* input, output, state or constant as stored */
void call_tensor_at(Call *c, TensorId id, int64_t offset_bytes);
/* An array that lives in the weights file (counts as weights_bytes); DATA is copied. */
void call_const(Graph *g, Call *c, const char *suffix, Type type, const void *data, int32_t count,
                int32_t per_row);
void call_scratch(Call *c, Type type, int32_t count); /* planned memory for this call alone */
void call_none(Call *c);                              /* a NULL pointer */
/* The integer member NAME of the call's kernel's params, NULL if it has none. */
const KernelField *call_field(const Call *c, const char *name);
/* Its value; false if there is none. */
bool call_get(const Call *c, const char *name, int32_t *value);
/* Sets it in PARAMS, the call's own or a copy; it must be there. */
void call_set(const Call *c, void *params, const char *name, int32_t value);

/* --- util_rows.c: layers that run row by row --- */

enum { SEGMENT_LAYERS = 16, SEGMENT_INPUTS = 2 }; /* most layers that run together; images that one reads */

/* Row r of the output is made of rows r * stride - pad .. r * stride - pad + reach - 1 of the input,
 * as far as there are such. */
typedef struct RowLayer {
    int32_t in_rows, out_rows;
    int32_t stride, pad, reach;
    int64_t in_row_bytes, out_row_bytes;
    bool by_address; /* its kernel knows no rows: for one row it gets that row's addresses */
    bool gathers;    /* takes a row of the input at a time and writes its whole output with the last one:
                      * OUT_ROWS is IN_ROWS, OUT_ROW_BYTES the output's size */
} RowLayer;

/* How node N, which is lowered, runs row by row; false if it cannot. */
bool row_layer(const Graph *g, const Node *n, RowLayer *layer);
int32_t row_first(const RowLayer *l, int32_t row);  /* first input row that ROW and later ones read */
int32_t row_needed(const RowLayer *l, int32_t row); /* input rows that must have been made for ROW */
/* Sets the call of N up for one row at a time, out of and into rings of so many rows. */
void row_prepare(Node *n, const RowLayer *l, int32_t in_ring, int32_t out_ring);
/* The member of the call's params that says which row it computes; NULL: by its addresses. */
const char *row_member(const Call *c);
/* The params of a call that is about to compute ROW: a copy in A with its number, or PARAMS. */
void *row_params(Arena *a, const Call *c, int32_t row);

/* Layers that run together: the last one whose input rows are there makes its next row. The first one may be
 * nobody's: the rows of the graph's input, as the caller brings them (Graph.feed). */
typedef struct RowWalk {
    int32_t count;
    int32_t node[SEGMENT_LAYERS + 1]; /* -1: the input */
    RowLayer layer[SEGMENT_LAYERS + 1];
    int32_t source[SEGMENT_LAYERS + 1][SEGMENT_INPUTS]; /* whose rows it reads; -1: nobody's here, or none */
    int32_t reader[SEGMENT_LAYERS + 1]; /* of a layer that reads nobody's rows but is not the first: it waits until
                                         * this one asks for its rows; else -1 */
    int32_t done[SEGMENT_LAYERS + 1];   /* rows made */
} RowWalk;

/* The segment that begins with node FIRST, from the start. */
RowWalk row_walk(const Graph *g, int32_t first);
/* Which layer makes row DONE of its own now (the caller counts it then); -1: all is done. */
int32_t row_walk_next(const RowWalk *w);
/* The image that layer I of the walk makes. */
TensorId row_walk_output(const Graph *g, const RowWalk *w, int32_t i);
/* The first row of layer I's image that is still read by layers of the walk; those made, if none is. */
int32_t row_walk_first(const RowWalk *w, int32_t i);
/* A segment whose input slides on by one row a step (FEED_STEPS): at step t, from 0, layer I makes row
 * t - delay[i] of an endless image. Steps from the first whole window on are counted in circles of CYCLE, a multiple
 * of all rings. */
typedef struct StepPlan {
    int32_t delay[SEGMENT_LAYERS + 1];
    int32_t ring[SEGMENT_LAYERS + 1]; /* rows in memory */
    int32_t window;                   /* steps of a whole window */
    int32_t cycle;
} StepPlan;

StepPlan step_plan(const RowWalk *w);
/* Layer L gives the same rows wherever the window begins. */
bool row_slides(const RowLayer *l);
/* Sets the calls of the walk up for it. */
void step_prepare(const Graph *g, const RowWalk *w, const StepPlan *p);
bool is_segment_end(const Graph *g, const Node *n); /* the last one of its segment */
int32_t segment_first(const Graph *g, int32_t node); /* the first one; NODE itself outside of segments */
/* The segment that begins with node 0 takes the graph's input row by row. */
bool is_fed(const Graph *g);

/* --- op_util.c: helpers shared by operators --- */

Tensor *node_in(const Graph *g, const Node *n, int32_t i); /* NULL if left out */
Tensor *node_out(const Graph *g, const Node *n, int32_t i);
Status check_type(const Graph *g, const Node *n, const Tensor *t, uint32_t allowed,
                  const char *role, Diag *d);
#define TYPE_BIT(t) (1u << (t))
Status check_rank(const Graph *g, const Node *n, const Tensor *t, int32_t min, int32_t max,
                  const char *role, Diag *d);
Status check_per_tensor(const Graph *g, const Node *n, const Tensor *t, const char *role,
                        Diag *d); /* has one scale */
Status check_same_quant(const Graph *g, const Node *n, const Tensor *a, const Tensor *b, Diag *d);
/* Axis in [-rank, rank-1] to [0, rank-1]. */
Status check_axis(const Graph *g, const Node *n, int32_t axis, int32_t rank, int32_t *out, Diag *d);
/* Input I as a list of at most MAX_INTS integers; must be a constant of type s32 (or s64). */
Status const_ints(const Graph *g, const Node *n, int32_t i, const char *role, IntList *out,
                  Diag *d);
/* Broadcasting of TFLite (from the back, 1 or equal). */
Status broadcast_shape(const Graph *g, const Node *n, const Shape *a, const Shape *b, Shape *out,
                       Diag *d);
/* SAME / VALID: output size and the padding in front, per TFLite: out = ceil(in/stride) or
 * ceil((in-k_eff+1)/stride), k_eff = (k-1)*dilation+1, before = max(0,(out-1)*stride+k_eff-in)/2.
 */
Status window_size(const Graph *g, const Node *n, const char *what, int32_t in, int32_t kernel,
                   int32_t stride, int32_t dilation, int32_t padding, int32_t *out,
                   int32_t *pad_before, Diag *d);
/* Clamp of a fused activation: in the quantised domain of tensor OUT, or as floats. */
void act_range_quant(int32_t act, const Tensor *out, int32_t *min, int32_t *max);
void act_range_f32(int32_t act, float *min, float *max); /* +-FLT_MAX where there is no limit */
/* A 256-entry table over all int8 inputs: y = table[(uint8_t)x]; kernel shrinc_lut_s8. */
Status lower_lut_s8(Graph *g, Node *n, int8_t (*f)(int8_t x, const void *context),
                    const void *context);
/* The element value as double: integers as they are (no scale), for constants only. */
double const_value(const Tensor *t, int64_t i);

/* --- eval.c: running a graph on the host with the device's own kernels --- */

typedef struct Eval {
    const Graph *g;
    uint8_t **mem;  /* by TensorId: where each tensor's bytes are */
    uint8_t *arena; /* the planned arena, or NULL where each tensor has its own buffer */
    uint8_t **kept; /* by node: where its scratch is that is kept from row to row, without a planned arena */
    int32_t step;   /* FEED_STEPS: how many came, see StepPlan */
    uint8_t *fed;   /* the whole input, where only some of its rows have a place in MEM; else NULL */
    Arena own;
} Eval;

/* PLANNED: tensors share one arena at their planned offsets, exactly as on the device (with
 * canaries around it); otherwise each has its own buffer. Needs pass_lower. State is set to its
 * initial values. */
Eval *eval_new(const Graph *g, bool planned);
void eval_free(Eval *e);
void eval_reset(Eval *e);                   /* state back to its initial values */
void eval_node(Eval *e, const Node *n);     /* one node */
void eval_run(Eval *e);                     /* all nodes in order */
uint8_t *eval_tensor(Eval *e, TensorId id); /* its bytes: write inputs, read outputs */
/* Runs one lowered node whose calls read constants only; its outputs become constants. */
void eval_fold(Graph *g, Node *n);

#endif
