/* Ranges and weights to scales and numbers, as TFLite's converter makes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant.h"

#include <math.h>

static const float SMALLEST = 1e-30f; /* a range or scale below it counts as zero */

static void asymmetric_s8(double low, double high, float *scale, int32_t *zero)
{
    double step = (high - low) / 255.0;
    double from_low = -128.0 - low / step;
    double from_high = 127.0 - high / step;
    double low_error = 128.0 + fabs(low / step);
    double high_error = 127.0 + fabs(high / step);
    double best = round(low_error < high_error ? from_low : from_high);
    *scale = (float)step;
    *zero = (int32_t)fmin(fmax(best, -128.0), 127.0);
}

void quant_activation(Range r, Type type, float *scale, int32_t *zero)
{
    double low = fmin(r.low, 0.0);
    double high = fmax(r.high, 0.0);
    double reach = fmax(-low, high);
    *zero = 0;
    if (reach < (double)SMALLEST) { /* always 0: any scale will do */
        *scale = 1.0f;
    } else if (type == TYPE_S16) {
        *scale = (float)(reach / 32767.0);
    } else {
        asymmetric_s8(low, high, scale, zero);
    }
}

static const float *channel(const Tensor *w, const WeightScales *s, int64_t outer, int32_t c)
{
    return (const float *)(const void *)w->data + (outer * s->channels + c) * s->count;
}

/* max |w| of a channel, or the clip that OCTAV finds; its values lie in one run, or at a fixed distance. */
static double channel_reach(const Tensor *w, const WeightScales *s, int32_t c, bool octav, int32_t bits)
{
    double reach = 0;
    for (int64_t o = 0; o < s->outer; o++) {
        const float *x = channel(w, s, o, c);
        for (int64_t k = 0; k < s->count; k++) {
            reach = fmax(reach, fabs((double)x[k]));
        }
    }
    if (!octav || reach == 0.0) {
        return reach;
    }
    return s->outer == 1 ? narrow_clip(channel(w, s, 0, c), s->count, 1, bits)
                         : narrow_clip(channel(w, s, 0, c), s->outer, s->channels, bits);
}

WeightScales weight_scales(Arena *a, const Tensor *w, int32_t axis, Type type, bool octav)
{
    const int32_t bits = type_bits(type);
    WeightScales s = {.channels = w->shape.dim[axis], .count = 1, .outer = 1, .most = (1 << (bits - 1)) - 1};
    for (int32_t i = 0; i < w->shape.rank; i++) {
        s.outer *= i < axis ? w->shape.dim[i] : 1;
        s.count *= i > axis ? w->shape.dim[i] : 1;
    }
    octav = (octav || bits < 8) && (s.outer == 1 || s.count == 1);
    s.scale = NEW(a, float, s.channels);
    float most = 0;
    for (int32_t c = 0; c < s.channels; c++) {
        s.scale[c] = (float)(channel_reach(w, &s, c, octav, bits) / s.most);
        most = fmaxf(most, s.scale[c]);
    }
    for (int32_t c = 0; c < s.channels; c++) {
        s.scale[c] = s.scale[c] >= SMALLEST ? s.scale[c] : most >= SMALLEST ? most : 1.0f;
    }
    return s;
}

int8_t *weight_numbers(Arena *a, const Tensor *w, const WeightScales *s)
{
    int8_t *numbers = NEW(a, int8_t, shape_count(&w->shape));
    for (int64_t o = 0; o < s->outer; o++) {
        for (int32_t c = 0; c < s->channels; c++) {
            const float *x = channel(w, s, o, c);
            for (int64_t k = 0; k < s->count; k++) {
                double q = round((double)x[k] / (double)s->scale[c]);
                numbers[(o * s->channels + c) * s->count + k] =
                    (int8_t)fmin(fmax(q, -s->most), s->most);
            }
        }
    }
    return numbers;
}
