/* Logarithms of the power in bands of frequency, int16, for each channel of a window: y[b] = log(mean over
 * frames (or maximum) of the sum of |X_k|^2 over edge[b] <= k < edge[b + 1]), scaled. A frame is FFT samples
 * from every HOP-th on, zeros behind the end, by a periodic Hann window or none. The transform works on int16
 * with one exponent for the frame: before each stage all values are halved until they are at most 13500, so that
 * no butterfly can leave int16. Powers are 64-bit sums in 2^-8 of a step squared; their logarithm to the base 2
 * in 2^-16. TWIDDLE holds cos and sin of 2 pi k / FFT for k < FFT / 2, in 2^-15.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SPECTRUM_S16_H
#define SHRINC_SPECTRUM_S16_H

#include "shrinc_requantize.h"

typedef struct shrinc_spectrum_s16_params {
    int32_t batches;
    int32_t count;      /* samples of a window */
    int32_t channels;
    int32_t fft;        /* samples of a frame, a power of two, 8 to 1024 */
    int32_t hop;
    int32_t frames;
    int32_t bands;
    int32_t is_hann;
    int32_t is_hold;    /* 1: maximum over the frames, 0: their sum (the mean's divisor is in the bias) */
    int32_t multiplier; /* from 2^-16 of a doubling to the scale of y */
    int32_t shift;
} shrinc_spectrum_s16_params;

#endif
