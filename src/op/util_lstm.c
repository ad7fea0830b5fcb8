/* LSTM for training: what depends on x alone is one product over all steps; the rest goes step by step.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_lstm.h"

#include "op/util_gemm.h"
#include "op/util_train.h"

#include <math.h>

enum { INPUT, FORGET, CELL, OUTPUT };

static int64_t rows_of(const Lstm *l)
{
    return (int64_t)l->samples * l->sequences * l->steps;
}

int64_t lstm_keep_count(const Lstm *l)
{
    return (LSTM_GATES + 1) * rows_of(l) * l->units;
}

int64_t lstm_work_count(const Lstm *l)
{
    return (LSTM_GATES + 1) * rows_of(l) * l->units;
}

static float logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

/* First row of a step of one sequence; those of the samples follow at a distance. */
static int64_t row_of(const Lstm *l, int32_t sequence, int32_t step)
{
    return (int64_t)sequence * l->row_sequence + (int64_t)step * l->row_step;
}

static int64_t sample_rows(const Lstm *l)
{
    return (int64_t)l->sequences * l->steps;
}

/* From sums to gates, cell and y, for one row. */
static void cell_forward(const Lstm *l, int64_t row, bool is_first, float *keep, float *y)
{
    const int64_t plane = rows_of(l) * l->units;
    float *gate = keep + row * l->units;
    float *cell = gate + LSTM_GATES * plane;
    const float *before = cell - (int64_t)l->row_step * l->units;
    for (int32_t j = 0; j < l->units; j++) {
        float i = logistic(gate[j] + l->bias[INPUT][j]);
        float f = logistic(gate[FORGET * plane + j] + l->bias[FORGET][j]);
        float g = tanhf(gate[CELL * plane + j] + l->bias[CELL][j]);
        float o = logistic(gate[OUTPUT * plane + j] + l->bias[OUTPUT][j]);
        float c = i * g + (is_first ? 0.0f : f * before[j]);
        c = c < -l->cell_clip ? -l->cell_clip : c > l->cell_clip ? l->cell_clip : c;
        gate[j] = i;
        gate[FORGET * plane + j] = f;
        gate[CELL * plane + j] = g;
        gate[OUTPUT * plane + j] = o;
        cell[j] = c;
        y[row * l->units + j] = o * tanhf(c);
    }
}

void lstm_forward(const Lstm *l, const float *x, float *y, float *keep)
{
    const int64_t plane = rows_of(l) * l->units;
    const int64_t far = sample_rows(l) * l->units;
    for (int32_t k = 0; k < LSTM_GATES; k++) {
        gemm(&(Gemm){.form = GEMM_NT,
                     .m = (int32_t)rows_of(l),
                     .n = l->units,
                     .k = l->in,
                     .a = x,
                     .a_row = l->in,
                     .b = l->w[k],
                     .b_row = l->in,
                     .c = keep + k * plane,
                     .c_row = l->units});
    }
    for (int32_t s = 0; s < l->sequences; s++) {
        for (int32_t t = 0; t < l->steps; t++) {
            int64_t row = row_of(l, s, t);
            for (int32_t k = 0; t > 0 && k < LSTM_GATES; k++) {
                gemm(&(Gemm){.form = GEMM_NT,
                             .m = l->samples,
                             .n = l->units,
                             .k = l->units,
                             .a = y + (row - l->row_step) * l->units,
                             .a_row = far,
                             .b = l->r[k],
                             .b_row = l->units,
                             .c = keep + k * plane + row * l->units,
                             .c_row = far,
                             .add = true});
            }
            for (int64_t b = 0; b < l->samples; b++) {
                cell_forward(l, row + b * sample_rows(l), t == 0, keep, y);
            }
        }
    }
}

/* The gradients of the sums of one row, and of the cell before it (added to its own row of D_CELL). */
static void cell_backward(const Lstm *l, int64_t row, bool is_first, const float *dy,
                          const float *keep, float *d_sum, float *d_cell)
{
    const int64_t plane = rows_of(l) * l->units;
    const int64_t at = row * l->units;
    const int64_t before = at - (int64_t)l->row_step * l->units;
    const float *cell = keep + LSTM_GATES * plane;
    for (int32_t j = 0; j < l->units; j++) {
        float i = keep[at + j];
        float f = keep[FORGET * plane + at + j];
        float g = keep[CELL * plane + at + j];
        float o = keep[OUTPUT * plane + at + j];
        float c = cell[at + j];
        float t = tanhf(c);
        float dc = d_cell[at + j] + dy[at + j] * o * (1.0f - t * t);
        dc = c > -l->cell_clip && c < l->cell_clip ? dc : 0.0f;
        d_sum[at + j] = dc * g * i * (1.0f - i);
        d_sum[FORGET * plane + at + j] = is_first ? 0.0f : dc * cell[before + j] * f * (1.0f - f);
        d_sum[CELL * plane + at + j] = dc * i * (1.0f - g * g);
        d_sum[OUTPUT * plane + at + j] = dy[at + j] * t * o * (1.0f - o);
        if (!is_first) {
            d_cell[before + j] = dc * f;
        }
    }
}

/* One step of one sequence of all samples; the gradient of y one step earlier grows by its part. */
static void step_backward(const Lstm *l, int32_t s, int32_t t, const float *y, float *dy,
                          const float *keep, const LstmGradients *d, float *d_sum, float *d_cell)
{
    const int64_t plane = rows_of(l) * l->units;
    const int64_t far = sample_rows(l) * l->units;
    const int64_t row = row_of(l, s, t);
    const int64_t before = (row - l->row_step) * l->units;
    for (int64_t b = 0; b < l->samples; b++) {
        cell_backward(l, row + b * sample_rows(l), t == 0, dy, keep, d_sum, d_cell);
    }
    for (int32_t k = 0; t > 0 && k < LSTM_GATES; k++) {
        const float *sum = d_sum + k * plane + row * l->units;
        gemm(&(Gemm){.form = GEMM_NN,
                     .m = l->samples,
                     .n = l->units,
                     .k = l->units,
                     .a = sum,
                     .a_row = far,
                     .b = l->r[k],
                     .b_row = l->units,
                     .c = dy + before,
                     .c_row = far,
                     .add = true});
        if (d->r[k] != NULL) {
            gemm(&(Gemm){.form = GEMM_TN,
                         .m = l->units,
                         .n = l->units,
                         .k = l->samples,
                         .a = sum,
                         .a_row = far,
                         .b = y + before,
                         .b_row = far,
                         .c = d->r[k],
                         .c_row = l->units,
                         .add = true});
        }
    }
}

void lstm_backward(const Lstm *l, const float *x, const float *y, float *dy, const float *keep,
                   const LstmGradients *d, float *work)
{
    const int64_t plane = rows_of(l) * l->units;
    float *d_sum = work;
    float *d_cell = d_sum + LSTM_GATES * plane;
    memset(d_cell, 0, (size_t)plane * sizeof *d_cell);
    for (int32_t s = 0; s < l->sequences; s++) {
        for (int32_t t = l->steps - 1; t >= 0; t--) {
            step_backward(l, s, t, y, dy, keep, d, d_sum, d_cell);
        }
    }
    for (int32_t k = 0; k < LSTM_GATES; k++) {
        const float *sum = d_sum + k * plane;
        if (d->x != NULL) {
            gemm(&(Gemm){.form = GEMM_NN,
                         .m = (int32_t)rows_of(l),
                         .n = l->in,
                         .k = l->units,
                         .a = sum,
                         .a_row = l->units,
                         .b = l->w[k],
                         .b_row = l->in,
                         .c = d->x,
                         .c_row = l->in,
                         .add = true});
        }
        if (d->w[k] != NULL) {
            gemm(&(Gemm){.form = GEMM_TN,
                         .m = l->units,
                         .n = l->in,
                         .k = (int32_t)rows_of(l),
                         .a = sum,
                         .a_row = l->units,
                         .b = x,
                         .b_row = l->in,
                         .c = d->w[k],
                         .c_row = l->in,
                         .add = true});
        }
        if (d->bias[k] != NULL) {
            train_bias_backward(sum, rows_of(l), l->units, d->bias[k], false);
        }
    }
}
