/* Hybrid layers: weights are int8 in the file, inputs are floats that are quantised to int8 on the fly, with one scale
 * for a whole row or image: x = (q - zero) * scale. Symmetric: zero is 0 and q in -127 .. 127. Asymmetric: q in
 * -128 .. 127 covers smallest .. largest and 0. As TensorFlow Lite's reference kernels do it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_HYBRID_H
#define SHRINC_HYBRID_H

#include "shrinc_base.h"

typedef struct shrinc_hybrid_scale {
    float scale;
    int32_t zero;
} shrinc_hybrid_scale;

/* To the nearest whole number, halves away from zero, within low .. high; NaN gives low. */
static inline int8_t shrinc_hybrid_round(float v, int32_t low, int32_t high)
{
    int32_t q = low;
    if (v >= (float)high) {
        q = high;
    } else if (v > (float)low) {
        q = (int32_t)v;
        float rest = v - (float)q;
        q += (rest >= 0.5f) ? 1 : ((rest <= -0.5f) ? -1 : 0);
    } else {
        /* below the range, or NaN */
    }
    return (int8_t)q;
}

static inline shrinc_hybrid_scale shrinc_hybrid_symmetric(float least, float most, const float *x, int32_t count,
                                                          int8_t *q)
{
    shrinc_hybrid_scale s = { 1.0f, 0 };
    float range = (most > -least) ? most : -least;
    if (range > 0.0f) {
        float steps = 127.0f / range;
        s.scale = range / 127.0f;
        for (int32_t i = 0; i < count; i++) {
            q[i] = shrinc_hybrid_round(x[i] * steps, -127, 127);
        }
    } else {
        (void)memset(q, 0, (size_t)count);
    }
    return s;
}

/* The zero point by that end of the range which gives it more exactly, rounded as above. In double precision: ranges as
 * -1 .. 1 are ties, which must fall as in the reference. */
static inline int32_t shrinc_hybrid_zero(double below, double above)
{
    double v = ((128.0 - below) < (127.0 + above)) ? (-128.0 - below) : (127.0 - above);
    int32_t zero = -128;
    if (v >= 127.0) {
        zero = 127;
    } else if (v > -128.0) {
        zero = (int32_t)v;
        double rest = v - (double)zero;
        zero += (rest >= 0.5) ? 1 : ((rest <= -0.5) ? -1 : 0);
    } else {
        /* at the end of the range, or an infinite one */
    }
    return zero;
}

static inline shrinc_hybrid_scale shrinc_hybrid_asymmetric(float least, float most, const float *x, int32_t count,
                                                           int8_t *q)
{
    shrinc_hybrid_scale s = { 1.0f, 0 };
    if (least < most) {
        double scale = ((double)most - (double)least) / 255.0;
        s.scale = (float)scale;
        s.zero = shrinc_hybrid_zero((double)least / scale, (double)most / scale);
        float steps = 1.0f / s.scale;
        float start = (float)s.zero;
        for (int32_t i = 0; i < count; i++) {
            float v = x[i] * steps;
            q[i] = shrinc_hybrid_round(start + v, -128, 127);
        }
    } else {
        (void)memset(q, 0, (size_t)count);
    }
    return s;
}

/* Quantises x[0 .. count-1] into q. */
static inline shrinc_hybrid_scale shrinc_hybrid_quantize(const float *x, int32_t count, int32_t asymmetric, int8_t *q)
{
    float least = 0.0f;
    float most = 0.0f;
    for (int32_t i = 0; i < count; i++) {
        least = (x[i] < least) ? x[i] : least;
        most = (x[i] > most) ? x[i] : most;
    }
    return (asymmetric != 0) ? shrinc_hybrid_asymmetric(least, most, x, count, q)
                             : shrinc_hybrid_symmetric(least, most, x, count, q);
}

/* sum + (q[0] - zero)*w[0] + ... + (q[count-1] - zero)*w[count-1]; the weights may lie in program memory. */
static inline int32_t shrinc_hybrid_dot(int32_t sum, const int8_t *q, int32_t zero, const int8_t *SHRINC_ROM w,
                                        int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        sum += (q[k] - zero) * shrinc_rom_s8(&w[k]);
    }
    return sum;
}

#endif
