/* Exponentials, logarithms, sigmoids and roots on integers, as FACTS.md describes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

static const int64_t ONE = INT64_C(1) << 31; /* of Q0.31 */

static int32_t bits_of(int64_t a)
{
    int32_t bits = 0;
    for (; a > 0; a /= 2) {
        bits++;
    }
    return bits;
}

static int64_t two_to(int32_t n)
{
    return INT64_C(1) << n;
}

/* a * 2^n, saturating to the left, rounding to the right. */
static int64_t power_scaled(int64_t a, int32_t n)
{
    return n < 0 ? halve(a, -n)
                 : clamp((int64_t)((Wide)a * two_to(n) > INT32_MAX   ? INT32_MAX
                                   : (Wide)a * two_to(n) < INT32_MIN ? INT32_MIN
                                                                     : a * two_to(n)),
                         INT32_MIN, INT32_MAX);
}

/* exp(p), p in [-1/4, 0): x = p + 1/8; exp(-1/8) * (1 + x + x^2/2 + x^3/6 + x^4/24). */
static int64_t exp_small(int64_t p)
{
    int64_t x = p + two_to(28);
    int64_t x2 = high_mul(x, x);
    int64_t x3 = high_mul(x2, x);
    int64_t x4 = high_mul(x2, x2);
    int64_t rest = halve(high_mul(halve(x4, 2) + x3, 715827883) + x2, 1);
    return saturate32(1895147668 + high_mul(1895147668, x + rest));
}

int64_t exp_fixed(int64_t a, int32_t k)
{
    static const int64_t factor[] = {1672461947, 1302514674, 790015084, 290630308,
                                     39332535,   720401,     242};
    if (a == 0) {
        return ONE - 1;
    }
    int64_t quarter = two_to(29 - k);
    int64_t part = a % quarter; /* in (-quarter, 0] */
    part = part == 0 ? -quarter : part;
    int64_t quarters = (part - a) / quarter;
    int64_t e = exp_small(power_scaled(part, k));
    for (int32_t j = 0; j < 7 && j - 2 < k; j++) {
        if (quarters / two_to(j) % 2 != 0) {
            e = high_mul(e, factor[j]);
        }
    }
    return e;
}

/* 2 / (1 + a) in Q2.29, by Newton's method. */
static int64_t twice_reciprocal(int64_t a)
{
    int64_t half = (a + ONE) / 2;
    int64_t x = 1515870810 + high_mul(half, -1010580540);
    for (int32_t i = 0; i < 3; i++) {
        x += power_scaled(high_mul(x, two_to(29) - high_mul(half, x)), 2);
    }
    return x;
}

int64_t reciprocal_fixed(int64_t a)
{
    return saturate32(2 * twice_reciprocal(a));
}

int64_t logistic_fixed(int64_t a, int32_t k)
{
    if (a == 0) {
        return two_to(30);
    }
    int64_t p = reciprocal_fixed(exp_fixed(a < 0 ? a : -a, k));
    return a < 0 ? ONE - 1 - p : p;
}

int64_t tanh_fixed(int64_t a, int32_t k)
{
    if (a == 0) {
        return 0;
    }
    int64_t t = power_scaled(twice_reciprocal(exp_fixed(a < 0 ? a : -a, k + 1)) - two_to(29), 2);
    return a < 0 ? -t : t;
}

/* --- the int16 table of the logistic function ------------------------------------------------------------------- */

static double knot_exact(double i)
{
    return 65536.0 / (1.0 + exp(-i / 24.0));
}

static int64_t knot(int64_t i)
{
    double bent =
        (knot_exact((double)i) + knot_exact((double)i + 1.0)) / 2.0 - knot_exact((double)i + 0.5);
    return i >= 255 ? 65535 : (int64_t)floor(knot_exact((double)i) - bent / 2.0 + 0.5);
}

/* |p| in steps of the table times 2^BITS, interpolated; beyond the table LAST. */
static int64_t interpolated(int64_t p, int32_t bits, int64_t last)
{
    int64_t size = p < 0 ? -p : p;
    int64_t i = size / two_to(bits);
    return i >= 255 ? last : knot(i) * two_to(bits) + size % two_to(bits) * (knot(i + 1) - knot(i));
}

static int64_t prescaled(int64_t x, int64_t m, int32_t n)
{
    return nearest_up((Wide)x * m, (Wide)1 << n);
}

int64_t logistic_16(int64_t x, int64_t m, int32_t n)
{
    int64_t p = prescaled(x, m, n);
    int64_t r = interpolated(p, 9, INT64_C(0x7FFF) * 1024);
    return floor_div(p >= 0 ? r + 512 : two_to(25) - r + 511, 1024);
}

int64_t tanh_16(int64_t x, int64_t m, int32_t n)
{
    int64_t p = prescaled(x, m, n);
    int64_t r = interpolated(p, 8, INT64_C(0xFFFF) * 256) - two_to(23);
    return floor_div(p >= 0 ? r + 128 : -r + 127, 256);
}

/* --- tables with 513 entries over int16 ----------------------------------------------------------------------------- */

void sampled(double (*f)(double), double x_low, double x_high, double y_low, double y_high,
             int64_t table[513])
{
    float step = ((float)x_high - (float)x_low) / 512.0f;
    float gain = 65536.0f / ((float)y_high - (float)y_low);
    for (int32_t i = 0; i <= 512; i++) {
        float x = i == 512 ? (float)x_high : (float)x_low + (float)i * step;
        float here = (float)round_f32((double)((float)f((double)x) * gain));
        float entry = here;
        if (i < 512) {
            float next = (float)f((double)((float)x_low + (float)(i + 1) * step)) * gain;
            float between = (float)round_f32((double)((float)f((double)(x + step / 2.0f)) * gain));
            float guess = (float)round_f32((double)((next + here) / 2.0f));
            entry = here - (float)round_f32((double)((guess - between) / 2.0f));
        }
        table[i] = clamp((int64_t)entry, INT16_MIN, INT16_MAX);
    }
}

int64_t look(const int64_t table[513], int64_t x)
{
    int64_t i = floor_div(x, 128) + 256;
    int64_t rest = x - (i - 256) * 128;
    return table[i] + nearest_up((table[i + 1] - table[i]) * rest, 128);
}

/* --- roots and logarithms ---------------------------------------------------------------------------------------------- */

Fixed inverse_root(int64_t a)
{
    if (a <= 1) {
        return (Fixed){INT32_MAX, 0};
    }
    int32_t right = 11;
    while (a >= two_to(29)) {
        a /= 4;
        right++;
    }
    while (a < two_to(27)) {
        a *= 4;
        right--;
    }
    int64_t half = halve(a / 2, 1);
    int64_t x = two_to(28);
    for (int32_t i = 0; i < 5; i++) { /* x * (3 - a x^2) / 2 */
        int64_t cube = power_scaled(high_mul(high_mul(x, x), x), 6);
        x = power_scaled(high_mul(two_to(28) + two_to(27), x) - high_mul(half, cube), 3);
    }
    int64_t m = high_mul(x, 1518500250);
    return right < 0 ? (Fixed){m * two_to(-right), 0} : (Fixed){m, -right};
}

static int64_t raise(int64_t v, int32_t n)
{
    int64_t edge = two_to(31 - n) - 1;
    return n == 0 ? v : v > edge ? INT32_MAX : v < -edge ? INT32_MIN : wrap32(v * two_to(n));
}

int64_t log_fixed(int64_t a, int32_t k_in, int32_t k_out)
{
    enum { ROOT = 1518500250, ROOT_OF_ROOT = 1805811301 }; /* 2^(-1/2), 2^(-1/4) */
    int32_t k = k_out + 1;
    int64_t quarter = power_scaled(536870912, -k);
    int32_t head = 32 - bits_of(a);
    int64_t ratio_a = raise(high_mul(raise(a, head - 1), ROOT), 1);
    int64_t power_a = saturate32(raise(k_in - head, 31 - k) + quarter);
    head = 32 - bits_of(high_mul(a, ROOT)) - 1;
    int64_t ratio_b = raise(a, head);
    int64_t power_b = saturate32(raise(k_in - head, 31 - k) - quarter);
    int64_t ratio = ratio_a < ratio_b ? ratio_a : ratio_b;
    int64_t power = power_a > power_b ? power_a : power_b;
    int64_t sum = ratio + ROOT_OF_ROOT;
    int64_t p = (sum + (sum >= 0 ? 1 : -1)) / 2;
    int64_t q = wrap32(2 * (ratio - ROOT_OF_ROOT));
    int64_t q2 = high_mul(q, q);
    int64_t above = wrap32(high_mul(q, ratio) + high_mul(high_mul(q, q2), 117049297));
    int64_t below = wrap32(high_mul(p, wrap32(1057819769 + q + high_mul(127690142, q2))) +
                           high_mul(638450708, q));
    int64_t series = high_mul(power_scaled(above, -k), reciprocal_fixed(below));
    return power_scaled(wrap32(high_mul(power, 1488522236) + series), k - k_out);
}
