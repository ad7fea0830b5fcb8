/* Operators of one tensor, element by element, and changes of type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <float.h>
#include <math.h>

/* --- generation ------------------------------------------------------------------------------------------------- */

static Shape any_shape(Case *c)
{
    return rnd_shape(c, 0, rnd_chance(c, 4) ? 6 : 4, 60);
}

/* An output scale around UNIT (what one step of x is worth), sometimes equal, sometimes far. */
static void near_quant(Case *c, TensorId y, double unit)
{
    if (!is_quantised(c->type)) {
        return;
    }
    int32_t how = rnd_int(c, 0, 3);
    double scale =
        how == 0 ? unit
                 : unit * (double)rnd_scale(c, how == 1 ? -10.0 : -2.0, how == 1 ? 12.0 : 2.0);
    set_quant(c, y, scale, rnd_zero(c, c->type));
    cover(c, how == 0 ? "scales=equal" : "scales=different");
    if (how == 0 && rnd_chance(c, 2)) {
        copy_quant(c, y, c->in[0]);
    }
}

static void same_scale_generate(Case *c)
{
    TensorId x = add_input(c, c->type, any_shape(c), FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    near_quant(c, y, see(c, x).scale);
}

static void leaky_generate(Case *c)
{
    same_scale_generate(c);
    static const float usual[] = {0.0f, 0.01f, 0.1f, 0.2f, 0.25f, 0.5f, 1.0f, 1.5f, -0.1f, -1.0f};
    set_float(c, "alpha",
              rnd_chance(c, 2) ? usual[rnd_int(c, 0, COUNT(usual) - 1)]
                               : (float)rnd_real(c, -1.0, 2.0));
}

/* Floats from LOW to HIGH, where the function neither overflows nor loses the tolerance's digits to cancellation. */
static void real_generate(Case *c, double low, double high)
{
    if (c->type == TYPE_F32) {
        (void)add_anchored(c, c->type, any_shape(c), low, high);
    } else {
        (void)add_input(c, c->type, any_shape(c), FILL_ANY);
    }
    TensorId y = add_output(c, c->type);
    make_node(c);
    near_quant(c, y, rnd_log(c, -9.0, 3.0));
}

static void wide_generate(Case *c)
{
    real_generate(c, -30.0, 30.0);
}
static void small_generate(Case *c)
{
    real_generate(c, -8.0, 8.0);
}
static void positive_generate(Case *c)
{
    real_generate(c, 1e-3, 30.0);
}
static void rounded_generate(Case *c)
{
    real_generate(c, -1000.0, 1000.0);
}

static void gelu_generate(Case *c)
{
    small_generate(c);
    set_bool(c, "approximate", rnd_chance(c, 2));
}

static void swish_generate(Case *c)
{
    TensorId x = add_input(c, c->type, any_shape(c), FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type == TYPE_S8) {
        double ratio =
            (double)rnd_scale(c, rnd_chance(c, 3) ? -6.9 : -1.0, 5.0); /* it must be above 1/128 */
        set_quant(c, y, see(c, x).scale * fmax(ratio, 1.0 / 127.0), rnd_zero(c, TYPE_S8));
    }
}

/* The output's scale is fixed. */
static void sigmoid_generate(Case *c)
{
    bool is_tanh = c->op->name[0] == 't';
    TensorId x = add_input(c, c->type, any_shape(c), FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type == TYPE_S8) {
        set_quant(c, x, (double)rnd_scale(c, -12.0, 2.0), rnd_zero(c, TYPE_S8));
        set_quant(c, y, is_tanh ? 1.0 / 128.0 : 1.0 / 256.0, is_tanh ? 0 : -128);
    } else if (c->type == TYPE_S16) {
        set_quant(c, x, (double)rnd_scale(c, -14.0, -8.0), 0);
        set_quant(c, y, 1.0 / 32768.0, 0);
    }
}

static void rsqrt_generate(Case *c)
{
    if (c->type == TYPE_F32) {
        positive_generate(c);
        return;
    }
    int32_t zero = rnd_int(c, -128, 100);
    TensorId x = add_range(c, TYPE_S8, any_shape(c), zero + rnd_int(c, 0, 1), 127.0);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_quant(c, x, (double)rnd_scale(c, -9.0, 2.0), zero);
    set_quant(c, y, 1.0 / sqrt(see(c, x).scale) / 100.0 * rnd_log(c, -3.0, 3.0),
              rnd_zero(c, TYPE_S8));
}

static void log_sqrt_generate(Case *c) /* never below 0, which the oracles refuse */
{
    if (c->type == TYPE_F32) {
        positive_generate(c);
        return;
    }
    bool is_log = c->op->name[0] == 'l';
    int32_t zero = rnd_int(c, -128, 100);
    TensorId x = add_range(c, TYPE_S8, any_shape(c), is_log ? zero + 1 : zero, 127.0);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_quant(c, x, (double)rnd_scale(c, -9.0, 2.0), zero);
    double top = is_log ? 6.0 : sqrt(see(c, x).scale * 255.0);
    set_quant(c, y, top / 128.0 * rnd_log(c, -2.0, 2.0), rnd_zero(c, TYPE_S8));
}

/* --- reference ---------------------------------------------------------------------------------------------------------- */

typedef Num (*Unary)(const Case *c, Num x, const View *y);

static void each(Case *c, Unary f)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    for (int64_t i = 0; i < x.count; i++) {
        y.v[i] = f(c, x.v[i], &y);
    }
}

static Num limited(int64_t v, const View *y)
{
    return num(clamp(v + y->zero, y->low, y->high));
}

/* An int8 value through a function in single precision, every step rounded to it. */
static Num through_float(const Case *c, Num x, const View *y, float (*f)(float))
{
    View w = in(c, 0);
    float v = f((float)w.scale * (float)(x.i - w.zero)) * (1.0f / (float)y->scale);
    if (!isfinite(v)) {
        return num(v > 0.0f ? y->high : y->low);
    }
    return limited(round_f32(fmin(fmax((double)v, -1e6), 1e6)), y);
}

static Num function(const Case *c, Num x, const View *y, double (*f)(double),
                    float (*single)(float))
{
    return c->type == TYPE_F32 ? real(f(x.r)) : through_float(c, x, y, single);
}

static Num rescaled(const Case *c, int64_t v, const View *y)
{
    return num(mul(c, v, quantise(in(c, 0).scale / y->scale)));
}

static Num absolute(const Case *c, Num x, const View *y)
{
    View w = in(c, 0);
    int64_t v = x.i < w.zero ? w.zero - x.i : x.i - w.zero;
    return c->type == TYPE_F32 ? real(fabs(x.r))
                               : limited(w.scale == y->scale ? v : rescaled(c, v, y).i, y);
}

static Num negative(const Case *c, Num x, const View *y)
{
    (void)y;
    return c->type == TYPE_F32 ? real(-x.r) : num(x.i == -128 ? -128 : -x.i);
}

static Num relu_of(const Case *c, Num x, const View *y, int32_t act)
{
    View w = in(c, 0);
    int64_t low = 0;
    int64_t high = 0;
    if (c->type == TYPE_F32) {
        return real(act_real(x.r, act));
    }
    if (act == 3) { /* the input's numbers, whatever the output says */
        act_limits(&w, act, &low, &high);
        return num(clamp(x.i, low, high));
    }
    act_limits(y, act, &low, &high);
    return num(clamp(rescaled(c, x.i - w.zero, y).i + y->zero, low, high));
}

static Num relu(const Case *c, Num x, const View *y)
{
    return relu_of(c, x, y, 1);
}

static Num relu6(const Case *c, Num x, const View *y)
{
    return relu_of(c, x, y, 3);
}

static Num relu_n1_to_1(const Case *c, Num x, const View *y)
{
    return relu_of(c, x, y, 2);
}

static Num leaky(const Case *c, Num x, const View *y)
{
    double alpha = (double)get_float(c, "alpha");
    View w = in(c, 0);
    if (c->type == TYPE_F32) {
        return real(x.r > 0.0 ? x.r : x.r * alpha);
    }
    int64_t v = x.i - w.zero;
    double slope = v >= 0 ? w.scale / y->scale : w.scale * alpha / y->scale;
    if (v >= 0 && c->type == TYPE_S16) { /* as the golden files of tflite-micro have it */
        slope = (double)((float)w.scale / (float)y->scale);
    }
    return limited(mul(c, v, quantise(slope)), y);
}

static float elu_single(float x)
{
    return x >= 0.0f ? x : expm1f(x);
}

/* 1 + erf(v) = erfc(-v). */
static float gelu_single(float x)
{
    return 0.5f * x * erfcf(x * -0.70710678f);
}

static float gelu_tanh_single(float x)
{
    return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
}

static double elu_real(double x)
{
    return x >= 0.0 ? x : expm1(x);
}

static double gelu_real(double x)
{
    return 0.5 * x * (1.0 + erf(x / sqrt(2.0)));
}

static double gelu_tanh_real(double x)
{
    return 0.5 * x * (1.0 + tanh(sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
}

static double square_real(double x)
{
    return x * x;
}

static double logistic_real(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double rsqrt_real(double x)
{
    return 1.0 / sqrt(x);
}

static double even_real(double x)
{
    double low = floor(x);
    double rest = x - low;
    return rest < 0.5 || (rest == 0.5 && fmod(low, 2.0) == 0.0) ? low : low + 1.0;
}

static Num elu(const Case *c, Num x, const View *y)
{
    return function(c, x, y, elu_real, elu_single);
}
static Num exponential(const Case *c, Num x, const View *y)
{
    return function(c, x, y, exp, expf);
}
static Num logarithm(const Case *c, Num x, const View *y)
{
    return function(c, x, y, log, logf);
}
static Num square(const Case *c, Num x, const View *y)
{
    return function(c, x, y, square_real, NULL);
}
static Num sine(const Case *c, Num x, const View *y)
{
    return function(c, x, y, sin, NULL);
}
static Num cosine(const Case *c, Num x, const View *y)
{
    return function(c, x, y, cos, NULL);
}
static Num floored(const Case *c, Num x, const View *y)
{
    return function(c, x, y, floor, NULL);
}
static Num rounded(const Case *c, Num x, const View *y)
{
    return function(c, x, y, even_real, NULL);
}

static Num gelu(const Case *c, Num x, const View *y)
{
    bool is_tanh = get_bool(c, "approximate");
    return function(c, x, y, is_tanh ? gelu_tanh_real : gelu_real,
                    is_tanh ? gelu_tanh_single : gelu_single);
}

/* int8: divided by the scale, and cut. */
static Num root(const Case *c, Num x, const View *y)
{
    View w = in(c, 0);
    float v = sqrtf((float)w.scale * (float)(x.i - w.zero)) / (float)y->scale;
    return c->type == TYPE_F32 ? real(sqrt(x.r)) : limited((int64_t)v, y);
}

static Num inverse(const Case *c, Num x, const View *y)
{
    View w = in(c, 0);
    if (c->type == TYPE_F32) {
        return real(rsqrt_real(x.r));
    }
    int64_t v = x.i - w.zero;
    if (v == 0) {
        return num(y->high);
    }
    Fixed root_of = inverse_root(v);
    Fixed scale = quantise(1.0 / (sqrt(w.scale) * y->scale));
    int64_t one = mul(c, 1, (Fixed){root_of.m, root_of.e + 20});
    return limited(mul(c, one, (Fixed){scale.m, scale.e - 20}), y);
}

static int64_t narrowed(int64_t m)
{
    return m >= INT32_MAX - 32767 ? INT16_MAX : nearest_up(m, 65536);
}

static int64_t high_16(int64_t a, int64_t b)
{
    return clamp(nearest_up(a * b, 32768), INT16_MIN, INT16_MAX);
}

static int64_t left_16(int64_t a, int32_t n)
{
    return clamp(n > 20 ? a * (INT64_C(1) << 20) : a * (INT64_C(1) << n), INT16_MIN, INT16_MAX);
}

static Num hard_swish(const Case *c, Num x, const View *y)
{
    View w = in(c, 0);
    if (c->type == TYPE_F32) {
        return real(x.r * fmin(fmax(x.r + 3.0, 0.0), 6.0) / 6.0);
    }
    float fine = (float)w.scale / 128.0f;
    Fixed to_y = quantise((double)(fine / (float)y->scale));
    Fixed to_gate = quantise((double)(fine / (3.0f / 32768.0f)));
    int64_t v = (x.i - w.zero) * 128;
    int64_t p = high_16(v, narrowed(to_y.m));
    int64_t r = to_gate.e > 0 ? left_16(v, to_gate.e - 1) : v;
    r = high_16(r, narrowed(to_gate.m));
    r = to_gate.e > 0 ? left_16(r, 1) : halve(r, -to_gate.e);
    r = floor_div(r + 32768, 2);
    return limited(halve(r * p / 32768, -to_y.e), y);
}

/* Logistic and tanh of an int8 value in Q4.27. */
static Num sigmoid_s8(const Case *c, Num x, bool is_tanh)
{
    View w = in(c, 0);
    int e = 0;
    double q = frexp(w.scale * 134217728.0, &e);
    double scaled = q * 2147483648.0;
    Fixed f = {(int64_t)scaled + (scaled - floor(scaled) >= 0.5 ? 1 : 0), e};
    double radius = floor(ldexp(15.0 * 134217728.0, -e));
    int64_t v = x.i - w.zero;
    if ((double)(v < 0 ? -v : v) >= radius) {
        return num(v < 0 ? -128 : 127);
    }
    int64_t t = mul(c, v, f);
    int64_t r = is_tanh ? halve(tanh_fixed(t, 4), 24) : halve(logistic_fixed(t, 4), 23) - 128;
    return num(clamp(r, -128, 127));
}

static Num sigmoid_s16(const Case *c, Num x, bool is_tanh)
{
    double scale = in(c, 0).scale;
    double power = log2(scale);
    double whole = floor(power + 0.5);
    int32_t left = 12 + (int32_t)whole;
    int64_t m = 0;
    int32_t n = 0;
    if (fabs(power - whole) < 1e-3 && (left == 0 || (is_tanh && left == 1))) {
        m = 3 * (INT64_C(1) << left);
    } else {
        double r = scale * 4096.0 * 3.0;
        for (; r <= 32767.0 / 2.0 && n <= 30; n++) {
            r *= 2.0;
        }
        m = (int64_t)r;
    }
    return num(is_tanh ? tanh_16(x.i, m, n) : logistic_16(x.i, m, n));
}

static Num logistic(const Case *c, Num x, const View *y)
{
    (void)y;
    return c->type == TYPE_F32  ? real(logistic_real(x.r))
           : c->type == TYPE_S8 ? sigmoid_s8(c, x, false)
                                : sigmoid_s16(c, x, false);
}

static Num hyperbolic(const Case *c, Num x, const View *y)
{
    (void)y;
    return c->type == TYPE_F32  ? real(tanh(x.r))
           : c->type == TYPE_S8 ? sigmoid_s8(c, x, true)
                                : sigmoid_s16(c, x, true);
}

static void abs_reference(Case *c)
{
    each(c, absolute);
}
static void neg_reference(Case *c)
{
    each(c, negative);
}
static void relu_reference(Case *c)
{
    each(c, relu);
}
static void relu6_reference(Case *c)
{
    each(c, relu6);
}
static void relu_n1_reference(Case *c)
{
    each(c, relu_n1_to_1);
}
static void leaky_reference(Case *c)
{
    each(c, leaky);
}
static void elu_reference(Case *c)
{
    each(c, elu);
}
static void exp_reference(Case *c)
{
    each(c, exponential);
}
static void log_reference(Case *c)
{
    each(c, logarithm);
}
static void square_reference(Case *c)
{
    each(c, square);
}
static void sin_reference(Case *c)
{
    each(c, sine);
}
static void cos_reference(Case *c)
{
    each(c, cosine);
}
static void floor_reference(Case *c)
{
    each(c, floored);
}
static void round_reference(Case *c)
{
    each(c, rounded);
}
static void gelu_reference(Case *c)
{
    each(c, gelu);
}
static void sqrt_reference(Case *c)
{
    each(c, root);
}
static void rsqrt_reference(Case *c)
{
    each(c, inverse);
}
static void swish_reference(Case *c)
{
    each(c, hard_swish);
}
static void logistic_reference(Case *c)
{
    each(c, logistic);
}
static void tanh_reference(Case *c)
{
    each(c, hyperbolic);
}

extern const RefOp ref_unary[];
const RefOp ref_unary[] = {
    {"abs", {TYPE_S8, TYPE_S16, TYPE_F32}, same_scale_generate, abs_reference, NULL},
    {"neg", {TYPE_S8, TYPE_F32}, same_scale_generate, neg_reference, NULL},
    {"relu", {TYPE_S8, TYPE_S16, TYPE_F32}, same_scale_generate, relu_reference, NULL},
    {"relu6", {TYPE_S8, TYPE_S16, TYPE_F32}, same_scale_generate, relu6_reference, NULL},
    {"relu_n1_to_1", {TYPE_S8, TYPE_S16, TYPE_F32}, same_scale_generate, relu_n1_reference, NULL},
    {"leaky_relu", {TYPE_S8, TYPE_S16, TYPE_F32}, leaky_generate, leaky_reference, NULL},
    {"elu", {TYPE_S8, TYPE_F32}, wide_generate, elu_reference, NULL},
    {"exp", {TYPE_S8, TYPE_F32}, wide_generate, exp_reference, NULL},
    {"log", {TYPE_S8, TYPE_F32}, log_sqrt_generate, log_reference, NULL},
    {"sqrt", {TYPE_S8, TYPE_F32}, log_sqrt_generate, sqrt_reference, NULL},
    {"rsqrt", {TYPE_S8, TYPE_F32}, rsqrt_generate, rsqrt_reference, NULL},
    {"square", {TYPE_F32}, small_generate, square_reference, NULL},
    {"sin", {TYPE_F32}, small_generate, sin_reference, NULL},
    {"cos", {TYPE_F32}, small_generate, cos_reference, NULL},
    {"floor", {TYPE_F32}, rounded_generate, floor_reference, NULL},
    {"round", {TYPE_F32}, rounded_generate, round_reference, NULL},
    {"gelu", {TYPE_S8, TYPE_F32}, gelu_generate, gelu_reference, NULL},
    {"hard_swish", {TYPE_S8, TYPE_F32}, swish_generate, swish_reference, NULL},
    {"logistic", {TYPE_S8, TYPE_S16, TYPE_F32}, sigmoid_generate, logistic_reference, NULL},
    {"tanh", {TYPE_S8, TYPE_S16, TYPE_F32}, sigmoid_generate, tanh_reference, NULL},
    {0},
};
