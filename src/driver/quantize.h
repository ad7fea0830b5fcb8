/* Quantisation after training, as one function; and how far two forms of a model lie apart, layer by layer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_QUANTIZE_H
#define SHRINC_DRIVER_QUANTIZE_H

#include "driver/compare.h"
#include "pass/quant.h"

/* --- layers.c: errors by layer ------------------------------------------------------------------- */

/* Of one tensor over all runs; sums of squares in real values. */
typedef struct LayerError {
    const char *name;
    const char *op;
    Type type;                        /* in the quantised graph */
    double signal, noise, other, dot; /* sums of f * f, (f - q)^2, q * q, f * q */
    double snr_db, cosine;            /* snr_db at most SNR_LIMIT_DB (equal: that) */
} LayerError;

enum { SNR_LIMIT_DB = 200 };

/* Runs lowered graphs F (float) and Q side by side on the float INPUTS and compares for each node of F its first
 * output with tensor HOME of Q. LAYER: [f->node_count], NAME NULL where there is nothing to compare; OUTPUT: all
 * outputs together. Q_OUTPUTS (may be NULL) takes the real values of Q's outputs, run after run. */
void layer_errors(const Graph *f, const Graph *q, const TensorId *home, const uint8_t *inputs,
                  int64_t runs, LayerError *layer, LayerError *output, float *q_outputs);

/* --- mixed.c: which layers need int16 activations ---------------------------------------------------- */

/* Samples with classes (or numbers), to judge by. */
typedef struct QuantizeSet {
    const Data *data;
    const int64_t *sample; /* [count]; NULL: all */
    int64_t count;         /* 0: there is no such set */
} QuantizeSet;

typedef struct MixedOptions {
    const Graph *f;        /* lowered */
    QuantPlan *plan;       /* all its layers are to be int8; the result */
    const uint8_t *inputs; /* RUNS calibration samples: sensitivities */
    int64_t runs;
    QuantizeSet choose; /* with classes: the accuracy that counts */
    double max_drop;    /* points below the float model's accuracy */
} MixedOptions;

Status choose_widths(const MixedOptions *o, Diag *d) MUST_CHECK;
/* The first metric of lowered G's outputs on SET. M (may be NULL) says which. */
Status quantize_metric(const Graph *g, const QuantizeSet *set, double *value, CompareMetric *m,
                       Diag *d) MUST_CHECK;

/* --- widths.c: bits of the weights of each layer, as text ---------------------------------------------- */

enum { WIDTH_COUNT = 3 };
extern const Type width_types[WIDTH_COUNT]; /* s8, s4, s2: the widest first */
/* Layer I of F has constant float weights. */
bool has_width(const Graph *f, int32_t node);
/* TEXT is "dense_1=4,conv_2=ternary" (8, 4, ternary), or the name of a .tflite that quantize wrote; sets TYPE
 * [node_count] of the layers that it names. */
Status widths_read(const char *text, const Graph *f, Type *type, Diag *d) MUST_CHECK;
/* Such a text of all layers with weights. */
const char *widths_text(Arena *a, const Graph *f, const Type *type);

/* --- budget.c: bits of weights by flash ---------------------------------------------------------------- */

/* A layer with weights, and what its widths are worth. */
typedef struct WidthRow {
    int32_t node;
    const char *name, *op;
    int64_t weights;            /* numbers */
    int64_t bytes[WIDTH_COUNT]; /* constants in the C of the layer at each width; -1: it has no such form */
    double loss[WIDTH_COUNT];   /* of the whole net with this layer alone at that width, all others at 8 bits */
    int32_t width;              /* index into width_types */
    int32_t cut;                /* when it last became narrower: 1 first; 0: never */
} WidthRow;

typedef struct BudgetResult {
    WidthRow *row;
    int32_t row_count;
    int32_t cuts;
    bool is_entropy;                /* LOSS: cross-entropy of classes, else relative squared error to float outputs */
    int64_t samples;                /* that it was measured on */
    int64_t flash_bytes, ram_bytes; /* of the plan, as compile counts them */
    const char *flags;              /* that compile needs for the RAM, "" or " --optimize=size" */
} BudgetResult;

typedef struct BudgetOptions {
    const Graph *f;        /* lowered */
    QuantPlan *plan;       /* int8 activations; WEIGHT_TYPE is the result */
    const uint8_t *inputs; /* RUNS calibration samples */
    int64_t runs;
    QuantizeSet choose;   /* with classes: their cross-entropy is the loss */
    int64_t flash, ram;   /* bytes of constants, of arena and state; 0: any */
} BudgetOptions;

/* Starts with 8 bits in all layers and makes that one narrower which costs the least loss a byte saved, until FLASH is
 * met; ERR_LIMIT with the narrowest plan where it cannot be, or where no way to compile meets RAM. Rows live in A. */
Status budget_choose(const BudgetOptions *o, Arena *a, BudgetResult *r, Diag *d) MUST_CHECK;
/* The plan fits, but on O->CHOOSE its metric VALUE is below LEAST: ERR_LIMIT with the nearest plan that keeps LEAST. */
Status budget_refuse(const BudgetOptions *o, BudgetResult *r, double value, double least, Diag *d) MUST_CHECK;

/* --- quantize_data.c ------------------------------------------------------------------------------ */

typedef struct QuantizeData {
    Arena arena;
    CompareData data;
    const uint8_t
        *inputs; /* of the calibration samples, at most 1,000 taken evenly; NULL: none were named */
    int64_t runs;
    QuantizeSet choose, judge;
} QuantizeData;

/* Reads the samples that S names for float graph G. SHARED as in compare_data_read: calibrated on the training part,
 * chosen by validation, judged on the test part; else all samples are all of it. A .bin file, and one for a model of
 * several inputs, holds raw inputs run after run (samples_read) and can only calibrate. Freed by quantize_data_free
 * also after a failure. */
Status quantize_data_read(const TrainSettings *s, bool shared, const Graph *g, QuantizeData *out,
                          Diag *d) MUST_CHECK;
void quantize_data_free(QuantizeData *q);
/* RUNS of the samples (SAMPLE [count]; NULL: all of DATA), at most 1,000 taken evenly, as inputs of float graph G; they
 * live in A. */
Status calibration_inputs(const Graph *g, const Data *data, const int64_t *sample, int64_t count, Arena *a,
                          const uint8_t **inputs, int64_t *runs, Diag *d) MUST_CHECK;

/* --- quantize.c -------------------------------------------------------------------------------------- */

typedef enum QuantizeTo { TO_INT8, TO_INT16X8, TO_FLOAT16, TO_DYNAMIC, TO_INT4, TO_TERNARY } QuantizeTo;
extern const char *const quantize_to_names[];
/* Of the weights of integer layers: S8, S4 or S2. */
Type quantize_weight_type(QuantizeTo to);

typedef struct QuantizeOptions {
    QuantizeTo to;
    bool float_edges; /* inputs and outputs stay float32 */
    CalibrationMethod calibration;
    double percentile; /* per cent of the values inside, for CALIBRATE_PERCENTILE */
    bool equalize, bias_correction, adaround;
    uint64_t seed;
    /* Sets with classes or numbers, COUNT 0: none. CHOOSE: decides about widths; JUDGE: the metric of the report. */
    QuantizeSet choose, judge;
    bool mixes;      /* int16 activations where max_drop demands them; needs CHOOSE */
    double max_drop; /* points of accuracy */
    int64_t flash, ram; /* budgets in bytes, 0: none. FLASH chooses the width of each layer's weights (MAX_DROP then
                         * judges that choice) */
    const char *widths; /* see widths_read; NULL: all as TO says */
} QuantizeOptions;

typedef struct QuantizeResult {
    Arena arena;
    Out file; /* the .tflite */
    int64_t runs;
    LayerError *layer; /* those that could be compared, in run order */
    int32_t layer_count;
    int32_t worst; /* index of the layer with the lowest SNR, -1: none */
    LayerError output;
    CompareMetric metric; /* NAME NULL: none was taken */
    double float_metric, quant_metric;
    int32_t wide_count;                 /* of the integer nodes, those with int16 activations */
    int32_t integer_count, float_count; /* nodes of the float graph by what became of them */
    int64_t float_bytes, quant_bytes;   /* of constants */
    const char *widths;                 /* of the weights, as widths_read reads it; NULL: all the same */
    BudgetResult budget;                /* ROW_COUNT 0: there was no budget */
} QuantizeResult;

/* Quantises a float graph, which it changes: training's operators go (their ranges count before calibration), layers
 * are folded and fused. INPUTS: RUNS samples (layout of the graph's inputs, run after run); NULL and 0 where the ranges
 * are all known from training, or are not needed (float16, dynamic): then there is no report. R is freed by
 * quantize_free also after a failure. */
Status quantize_floats(Graph *g, const QuantizeOptions *o, const uint8_t *inputs, int64_t runs,
                       QuantizeResult *r, Diag *d) MUST_CHECK;
void quantize_free(QuantizeResult *r);
json_t *quantize_json(const Session *s, const QuantizeOptions *o, const QuantizeResult *r);

#endif
