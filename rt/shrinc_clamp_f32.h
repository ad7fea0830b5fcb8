/* Clamp of floats.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CLAMP_F32_H
#define SHRINC_CLAMP_F32_H

/* A NaN stays one. */
static inline float shrinc_clamp_f32(float x, float low, float high)
{
    return (x < low) ? low : ((x > high) ? high : x);
}

#endif
