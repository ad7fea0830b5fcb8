/* An LSTM layer over sequences, forward and backward, for training. The states start at zero for each
 * sample. Gates in the order of TFLite: input, forget, cell, output.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_LSTM_H
#define SHRINC_OP_UTIL_LSTM_H

#include "op/op.h"

enum { LSTM_GATES = 4 };

/* A shard is SAMPLES blocks of SEQUENCES * STEPS rows, IN floats of x and UNITS of y each. */
typedef struct Lstm {
    int32_t samples, sequences, steps, in, units;
    int32_t row_step, row_sequence; /* rows from step to step, from sequence to sequence */
    float cell_clip;                /* FLT_MAX: none */
    const float *w[LSTM_GATES];     /* [units][in] */
    const float *r[LSTM_GATES];     /* [units][units] */
    const float *bias[LSTM_GATES];  /* [units] */
} Lstm;

typedef struct LstmGradients { /* added to; NULL where not wanted */
    float *x;
    float *w[LSTM_GATES], *r[LSTM_GATES], *bias[LSTM_GATES];
} LstmGradients;

int64_t lstm_keep_count(const Lstm *l); /* gates after their functions, cells */
int64_t lstm_work_count(const Lstm *l);
void lstm_forward(const Lstm *l, const float *x, float *y, float *keep);
/* DY is overwritten. */
void lstm_backward(const Lstm *l, const float *x, const float *y, float *dy, const float *keep,
                   const LstmGradients *d, float *work);

#endif
