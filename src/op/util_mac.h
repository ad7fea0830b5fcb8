/* Bias, multipliers and bounds of layers that sum products of x and constant weights.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_MAC_H
#define SHRINC_OP_UTIL_MAC_H

#include "op/op.h"

/* Where the weights of output channel o lie: element k at o * channel_step + k * step, k < count.
 */
typedef struct WeightLayout {
    int32_t channels;
    int64_t count;        /* weights of one channel */
    int64_t channel_step; /* elements */
    int64_t step;
    int32_t axis; /* dimension of the weights that per-channel scales go along */
} WeightLayout;

/* What a quantised layer stores per channel. */
typedef struct MacConsts {
    int32_t channels;
    int32_t scales;      /* entries of MULTIPLIER and SHIFT: 1 or CHANNELS */
    int32_t *bias;       /* 32-bit sums: the bias with -x_zero * sum(w) folded in if asked for */
    int64_t *bias64;     /* 64-bit sums (s16), else NULL */
    int32_t *multiplier; /* for 64-bit sums already reduced to 16 bits */
    int8_t *shift;
} MacConsts;

typedef struct MacWants {
    bool fold_zero; /* fold the input's zero point into the bias */
} MacWants;

/* Positions of the tensors among the node's inputs. */
typedef struct MacInputs {
    int32_t x, w, b;
} MacInputs;

/* Checks f32, s8 or s16 with what it needs: one scale and a zero point that fits. */
Status mac_check_activation(const Graph *g, const Node *n, const Tensor *t, const char *role,
                            Diag *d) MUST_CHECK;
/* Types, scales and sizes of x, weights, bias (may be left out) and output 0; refuses hybrid
 * layers. */
Status mac_check(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                 Diag *d) MUST_CHECK;
/* Refuses weights or a bias that are not constants. */
Status mac_check_const(const Graph *g, const Node *n, MacInputs in, Diag *d) MUST_CHECK;
/* Refuses a 32-bit bias of an s16 layer. */
Status mac_check_bias_wide(const Graph *g, const Node *n, MacInputs in, Diag *d) MUST_CHECK;
/* Sums have 64 bits: s16 with a 64-bit bias or none. TFLite takes 32 bits for s16 with a 32-bit
 * bias. */
bool mac_is_wide(const Graph *g, const Node *n, MacInputs in);
/* Computes the constants. Refuses what could overflow the sum or the requantisation. */
Status mac_consts(Graph *g, const Node *n, MacInputs in, const WeightLayout *l, MacWants wants,
                  MacConsts *out, Diag *d) MUST_CHECK;
/* Appends the arguments bias, multiplier, shift. */
void mac_call_consts(Graph *g, Call *c, const MacConsts *m);
/* Appends a float bias: input B_IN, or zeros where it is left out. */
void mac_call_bias_f32(Graph *g, const Node *n, Call *c, int32_t b_in, int32_t channels);
/* Appends a call of KERNEL with a copy of PARAMS for each image: input IN.x, the weights, the
 * constants M (NULL: a float bias), output 0. */
void mac_call_images(Graph *g, Node *n, const char *kernel, const void *params, size_t bytes,
                     MacInputs in, const MacConsts *m);
/* The multiplier and shift of REAL for 32-bit sums up to BOUND in magnitude; refuses what would
 * overflow. */
Status mac_multiplier(const Graph *g, const Node *n, double real, int64_t bound,
                      int32_t *multiplier, int8_t *shift, Diag *d) MUST_CHECK;
/* The same for 64-bit sums, where TFLite keeps 16 bits of the multiplier (kernels with
 * shrinc_requantize_wide). */
Status mac_multiplier_wide(const Graph *g, const Node *n, double real, int64_t bound,
                           int32_t *multiplier, int8_t *shift, Diag *d) MUST_CHECK;
/* Element I of an integer constant. */
int64_t mac_int(const Tensor *t, int64_t i);
/* Value that a kernel stores in 16 bits: a stride, a channel count. */
Status check_s16(const Graph *g, const Node *n, const char *what, int64_t value,
                 Diag *d) MUST_CHECK;

#endif
