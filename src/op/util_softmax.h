/* What the softmaxes share: the scale of their exponentials, tables with interpolation.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_SOFTMAX_H
#define SHRINC_OP_UTIL_SOFTMAX_H

#include "op/util_elementwise.h"

enum { SOFTMAX_INTEGER_BITS = 5 }; /* of a scaled difference: 26 fraction bits */

/* Requantisation that takes a difference of int8 numbers to SCALE * BETA times it with
 * SOFTMAX_INTEGER_BITS. RADIUS: how far below the largest element of its row an element still
 * counts. False: the product is too small. */
bool softmax_scale(Rounding rounding, double beta, double scale, int32_t *multiplier,
                   int32_t *shift, int32_t *radius);
/* 513 samples of F over [low, high] for linear interpolation between them, in fractions of 2^15. */
void sample_s16(float (*f)(float), float low, float high, int16_t table[513]);

#endif
