/* Sensors: from a text of filters and features, a detector and rules of decision to one graph.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_SENSOR_H
#define SHRINC_DRIVER_SENSOR_H

#include "driver/driver.h"
#include "train/detector.h"

/* --- sensor_graph.c: nodes by name --- */

/* Appends a node of KIND with COUNT inputs and one output of TYPE and SCALE (0: not quantised), and infers it. ATTRS:
 * "name=value name=value", or "". */
Status sensor_node(Graph *g, const char *kind, const char *name, const char *attrs, const TensorId *in, int32_t count,
                   Type type, double scale, TensorId *out, Diag *d) MUST_CHECK;
TensorId sensor_state(Graph *g, const char *name, Type type, int32_t count, double scale);
/* FROM's nodes, constants and states behind TO's; its one input becomes IN of the same type and scale. *OUT: its one
 * output. */
Status sensor_splice(Graph *to, const Graph *from, TensorId in, TensorId *out, Diag *d) MUST_CHECK;

/* --- sensor_signal.c: the text of filters and features ---
 * Branches by ';', each from the samples of a window on; words by spaces, arguments in brackets, lengths in samples,
 * frequencies in Hz:
 *   remove_mean, lowpass(HZ,ORDER), highpass(HZ,ORDER), abs, decimate(N)             change the signal of the branch
 *   axis(N)                                                                        takes one channel, from 0
 *   mean rms std skewness kurtosis crest peak_to_peak mad zero_crossings slope      give a feature an axis
 *   spectrum(fft=64,hop=32,bands=16,low=HZ,high=HZ,hold,tail,log10,no_hann)         gives bands, equally wide; 0: bins
 */
enum { SIGNAL_FEATURES = 64 };

typedef struct Feature {
    const char *name; /* the word */
    TensorId id;
    int32_t count;
} Feature;

typedef struct Signal {
    int32_t count;
    Feature feature[SIGNAL_FEATURES];
} Signal;

/* Appends the nodes for X, [1, window, channels]. SCALE: of each feature's output, or NULL: so coarse that nothing is
 * clipped. */
Status signal_build(Graph *g, const char *text, double rate_hz, TensorId x, const double *scale, Signal *out,
                    Diag *d) MUST_CHECK;
/* The finest scale a feature may have, where X's is X_SCALE. */
double signal_finest(const char *feature, double x_scale);
/* SECTIONS of a Butterworth filter of ORDER 1 to 8 (b0 b1 b2 a1 a2 in 2^-30), the flattest first; returns how many.
 * CUT: the cut-off as a share of the sampling rate, above 0 and below 0.5. */
int32_t butterworth(bool is_high, int32_t order, double cut, int32_t sections[8][5]);

/* --- sensor.c --- */

typedef enum SensorStage {
    SENSOR_FEATURES, /* a graph of a window; outputs: the features */
    SENSOR_ROW,      /* output: all features standardised, s16 [1, dims] */
    SENSOR_SCORE,    /* output: the score, s16 [1, 1] */
    SENSOR_STREAM    /* a graph of HOP new samples; outputs: event s8, score s16, faults s8 */
} SensorStage;

typedef struct SensorDecision {
    double threshold, release; /* of the score */
    int32_t needed, of, refractory, heartbeat;
    bool announce;
    int32_t stuck, clips;
    double clip;
} SensorDecision;

/* A score's memory: kind NULL: none, "ewma" or "cusum", see the operator accumulate. */
typedef struct SensorMemory {
    const char *kind;
    double alpha, drift;
} SensorMemory;

typedef struct Sensor {
    const char *signal;
    double rate_hz;
    int32_t window, hop, channels;
    double scale;          /* of the samples */
    double *feature_scale; /* of each feature, or NULL */
    int32_t dims;
    float *offset, *gain;  /* [dims] standardisation, or NULL */
    const Detector *detector;
    const Graph *net;      /* an int8 net of the standardised features instead: an autoencoder, or */
    bool classifies;       /* a classifier, whose outputs are those of the STREAM's graph */
    double score_scale;
    SensorMemory memory;
    SensorDecision decision;
} Sensor;

enum { SENSOR_ROW_STEPS = 1024 }; /* a deviation of a feature is so many steps */

/* Inferred and lowered where it is to run on the host (all but STREAM). The graph is the caller's. */
Status sensor_graph(const Sensor *s, SensorStage stage, Graph **out, Diag *d) MUST_CHECK;
/* Runs G for COUNT windows X [..][window * channels] of real values (INDEX: which, or NULL: 0 ..), from the initial
 * state each, or (SEQUENCE) from what the window before left; Y: the outputs' real values, window by window. */
void sensor_run(const Graph *g, const float *x, const int64_t *index, int64_t count, bool sequence, float *y);
int64_t sensor_outputs(const Graph *g); /* elements of all outputs */

#endif
