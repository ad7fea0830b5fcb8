/* float16 (IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction) and float32.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000U) << 16;
    uint32_t exponent = (uint32_t)half >> 10 & 31U;
    uint32_t fraction = half & 1023U;
    if (exponent == 0) { /* zero, or a fraction of 2^-14 */
        float v = (float)fraction * 0x1p-24f;
        return sign != 0 ? -v : v;
    }
    uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    uint32_t bits = sign | wide << 23 | fraction << 13;
    float v = 0.0f;
    memcpy(&v, &bits, sizeof v);
    return v;
}

uint16_t half_from_float(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000U;
    uint32_t magnitude = bits & 0x7FFFFFFFU;
    if (magnitude > 0x7F800000U) { /* NaN: stays one */
        uint32_t payload = magnitude >> 13 & 1023U;
        return (uint16_t)(sign | 0x7C00U | (payload != 0 ? payload : 512U));
    }
    if (magnitude >= 0x477FF000U) { /* 65520, halfway to the first number beyond */
        return (uint16_t)(sign | 0x7C00U);
    }
    uint32_t drop = 13; /* bits of the fraction that float16 lacks */
    uint32_t kept = magnitude - (112U << 23);
    if (magnitude < 113U << 23) { /* below 2^-14: steps of 2^-24 */
        uint32_t exponent = magnitude >> 23;
        if (exponent < 102) { /* below half a step */
            return (uint16_t)sign;
        }
        drop = 126 - exponent;
        kept = (magnitude & 0x7FFFFFU) | 0x800000U;
    }
    uint32_t half = 1U << (drop - 1);
    uint32_t rest = kept & ((half << 1) - 1);
    uint32_t rounded = kept >> drop;
    rounded += rest > half || (rest == half && (rounded & 1U) != 0) ? 1 : 0;
    return (uint16_t)(sign | rounded);
}
