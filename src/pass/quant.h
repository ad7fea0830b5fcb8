/* Quantisation after training: a float graph and what its tensors were seen to hold become a graph of
 * integers, by TFLite's quantisation specification. Needs float graphs with shapes, folded constants and
 * fused activations.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_QUANT_H
#define SHRINC_QUANT_H

#include "op/op.h"
#include "op/util_clip.h"

/* The values of a tensor, in reals. */
typedef struct Range {
    double low, high; /* LOW <= 0 <= HIGH once a scale is made of it */
} Range;

/* --- fold_batchnorm.c ------------------------------------------------------------------------------ */

/* Gain and offset per channel go into the layer before. Changes results by rounding only. */
Status pass_fold_batchnorm(Graph *g, Diag *d) MUST_CHECK;

/* --- strip_training.c ------------------------------------------------------------------------------ */

/* Takes batch_norm (as MUL and ADD), dropout and fake_quant out; run pass_fold_batchnorm before. */
Status pass_strip_training(Graph *g, Diag *d) MUST_CHECK;

/* --- fake_quant.c: training that feels the rounding -------------------------------------------------- */

/* Puts fake_quant nodes into a float graph whose batch normalisation is folded and whose activations are fused, where
 * quantize_graph will round to TYPE (s8, s16), weights of each node to WEIGHTS [node_count]
 * (s8, s4, s2). RANGE by TensorId, from a calibration: where the moving ranges begin. */
void insert_fake_quant(Graph *g, const Range *range, Type type, const Type *weights);
/* The ranges of the activations that fake_quant nodes read, into RANGE and KNOWN by TensorId; returns how many. */
int32_t fake_quant_ranges(const Graph *g, Range *range, bool *known);

/* --- equalize.c ------------------------------------------------------------------------------------ */

/* Equal weight ranges across neighbouring layers. Changes float results by rounding only. */
Status pass_equalize(Graph *g, Diag *d) MUST_CHECK;

/* --- calibrate.c: which values a tensor takes ------------------------------------------------------ */

enum { HISTOGRAM_BINS = 2048 };

/* The values of one float tensor over all runs. */
typedef struct Seen {
    double low, high;
    int64_t count;
    int64_t *bin; /* HISTOGRAM_BINS of equal width from LOW to HIGH, or NULL */
} Seen;

typedef struct Calibration {
    Arena arena;
    Seen *seen; /* by TensorId; COUNT 0: not a float tensor that a run computes */
    int64_t runs;
} Calibration;

/* MINMAX: all that was seen. PERCENTILE: all but the outermost (100 - p) per cent of the values, half of them at
 * each end. MSE: the range whose steps give the least mean squared error. */
typedef enum CalibrationMethod {
    CALIBRATE_MINMAX,
    CALIBRATE_PERCENTILE,
    CALIBRATE_MSE
} CalibrationMethod;
extern const char *const calibration_names[]; /* ends with NULL */

/* Runs the lowered float graph G for RUNS inputs in sequence (layout as graph inputs, run after run). Refuses
 * values that are not finite. C is freed by calibration_free also after a failure. */
Status calibrate(const Graph *g, const uint8_t *inputs, int64_t runs, bool histograms,
                 Calibration *c, Diag *d) MUST_CHECK;
void calibration_free(Calibration *c);
/* BITS of the numbers that are to hold the values: 8 (zero point anywhere) or 16 (symmetric). */
Range calibration_range(const Seen *s, CalibrationMethod method, double percentile, int32_t bits);

/* --- quant_scale.c: ranges to scales ---------------------------------------------------------------- */

/* Scale and zero point of TYPE (s8: asymmetric over -128..127; s16: symmetric over +-32767) for a range that is
 * first widened to hold 0. As TFLite's converter: the zero point is rounded from the end with the smaller error. */
void quant_activation(Range r, Type type, float *scale, int32_t *zero);

typedef struct WeightScales {
    int32_t channels;
    int64_t count,
        outer; /* channel c holds elements (o * channels + c) * count + k, o < outer, k < count */
    int32_t most; /* largest number: 127 (s8), 7 (s4), 1 (s2) */
    float *scale; /* [channels] max |w| / most, or OCTAV's clip / most */
} WeightScales;

/* Symmetric scales of constant weights as TYPE (s8, s4, s2) along AXIS; below 8 bits always clipped. A channel of zeros
 * gets the largest of the others (1 if all are). */
WeightScales weight_scales(Arena *a, const Tensor *w, int32_t axis, Type type, bool octav);
/* The numbers: round(w / scale) within +-most. */
int8_t *weight_numbers(Arena *a, const Tensor *w, const WeightScales *s);

/* --- quantize.c ---------------------------------------------------------------------------------------- */

typedef struct QuantPlan {
    Type *
        node_type; /* [node_count] TYPE_S8 or TYPE_S16: integers of that width; TYPE_F32: stays float */
    Type *weight_type; /* [node_count] TYPE_S8, TYPE_S4 or TYPE_S2 beside int8 activations; NULL: S8 in all */
    Type edges; /* of float graph inputs and outputs: TYPE_F32 puts QUANTIZE and DEQUANTIZE there */
    Range *range; /* by TensorId: of float tensors that runs compute */
    bool narrow_instead; /* a layer without an int16 form becomes int8, not float */
    bool octav;   /* weights are clipped where that lessens the squared error */
    /* By node, NULL or an entry NULL: none. Numbers of the weights that replace nearest rounding; what is added to the
     * float bias per channel. */
    int8_t **numbers;
    float **bias_shift;
} QuantPlan;

typedef struct Quantized {
    Graph *g;
    Arena arena;
    TensorId *home; /* by TensorId of the float graph: where its value is now; 0: nowhere */
} Quantized;

/* Makes the integer graph; F stays as it is. Where an operator has no integer form for its case, PLAN's node_type is
 * set to TYPE_F32 and a warning says why. Freed by quantized_free also after a failure. */
Status quantize_graph(const Graph *f, QuantPlan *plan, Quantized *out, Diag *d) MUST_CHECK;
void quantized_free(Quantized *q);
/* The type of the weights of node NODE. */
Type plan_weight_type(const QuantPlan *plan, int32_t node);
/* Layers that a plan as it stands makes integer; QUANTIZE_GRAPH does this itself. */
void keep_floats(const Graph *f, QuantPlan *plan);

/* --- quantize_weights.c ------------------------------------------------------------------------------ */

Status pass_weights_float16(Graph *g, Diag *d) MUST_CHECK;
Status pass_weights_int8(Graph *g, Diag *d) MUST_CHECK;

/* --- adaround.c, correct_bias.c: over samples of lowered F; memory in A; in this order -------------------- */

/* Sets PLAN's numbers. SEED: which places of large images count. */
void adaround(Arena *a, const Graph *f, const uint8_t *inputs, int64_t runs, uint64_t seed,
              QuantPlan *plan, Diag *d);
/* Sets PLAN's bias_shift. */
void correct_bias(Arena *a, const Graph *f, const uint8_t *inputs, int64_t runs, QuantPlan *plan);

#endif
