/* The scale of a softmax's exponentials, and tables with interpolation, as the reference makes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_softmax.h"

#include <math.h>

bool softmax_scale(Rounding rounding, double beta, double scale, int32_t *multiplier, int32_t *shift, int32_t *radius)
{
    double unit = (double)(1 << (31 - SOFTMAX_INTEGER_BITS));
    double most = rounding == ROUNDING_SINGLE ? 1073741823.0 : 2147483647.0;
    double real = beta * scale * unit;
    real = real < most ? real : most;
    if (!(real > 1.0)) {
        return false;
    }
    scale_to_multiplier(real, multiplier, shift);
    *radius = (int32_t)floor((double)((1 << SOFTMAX_INTEGER_BITS) - 1) * unit / (double)(INT64_C(1) << *shift));
    return true;
}

void sample_s16(float (*f)(float), float low, float high, int16_t table[513])
{
    const float step = (high - low) / 512.0f;
    for (int32_t i = 0; i <= 512; i++) {
        float at = low + (float)i * step;
        float sample = roundf(f(i == 512 ? high : at) * 32768.0f);
        if (i < 512) { /* move the sample by half of the error that interpolation makes in the middle */
            float next = f(low + (float)(i + 1) * step) * 32768.0f;
            float middle = roundf(f(at + step / 2.0f) * 32768.0f);
            sample -= roundf((roundf((next + sample) / 2.0f) - middle) / 2.0f);
        }
        table[i] = (int16_t)(sample < -32768.0f ? -32768.0f : sample > 32767.0f ? 32767.0f : sample);
    }
}
