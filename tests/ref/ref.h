/* The slow, independent reference: operators from their definitions, one index at a time, in exact integers. Shares no line with rt/.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TEST_REF_H
#define SHRINC_TEST_REF_H

#include "op/op.h"

/* One random configuration: a graph of one node, its inputs filled in, and what the output must be. */
typedef struct Trial {
    Graph *g;
    Node *node;
    Arena arena;
    uint64_t seed;
    bool corner;        /* a quarter of the trials: extreme zero points, scales and values */
    uint8_t *data[4];   /* bytes of each input that is not constant */
    double *real;       /* the expected output, integers exact */
    char attributes[256]; /* "padding=same stride=2 ..." for the counts */
} Trial;

/* --- ref.c: numbers --- */
int32_t draw(Trial *t, int32_t low, int32_t high);
double draw_scale(Trial *t, double low, double high); /* evenly over the logarithm */
void note(Trial *t, const char *name, int32_t value);
/* x * real, REAL as TFLite's multiplier, in family R (rounding 0) or X (1). */
int64_t ref_scale(Rounding rounding, int64_t x, double real);
int64_t ref_clamp(int64_t x, int64_t low, int64_t high);
/* Range of a fused activation in the domain of Y. */
void ref_act(const Tensor *y, int32_t act, double *low, double *high);

/* --- building --- */
TensorId trial_input(Trial *t, Type type, Shape s, double scale, int32_t zero);
TensorId trial_const(Trial *t, Type type, Shape s, double scale, int32_t zero, int32_t low, int32_t high);
void trial_output(Trial *t, Type type, double scale, int32_t zero);
Node *trial_node(Trial *t, const char *op, int32_t inputs);
void trial_put(Trial *t, const char *name, int32_t value); /* an attribute */
void trial_set(Trial *t, const char *name, int32_t value); /* and notes it */
int32_t trial_zero(Trial *t);                              /* of an int8 tensor */
double trial_at(const Trial *t, int32_t input, int64_t i); /* raw element of an input, constant or not */
const Tensor *trial_in(const Trial *t, int32_t input);
const Tensor *trial_out(const Trial *t);

/* --- operators: each builds node and inputs; REFERENCE fills t->real after infer --- */
typedef struct RefOp {
    const char *name;
    Type type;                  /* of input 0 */
    Type to;                    /* of the output */
    void (*generate)(Trial *t, const struct RefOp *r);
    void (*reference)(Trial *t);
} RefOp;
extern const RefOp ref_windows[];     /* convolutions, pools, fully connected */
extern const RefOp ref_elementwise[]; /* add ... quantize, reductions, transpose, pad */
extern const RefOp ref_moves[];       /* all others that move elements */

#endif
