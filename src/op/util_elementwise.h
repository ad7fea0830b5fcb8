/* What elementwise operators share: shapes and quantisation, broadcasting, tables.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_ELEMENTWISE_H
#define SHRINC_OP_UTIL_ELEMENTWISE_H

#include "op/op.h"

/* --- util_elementwise.c: checks, unary calls --- */

/* A tensor of type s8, u8 or s16 must have one scale and a zero point that its type can hold;
 * others pass. */
Status check_quantized(const Graph *g, const Node *n, const Tensor *t, const char *role,
                       Diag *d) MUST_CHECK;
/* As above, and the zero point of an s16 tensor must be 0. */
Status check_symmetric_s16(const Graph *g, const Node *n, const Tensor *t, const char *role,
                           Diag *d) MUST_CHECK;
/* One input, one output of the same type (one of TYPES) and shape. */
Status infer_unary(Graph *g, Node *n, uint32_t types, Diag *d) MUST_CHECK;
/* Two inputs and one output of the same type (one of TYPES); the output's shape is the broadcast
 * one. */
Status infer_binary(Graph *g, Node *n, uint32_t types, Diag *d) MUST_CHECK;
/* The multiplier and shift of a REAL >= 0; refuses one that takes |x| <= REACH beyond 30 bits. */
Status gain(const Graph *g, const Node *n, double real, int64_t reach, int32_t *multiplier,
            int32_t *shift, Diag *d) MUST_CHECK;
/* There is no kernel for input 0's type. */
Status fail_no_kernel(const Graph *g, const Node *n, Diag *d) MUST_CHECK;
int32_t count_of(const Tensor *t); /* elements */
/* Appends a call of a kernel that takes shrinc_unary_f32_params, input 0 and output 0. */
void lower_unary_f32(Graph *g, Node *n, const char *kernel);
/* Elements are taken in order, each read before it is written; 0 or what the growth of the type
 * demands. */
int64_t overlap_elementwise(const Graph *g, const Node *n, int32_t in);

/* Where one of two float inputs is a constant that is one number, or one for each of the output's
 * channels (its last dimension): fills VALUE and returns which input the other is, else -1. */
int32_t channel_operand(const Graph *g, const Node *n, float *value);

/* --- util_walk.c: broadcasting (see rt/shrinc_walk.h) --- */

enum { WALK_OPERANDS = 3 };

typedef struct Walk {
    int32_t rows, inner;
    int32_t step[WALK_OPERANDS];
    int32_t level_count; /* 0: one row, no table */
    int32_t level[4 * MAX_RANK];
} Walk;

/* Of the first COUNT inputs of N to its output 0. */
Walk walk_plan(const Graph *g, const Node *n, int32_t count);
/* Appends the table of levels as an argument. */
void call_walk(Graph *g, Call *c, const Walk *w);
/* Appends the arguments of a kernel of two tensors: levels, both inputs, output. */
void call_operands(Graph *g, Node *n, Call *c, const Walk *w);
/* Appends a call of a kernel with shrinc_binary_f32_params or shrinc_binary_s32_params. */
void lower_binary_f32(Graph *g, Node *n, const char *kernel, int32_t act);
void lower_binary_s32(Graph *g, Node *n, const char *kernel, int32_t act);

/* Appends a call of a kernel with shrinc_add_params; LEFT: fractional bits of the common scale. */
Status lower_sum(Graph *g, Node *n, const char *kernel, int32_t act, int32_t left,
                 Diag *d) MUST_CHECK;

/* --- util_pair.c: two tensors with broadcasting, no numbers of their own --- */

/* Appends a call of a kernel with shrinc_pair_params. */
void lower_pair(Graph *g, Node *n, const char *kernel);
/* A warning where the inputs' scales differ although the reference compares the numbers as they
 * are. */
void warn_scales(const Graph *g, const Node *n, Diag *d);
/* y where a and b are unordered (NaN), a < b, a > b, a = b. */
typedef struct CompareResult {
    uint8_t unordered, less, greater, equal;
} CompareResult;
Status infer_compare(Graph *g, Node *n, Diag *d) MUST_CHECK;
Status lower_compare(Graph *g, Node *n, CompareResult result, Diag *d) MUST_CHECK;
Status lower_squared_difference(Graph *g, Node *n, Diag *d) MUST_CHECK;

/* --- util_rescale.c --- */

/* Appends a call of KERNEL (shrinc_rescale_params); REAL: input 0's scale over output 0's, as the
 * operator rounds it. */
Status lower_rescale(Graph *g, Node *n, const char *kernel, double real, int32_t y_min,
                     int32_t y_max, Diag *d) MUST_CHECK;
/* ReLU and its kin: clamps numbers as they are, bounds in the scale of SCALE_OF. */
Status lower_clamp(Graph *g, Node *n, int32_t act, const Tensor *scale_of, Diag *d) MUST_CHECK;
/* As above in output 0's scale, with a change of scale where there is one; REAL as in lower_rescale. */
Status lower_relu(Graph *g, Node *n, int32_t act, double real, Diag *d) MUST_CHECK;
/* Input 0's scale over output 0's; 1 if they have none. */
double scale_ratio(const Graph *g, const Node *n);

/* --- util_fixed.c: the reference's integer functions, for tables --- */

/* Requantisation as the device does it, in either rounding family; MULTIPLIER may be negative. */
int32_t fixed_requantize(Rounding rounding, int32_t x, int32_t multiplier, int32_t shift);
int32_t fixed_high_mul(int32_t a, int32_t b); /* round(a * b / 2^31), halves upward, saturating */
int32_t fixed_shift_right(int32_t x, int32_t shift); /* round(x / 2^shift), halves away from zero */
/* exp(x), x <= 0 with INTEGER_BITS (4 or 5); the result has none. */
int32_t fixed_exp_negative(int32_t x, int32_t integer_bits);
/* Logistic and tanh of x / 2^27 (five integer bits with the sign), result times 2^31. */
int32_t fixed_logistic(int32_t x);
int32_t fixed_tanh(int32_t x);

/* --- util_sigmoid.c: logistic and tanh --- */

/* By table; F as above, DROP bits of its result lie below a step of y. */
Status lower_sigmoid_s8(Graph *g, Node *n, int32_t (*f)(int32_t), int32_t drop, int32_t y_zero,
                        double y_scale, Diag *d) MUST_CHECK;
/* Input scales 2^-12 to 2^(MAX_SHIFT-12) are special to the reference. */
Status lower_sigmoid_s16(Graph *g, Node *n, const char *kernel, int32_t max_shift,
                         Diag *d) MUST_CHECK;

/* Appends the table that the int16 kernels of logistic and tanh read (rt/shrinc_sigmoid_s16.h). */
void call_sigmoid_table(Graph *g, Call *c);

/* --- util_lut.c (lower_lut_s8 is in op.h) --- */

/* The table of round(f(real x) / scale_y) + zero_y in single precision; kernel shrinc_lut_s8. */
Status lower_lut_f32(Graph *g, Node *n, float (*f)(float x, const void *context),
                     const void *context);

#endif
