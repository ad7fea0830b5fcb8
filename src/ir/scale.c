/* Fixed-point numbers as in TFLite's 8-bit quantisation specification.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

#include <math.h>

void scale_to_multiplier(double real, int32_t *multiplier, int32_t *shift)
{
    *multiplier = 0;
    *shift = 0;
    if (real == 0.0) {
        return;
    }
    int exponent = 0;
    double mantissa = frexp(real, &exponent); /* in [0.5, 1) */
    int64_t q = (int64_t)round(mantissa * 2147483648.0);
    if (q == INT64_C(1) << 31) {
        q /= 2;
        exponent++;
    }
    if (exponent < -31) { /* vanishes after the shift */
        exponent = 0;
        q = 0;
    }
    if (exponent > 30) { /* TFLite saturates here */
        exponent = 30;
        q = INT32_MAX;
    }
    *multiplier = (int32_t)q;
    *shift = exponent;
}
