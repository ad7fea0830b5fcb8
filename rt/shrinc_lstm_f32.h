/* LSTM, float: gates i, f, o = logistic(b + W x + R h), g = tanh(b + W x + R h); cell = f * cell + i * g, clipped;
 * y = h = o * tanh(cell).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LSTM_F32_H
#define SHRINC_LSTM_F32_H

#include "shrinc_base.h"
#include "shrinc_clamp_f32.h"

#include <math.h>

typedef struct shrinc_lstm_f32_params {
    int32_t batches;
    int32_t steps;    /* length of the sequence */
    int32_t in_count; /* values of x a step */
    int32_t units;    /* values of y a step */
    int32_t x_step;   /* elements from one step of a batch to the next */
    int32_t x_batch;  /* elements from one batch to the next */
    int32_t y_step;
    int32_t y_batch;
    float cell_clip;  /* largest magnitude of the cell */
} shrinc_lstm_f32_params;

#endif
