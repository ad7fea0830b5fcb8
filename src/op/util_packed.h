/* Weights packed for kernels that compute four output channels at a time (rt/shrinc_packed.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_PACKED_H
#define SHRINC_OP_UTIL_PACKED_H

#include "op/util_mac.h"
#include "op/util_window.h"

/* Inputs of a channel, in order: RUNS runs of LENGTH, each packed by itself. */
typedef struct Packing {
    int32_t runs;
    int32_t length;
} Packing;

/* What each channel of a packed layer needs besides its weights. */
typedef struct PackedChannel {
    int32_t add, multiplier, last; /* as rt/shrinc_packed.h has them */
} PackedChannel;

typedef struct Packed {
    const WeightLayout *layout;
    const Tensor *weights;
    PackedChannel *channel;
    bool is_line;    /* requantised by a line */
    bool is_nibbles; /* weights take 4 bits (rt/shrinc_nibbles.h); set by packed_choose_form */
} Packed;

/* Finds the channels' constants; false if the int8 layer cannot be packed: it needs multipliers
 * below 1/2 and sums within 30 bits, which almost every trained layer has. False too where the graph
 * prefers size and is tiny. */
bool packed_make(Graph *g, const Node *n, MacInputs in, const WeightLayout *l, const MacConsts *m,
                 Packed *out);
/* How many channels go to a halfword: four where weights of 4 bits and less fit so (IS_NIBBLES is set), else two, which
 * needs sums of odd channels within 23 bits (without bias) and weights within 16 bits; false: neither fits. */
bool packed_choose_form(Packed *p);
/* The kernel for weights of 8 bits (NAME ends with "_s8"), or its twin for 4. */
const char *packed_kernel(Graph *g, const Packed *p, const char *name);
/* Quads of one channel's inputs. */
int32_t packed_quads(Packing p);
/* Appends the argument "packed". */
void packed_call(Graph *g, Call *c, const Packed *p, Packing packing);
/* The same for a depthwise layer; at least 4 channels. */
void packed_call_depthwise(Graph *g, Call *c, const Packed *p);
/* Appends the calls of a convolution that is not grouped, one for each image; Y_MIN, Y_MAX: the
 * clamp, quantised. */
void packed_conv_2d(Graph *g, Node *n, const Packed *p, const Window *rows, const Window *cols,
                    int32_t y_min, int32_t y_max);

enum { PATCH_WORDS = 4 }; /* words of a quad for two pixels */

#endif
