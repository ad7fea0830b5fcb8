/* Clipping points of weights.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_clip.h"

#include <math.h>

double octav_clip(const float *x, int64_t count, int64_t step, int32_t bits)
{
    enum { ROUNDS = 20 };
    double most = 0;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)x[i * step]));
        sum += fabs((double)x[i * step]);
    }
    double noise =
        ldexp(1.0, -2 * bits) / 3.0; /* of a step of 2 clip / 2^bits, over clip squared */
    double clip = count > 0 ? sum / (double)count : 0.0;
    for (int32_t round = 0; round < ROUNDS; round++) {
        double beyond = 0;
        double number = 0;
        for (int64_t i = 0; i < count; i++) {
            double size = fabs((double)x[i * step]);
            beyond += size > clip ? size : 0.0;
            number += size > clip ? 1.0 : 0.0;
        }
        double next = beyond / (number + noise * ((double)count - number));
        if (number < 1.0 || fabs(next - clip) <= 1e-6 * clip) {
            break;
        }
        clip = next;
    }
    return fmin(clip, most);
}

double narrow_clip(const float *x, int64_t count, int64_t step, int32_t bits)
{
    enum { ROUNDS = 10 };
    if (bits > 2) {
        return octav_clip(x, count, step, bits);
    }
    double value = 0.0;
    for (int32_t round = 0; round <= ROUNDS; round++) { /* at first the mean of all */
        double sum = 0;
        double number = 0;
        for (int64_t i = 0; i < count; i++) {
            double size = fabs((double)x[i * step]);
            sum += size > 0.5 * value ? size : 0.0;
            number += size > 0.5 * value ? 1.0 : 0.0;
        }
        if (number < 1.0 || sum / number == value) {
            break;
        }
        value = sum / number;
    }
    return value;
}
