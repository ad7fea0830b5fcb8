/* One number for each channel of a window, int16, exact sums in 64 bits:
 *   0 mean             S1 / n
 *   1 rms              sqrt(S2 / n)
 *   2 std              sqrt(S2 / n - (S1 / n)^2)
 *   3 skewness         m3 / m2^1.5 about the mean; 0 where m2 is 0
 *   4 kurtosis         m4 / m2^2 - 3; -3 where m2 is 0
 *   5 crest            max |x| / rms; 0 where rms is 0
 *   6 peak_to_peak     max - min
 *   7 mad              mean of |x - mean|
 *   8 zero_crossings   sign changes of x - mean, which counts as positive where it is 0
 *   9 slope            of the line of least squares, a sample
 * Values before the output's scale: 3, 4, 5 in 2^-10, 9 in 2^-16 of a step of x, the others in 2^-8 (of a step
 * of x). For 3 and 4 the window is scaled as a block to deviations of at most 12 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_STATISTIC_S16_H
#define SHRINC_STATISTIC_S16_H

#include "shrinc_requantize.h"
#include "shrinc_root.h"

typedef struct shrinc_statistic_s16_params {
    int32_t batches;
    int32_t count;      /* samples of a window, 2 to 4096 */
    int32_t channels;
    int32_t kind;
    int32_t multiplier; /* to the scale of y */
    int32_t shift;
    int32_t y_zero;
} shrinc_statistic_s16_params;

#endif
