/* Second-order sections one behind the other (IIR filters), int16 samples, one scale: y[i] = b0 x[i] + b1 x[i-1]
 * + b2 x[i-2] - a1 y[i-1] - a2 y[i-2], direct form I. Coefficients b0 b1 b2 a1 a2 of a section are in 2^-30;
 * between sections and in the delays samples are in 2^-12 of a step, so that low cut-offs do not drown in
 * rounding. The delays of a channel: x[i-1], x[i-2] of the first section, then of each section y[i-1], y[i-2].
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_BIQUAD_S16_H
#define SHRINC_BIQUAD_S16_H

#include "shrinc_base.h"

typedef struct shrinc_biquad_s16_params {
    int32_t batches;
    int32_t count;    /* samples of a window */
    int32_t channels;
    int32_t sections;
    int32_t is_fresh; /* 1: the delays start at 0 in each batch; 0: they are state */
} shrinc_biquad_s16_params;

#endif
