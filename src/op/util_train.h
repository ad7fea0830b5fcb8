/* What the training side of operators shares: activations, bias, elementwise functions, broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_TRAIN_H
#define SHRINC_OP_UTIL_TRAIN_H

#include "op/op.h"

/* Elements of input I of one sample. */
int64_t shard_in_count(const Shard *s, int32_t i);
int64_t shard_out_count(const Shard *s, int32_t i);
/* Constants hold one block for all samples of the shard. */
bool shard_in_is_const(const Shard *s, int32_t i);
/* The gradient of input I holds nothing yet (for operators with TRAIT_SETS_GRADIENT). */
bool shard_sets(const Shard *s, int32_t i);

/* y [rows][cols] = act(y + bias); BIAS may be NULL. */
void train_bias_act(float *y, int64_t rows, int32_t cols, const float *bias, int32_t act);
/* dy = dy * act'(what gave y). */
void train_act_backward(int32_t act, const float *y, float *dy, int64_t count);
/* The fused activation of output 0 of S. */
void train_out_act_backward(const Shard *s, int32_t act);
/* d_bias [cols] = or += the sum of the rows of dy. */
void train_bias_backward(const float *dy, int64_t rows, int32_t cols, float *d_bias, bool set);
/* to = from, or to += from. */
void train_add(float *to, const float *from, int64_t count, bool set);

/* y = f(x) and dx += dy * df(x, y), element by element of input 0. */
void train_unary(const Shard *s, float (*f)(float x));
void train_unary_backward(const Shard *s, float (*df)(float x, float y));
/* Clamps of input 0 to LOW .. HIGH: the gradient passes where y lies between. */
void train_clamp(const Shard *s, int32_t act);
void train_clamp_backward(const Shard *s, int32_t act);

/* Runs F, which takes input IN to be one block for all samples, sample by sample where it is not.
 * KEEP: floats that each sample keeps. */
void train_each(const Shard *s, int32_t in, int64_t keep, void (*f)(const Shard *s));

/* A function of inputs 0 and 1 with broadcasting, then the fused activation ACT. DF sets the
 * derivatives by a and b. */
typedef struct PairFunction {
    float (*f)(float a, float b);
    void (*df)(float a, float b, float y, float *by_a, float *by_b);
} PairFunction;
void train_pair(const Shard *s, PairFunction f, int32_t act);
void train_pair_backward(const Shard *s, PairFunction f, int32_t act);
/* a + sign * b and a * b, fast. */
void train_sum(const Shard *s, float sign, int32_t act);
void train_sum_backward(const Shard *s, float sign, int32_t act);
void train_product(const Shard *s, int32_t act);
void train_product_backward(const Shard *s, int32_t act);

/* Where x is larger than y, or FIRST: y is x and AT is PIXEL; COUNT elements. */
void train_max_tap(const float *x, int32_t count, int32_t pixel, bool first, float *y, int32_t *at);

/* One row of a depthwise convolution over an image with borders. */
typedef struct TrainDepthwise {
    int32_t in, out; /* channels: output channel o reads input channel o / (out / in) */
    int32_t kernel_h, kernel_w;
    int64_t row, col; /* pixels from tap to tap */
    int32_t stride_w, out_w;
} TrainDepthwise;
/* y [out_w][out] = the sums over the taps of x and w [kernel_h][kernel_w][out]. */
void train_depthwise_row(const TrainDepthwise *t, const float *x, const float *w, float *y);
void train_depthwise_row_x(const TrainDepthwise *t, const float *dy, const float *w, float *dx);
void train_depthwise_row_w(const TrainDepthwise *t, const float *x, const float *dy, float *dw);

/* --- util_train_move.c: operators that only move elements --- */

/* Op.plan, forward and backward of any operator that moves elements and takes s32 too: which
 * element goes where is found by running its own lowered calls on the elements' numbers. */
const void *train_move_plan(const Graph *g, const Node *n, Arena *a);
void train_move(const Shard *s);
void train_move_backward(const Shard *s);

/* --- random numbers, for dropout --- */

/* Number I of the sequence SEED: uniform over 2^64. */
uint64_t train_random(uint64_t seed, uint64_t i);

#endif
