/* Networks from text: one line, or the [net] section of a recipe, to a float graph that can be trained.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_NET_H
#define SHRINC_TRAIN_NET_H

#include "op/op.h"

/* How weights start. AUTO: He where a relu follows, else Glorot. All are uniform. */
typedef enum InitKind { INIT_AUTO, INIT_GLOROT, INIT_HE, INIT_COUNT } InitKind;
extern const char *const init_names[]; /* "auto", "glorot", "he", NULL */

typedef struct NetOptions {
    const char *name; /* of the graph */
    Shape input;      /* of one sample, without batch: rank 1 to 3 */
    int32_t outputs;  /* what "classes" means: classes, or numbers to predict */
    uint64_t seed;    /* of the weights */
    InitKind init;
} NetOptions;

/* Builds a float graph with batch dimension 1 from text:
 *
 *     net    = layer { "," layer }              a new line is a comma too; '#' begins a comment
 *     layer  = KIND numbers words
 *            | "repeat" COUNT "{" net "}"       the same layers several times, each with its own weights
 *            | "residual" "{" net "}" [relu]    adds what goes in to what comes out; where their shapes differ, a
 *                                               1x1 convolution fits the shortcut
 *            | "save" NAME | "add" NAME         keeps a tensor by name; adds it to the current one
 *            | READY [ "(" numbers ")" ]        a ready net: ds_cnn, resnet8, mobilenet_v1(alpha), autoencoder(...)
 *
 * KINDs and what may follow them: net_help. Convolutions and pools take images [height, width, channels] (kernel K or
 * HxW) and sequences [steps, channels] (kernel K); [a, b] with a kernel HxW is an image of one
 * channel, [n] a sequence of one. Fails with the place in the text, what was seen there and what is allowed. */
Status net_build(const char *text, const NetOptions *o, Graph **out, Diag *d) MUST_CHECK;

/* One line for each layer kind and ready net. */
void net_help(Out *out);

/* --- init.c --- */

/* COUNT weights, uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot, Bengio 2010) or
 * +-sqrt(6 / fan_in) (He et al. 2015). */
void init_uniform(InitKind kind, int64_t fan_in, int64_t fan_out, Random random, float *weight,
                  int64_t count);

#endif
