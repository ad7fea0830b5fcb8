/* LSTM (long short-term memory), quantised, one layer over a sequence. For each step and each unit
 * j of the four gates (input, forget, cell, output): gate = f(sat16(requantize(bias + W x)) +
 * sat16(requantize(bias_h + R h))), in steps of 1/4096, f logistic or (cell) tanh with results in
 * steps of 1/32768; then cell = sat16(sat16(forget * cell) + sat16(input * gate)), clipped, and h =
 * output * tanh(cell), which is y too. Zero points of x and h are folded into the biases.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LSTM_H
#define SHRINC_LSTM_H

#include "shrinc_requantize.h"
#include "shrinc_sigmoid_s16.h"

typedef struct shrinc_lstm_params {
    int32_t batches;
    int32_t steps;    /* length of the sequence */
    int32_t in_count; /* values of x a step */
    int32_t units;    /* values of y a step */
    int32_t x_step;   /* elements from one step of a batch to the next */
    int32_t x_batch;  /* elements from one batch to the next */
    int32_t y_step;
    int32_t y_batch;
    int32_t x_multiplier[4]; /* of W x by gate: input, forget, cell, output */
    int32_t x_shift[4];
    int32_t h_multiplier[4]; /* of R h */
    int32_t h_shift[4];
    int32_t cell_multiplier; /* of input * gate, to the cell's scale */
    int32_t cell_shift;
    int32_t cell_clip;       /* largest magnitude of the cell, quantised */
    int32_t tanh_multiplier; /* brings the cell to steps of 1/12288 */
    int32_t tanh_shift;
    int32_t tanh_half;        /* 1 << (tanh_shift - 1), or 0 */
    int32_t h_multiplier_out; /* of output * tanh, to the scale of h */
    int32_t h_shift_out;
    int32_t h_zero; /* zero point of h */
    int32_t h_min;  /* range of its type */
    int32_t h_max;
} shrinc_lstm_params;

static inline int32_t shrinc_lstm_sat16(int32_t x)
{
    return shrinc_clamp(x, INT16_MIN, INT16_MAX);
}

/* The gate's function of the sum of both parts; gate 2, the cell's, takes tanh. */
static inline int16_t shrinc_lstm_gate(const int16_t *SHRINC_ROM table, int32_t from_x,
                                       int32_t from_h, int32_t gate)
{
    int32_t sum = shrinc_lstm_sat16(shrinc_lstm_sat16(from_x) + shrinc_lstm_sat16(from_h)) * 3;
    return (gate == 2) ? shrinc_tanh_steps(table, sum) : shrinc_logistic_steps(table, sum);
}

/* One unit's new cell from its four gates (UNITS apart). */
static inline int16_t shrinc_lstm_cell(const shrinc_lstm_params *p, const int16_t *gates,
                                       int32_t cell)
{
    int32_t kept = shrinc_requantize(gates[p->units] * cell, (int32_t)1 << 30, -14);
    int32_t added = shrinc_requantize((int32_t)gates[0] * gates[2 * p->units], p->cell_multiplier,
                                      p->cell_shift);
    int32_t sum = shrinc_lstm_sat16(shrinc_lstm_sat16(kept) + shrinc_lstm_sat16(added));
    return (int16_t)shrinc_clamp(sum, -p->cell_clip, p->cell_clip);
}

static inline int32_t shrinc_lstm_hidden(const shrinc_lstm_params *p,
                                         const int16_t *SHRINC_ROM table, const int16_t *gates,
                                         int32_t cell)
{
    int32_t t =
        shrinc_tanh_steps(table, ((cell * p->tanh_multiplier) + p->tanh_half) >> p->tanh_shift);
    int32_t h =
        shrinc_requantize(t * gates[3 * p->units], p->h_multiplier_out, p->h_shift_out) + p->h_zero;
    return shrinc_clamp(h, p->h_min, p->h_max);
}

#endif
