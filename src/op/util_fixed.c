/* The reference's integer functions on 32-bit fixed point (gemmlowp's formulas): they fill tables.
 * A number with I integer bits (and the sign) is raw / 2^(31 - I).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include "shrinc_requantize.h"

int32_t fixed_requantize(Rounding rounding, int32_t x, int32_t multiplier, int32_t shift)
{
    if (rounding == ROUNDING_TFLITE) {
        return shrinc_requantize(x, multiplier, shift);
    }
    int32_t right = 31 - shift;
    return (int32_t)(((int64_t)x * multiplier + (INT64_C(1) << (right - 1))) >> right);
}

int32_t fixed_high_mul(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

int32_t fixed_shift_right(int32_t x, int32_t shift)
{
    int64_t half = shift > 0 ? INT64_C(1) << (shift - 1) : 0;
    int64_t magnitude = ((x < 0 ? -(int64_t)x : (int64_t)x) + half) >> shift;
    return (int32_t)(x < 0 ? -magnitude : magnitude);
}

static int32_t shift_left(int32_t x, int32_t shift)
{
    int64_t wide = (int64_t)x * (INT64_C(1) << shift);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(x) for x in [-1/4, 0), no integer bits: Taylor's series of degree 4 around -1/8. */
static int32_t exp_quarter(int32_t a)
{
    const int32_t exp_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    int32_t x = a + (1 << 28);
    int32_t x2 = fixed_high_mul(x, x);
    int32_t x3 = fixed_high_mul(x2, x);
    int32_t x4 = fixed_high_mul(x2, x2);
    int32_t tail = fixed_high_mul(fixed_shift_right(x4, 2) + x3, third) + x2; /* x^4/12 + x^3/3 + x^2 */
    return exp_minus_eighth + fixed_high_mul(exp_minus_eighth, x + fixed_shift_right(tail, 1));
}

/* The quarter's rest by series, each other bit by a product. */
int32_t fixed_exp_negative(int32_t x, int32_t integer_bits)
{
    static const int32_t factor[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    if (x == 0) {
        return INT32_MAX;
    }
    int32_t quarter = 1 << (29 - integer_bits);
    int32_t rest = (x & (quarter - 1)) - quarter;
    int32_t result = exp_quarter(shift_left(rest, integer_bits));
    uint32_t bits = (uint32_t)rest - (uint32_t)x; /* in quarters, from bit 29 - integer_bits up */
    for (int32_t k = 0; k < integer_bits + 2; k++) {
        if ((bits >> (29 - integer_bits + k) & 1u) != 0) {
            result = fixed_high_mul(result, factor[k]);
        }
    }
    return result;
}

/* 2 / (1 + x) for x in [0, 1] without integer bits; result with two: Newton's division. */
static int32_t two_over_one_plus(int32_t a)
{
    int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + fixed_high_mul(half_denominator, -1010580540); /* 48/17 - 32/17 d */
    for (int32_t i = 0; i < 3; i++) {
        int32_t error = (1 << 29) - fixed_high_mul(half_denominator, x);
        x += shift_left(fixed_high_mul(x, error), 2);
    }
    return x;
}

int32_t fixed_logistic(int32_t x)
{
    if (x == 0) {
        return 1 << 30;
    }
    int32_t positive = shift_left(two_over_one_plus(fixed_exp_negative(x > 0 ? -x : x, 4)), 1);
    return x > 0 ? positive : INT32_MAX - positive;
}

int32_t fixed_tanh(int32_t x)
{
    if (x == 0) {
        return 0;
    }
    /* x with 4 integer bits is 2x with 5 */
    int32_t e = fixed_exp_negative(x > 0 ? -x : x, 5);
    int32_t t = shift_left(two_over_one_plus(e) - (1 << 29), 2);
    return x < 0 ? -t : t;
}
