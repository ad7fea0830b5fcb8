/* Operators on samples, scores and events.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

static double unit_scale(Case *c)
{
    return (double)(float)rnd_log(c, -14.0, -6.0);
}

/* Samples of every size, small ones too, where rounding weighs most. */
static TensorId samples(Case *c, Shape shape)
{
    double most = rnd_chance(c, 3) ? 32767.0 : rnd_log(c, 1.0, 15.0);
    TensorId x = rnd_chance(c, 3) ? add_input(c, TYPE_S16, shape, FILL_ANY)
                                  : add_range(c, TYPE_S16, shape, -floor(most), floor(most));
    set_quant(c, x, unit_scale(c), 0);
    return x;
}

static Shape window(Case *c, int32_t least, int32_t most)
{
    return (Shape){3, {rnd_size(c, 3), rnd_int(c, least, most), rnd_size(c, 3)}};
}

static void put(View *y, int64_t i, int64_t q)
{
    y->v[i] = num(clamp(q + y->zero, y->low, y->high));
}

static int64_t integer(double real, double limit)
{
    return (int64_t)copysign(floor(fabs(fmax(fmin(real, limit), -limit)) + 0.5), real);
}

static int64_t root(Wide x)
{
    int64_t r = (int64_t)sqrtl((long double)x);
    while ((Wide)r * r > x) {
        r--;
    }
    while ((Wide)(r + 1) * (r + 1) <= x) {
        r++;
    }
    return r;
}

static void constant(Case *c, TensorId id, int64_t i, double v)
{
    c->value[id][i] = real((double)(float)v);
}

/* --- remove_mean, sliding_window ------------------------------------------------------------------------ */

static void remove_mean_generate(Case *c)
{
    TensorId x = samples(c, window(c, 1, 40));
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, x);
}

static void remove_mean_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    int32_t n = x.s.dim[1];
    int32_t channels = x.s.dim[2];
    for (int64_t i = 0; i < x.count; i++) {
        int64_t first = i / ((int64_t)n * channels) * n * channels + i % channels;
        int64_t sum = 0;
        for (int32_t k = 0; k < n; k++) {
            sum += x.v[first + (int64_t)k * channels].i;
        }
        int64_t mean = sum < 0 ? -((-sum + n / 2) / n) : (sum + n / 2) / n;
        put(&y, i, x.v[i].i - mean);
    }
}

static void sliding_generate(Case *c)
{
    Shape s = {3, {1, rnd_size(c, 12), rnd_size(c, 3)}};
    TensorId x = add_input(c, c->type, s, FILL_ANY);
    TensorId state = add_state(c, c->type, (Shape){2, {rnd_size(c, 12), s.dim[2]}}, rnd_chance(c, 2));
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, state, x);
    copy_quant(c, y, x);
    c->runs = 4;
}

static void sliding_reference(Case *c)
{
    View x = in(c, 0);
    View state = in(c, 1);
    View y = out(c, 0, (Shape){3, {1, (int32_t)(x.s.dim[1] + state.count / x.s.dim[2]), x.s.dim[2]}});
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = i < state.count ? state.v[i] : x.v[i - state.count];
    }
    for (int64_t i = 0; i < state.count; i++) {
        state.v[i] = y.v[x.count + i];
    }
}

/* --- biquad --------------------------------------------------------------------------------------------- */

static void biquad_generate(Case *c)
{
    bool streams = rnd_chance(c, 2);
    Shape s = window(c, 1, 30);
    s.dim[0] = streams ? 1 : s.dim[0];
    TensorId x = samples(c, s);
    int32_t sections = rnd_int(c, 1, 4);
    TensorId a = add_const(c, TYPE_S32, (Shape){2, {sections, 5}}, FILL_ANY);
    for (int32_t i = 0; i < sections; i++) {
        double r = rnd_real(c, 0.0, 1.02); /* now and then beyond what is stable */
        double w = rnd_real(c, 0.0, 3.14);
        const double v[5] = {rnd_real(c, -1.0, 1.0), rnd_real(c, -2.0, 1.99), rnd_real(c, -1.0, 1.0), -2.0 * r * cos(w), r * r};
        for (int32_t k = 0; k < 5; k++) {
            c->value[a][i * 5 + k] = num(integer(ldexp(v[k], 30), 2147483647.0));
        }
    }
    const_again(c, a);
    if (streams) {
        (void)add_state(c, TYPE_S32, (Shape){2, {s.dim[2], 2 * sections + 2}}, false);
        c->runs = 3;
    }
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, x);
    cover(c, streams ? "delays=state" : "delays=none");
}

/* The history of each section's signal as lists: signal[s][1] and [2] are one and two samples ago. */
static void biquad_reference(Case *c)
{
    View x = in(c, 0);
    View a = in(c, 1);
    View d = in(c, 2);
    View y = out(c, 0, x.s);
    int32_t sections = a.s.dim[0];
    int32_t channels = x.s.dim[2];
    for (int32_t b = 0; b < x.s.dim[0]; b++) {
        for (int32_t ch = 0; ch < channels; ch++) {
            int64_t signal[6][3] = {{0}};
            for (int32_t s = 0; s <= sections && d.is_given; s++) {
                signal[s][1] = d.v[ch * (2 * sections + 2) + 2 * s].i;
                signal[s][2] = d.v[ch * (2 * sections + 2) + 2 * s + 1].i;
            }
            for (int32_t i = 0; i < x.s.dim[1]; i++) {
                int64_t at = ((int64_t)b * x.s.dim[1] + i) * channels + ch;
                signal[0][0] = x.v[at].i * 4096;
                for (int32_t s = 0; s < sections; s++) {
                    Wide sum = 0;
                    for (int32_t k = 0; k < 3; k++) {
                        sum += (Wide)a.v[5 * s + k].i * signal[s][k];
                        sum -= k > 0 ? (Wide)a.v[5 * s + 2 + k].i * signal[s + 1][k] : 0;
                    }
                    signal[s + 1][0] = clamp(nearest_up(sum, (Wide)1 << 30), -(1 << 30), 1 << 30);
                }
                put(&y, at, nearest_up(signal[sections][0], 4096));
                for (int32_t s = 0; s <= sections; s++) {
                    signal[s][2] = signal[s][1];
                    signal[s][1] = signal[s][0];
                }
            }
            for (int32_t s = 0; s <= sections && d.is_given; s++) {
                d.v[ch * (2 * sections + 2) + 2 * s] = num(signal[s][1]);
                d.v[ch * (2 * sections + 2) + 2 * s + 1] = num(signal[s][2]);
            }
        }
    }
}

/* --- statistic ------------------------------------------------------------------------------------------ */

enum { MEAN, RMS, STD, SKEWNESS, KURTOSIS, CREST, PEAK_TO_PEAK, MAD, ZERO_CROSSINGS, SLOPE, KINDS };

static double statistic_unit(int32_t kind, double scale)
{
    return kind >= SKEWNESS && kind <= CREST ? 1.0 / 1024.0
           : kind == ZERO_CROSSINGS          ? 1.0 / 256.0
           : kind == SLOPE                   ? scale / 65536.0
                                             : scale / 256.0;
}

static void statistic_generate(Case *c)
{
    TensorId x = samples(c, window(c, 2, 60));
    TensorId y = add_output(c, c->type);
    make_node(c);
    int32_t kind = rnd_int(c, 0, KINDS - 1);
    set_int(c, "kind", kind);
    double unit = statistic_unit(kind, see(c, x).scale);
    set_quant(c, y, unit * rnd_log(c, 0.1, 12.0), 0);
}

/* Sum of the deviations to the power P, scaled to 12 bits, see rt. */
static Wide power_sum(const int64_t *x, int32_t n, int32_t p)
{
    Wide sum = 0;
    int64_t most = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += x[i];
    }
    int64_t mean = (int64_t)(sum * 256 / n);
    for (int32_t i = 0; i < n; i++) {
        int64_t d = llabs(x[i] * 256 - mean);
        most = d > most ? d : most;
    }
    int32_t bits = 0;
    while (bits < 62 && most >> bits != 0) {
        bits++;
    }
    Wide total = 0;
    for (int32_t i = 0; i < n; i++) {
        int64_t d = x[i] * 256 - mean;
        d = most == 0 ? 0 : bits > 12 ? floor_div(d, (Wide)1 << (bits - 12)) : d * (INT64_C(1) << (12 - bits));
        Wide power = d;
        for (int32_t k = 1; k < p; k++) {
            power *= d;
        }
        total += power;
    }
    return total;
}

static int64_t moment(const int64_t *x, int32_t n, int32_t kind)
{
    Wide two = power_sum(x, n, 2) * 64 / n;
    Wide below = kind == SKEWNESS ? two * root(two * 1024) / 1024 : two * two / 1024;
    Wide above = kind == SKEWNESS ? power_sum(x, n, 3) / n * 16384 : power_sum(x, n, 4) / n * 4096;
    int64_t ratio = below == 0 ? 0 : (int64_t)(above / below);
    return kind == SKEWNESS ? ratio : ratio - 3072;
}

static int64_t statistic(const int64_t *x, int32_t n, int32_t kind)
{
    Wide sum = 0;
    Wide squares = 0;
    Wide line = 0;
    Wide off = 0;
    int64_t low = x[0];
    int64_t high = x[0];
    int64_t crossings = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += x[i];
        squares += (Wide)x[i] * x[i];
        line += (Wide)(2 * i - n + 1) * x[i];
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (int32_t i = 0; i < n; i++) {
        Wide d = (Wide)x[i] * n - sum;
        off += d < 0 ? -d : d;
        crossings += i > 0 && (d < 0) != ((Wide)x[i - 1] * n < sum);
    }
    int64_t rms = root(squares * 65536 / n);
    int64_t peak = high > -low ? high : -low;
    switch (kind) {
    case MEAN: return (int64_t)(sum * 256 / n);
    case RMS: return rms;
    case STD: return root((squares * n - sum * sum) / n * 65536 / n);
    case CREST: return rms == 0 ? 0 : peak * 262144 / rms;
    case PEAK_TO_PEAK: return (high - low) * 256;
    case MAD: return (int64_t)(off * 256 / n / n);
    case ZERO_CROSSINGS: return crossings * 256;
    case SLOPE: return clamp((int64_t)(line * 6 * 65536 / ((Wide)n * ((Wide)n * n - 1))), -(1 << 29), (1 << 29) - 1);
    default: return moment(x, n, kind);
    }
}

static void statistic_reference(Case *c)
{
    View x = in(c, 0);
    int32_t n = x.s.dim[1];
    int32_t channels = x.s.dim[2];
    int32_t kind = get_int(c, "kind");
    View y = out(c, 0, (Shape){2, {x.s.dim[0], channels}});
    Fixed f = quantise(statistic_unit(kind, x.scale) / y.scale);
    for (int64_t i = 0; i < y.count; i++) {
        int64_t v[64] = {0};
        for (int32_t k = 0; k < n; k++) {
            v[k] = x.v[(i / channels * n + k) * channels + i % channels].i;
        }
        put(&y, i, mul(c, statistic(v, n, kind), f));
    }
}

/* --- spectrum ------------------------------------------------------------------------------------------- */

static void spectrum_generate(Case *c)
{
    int32_t fft = 8 << rnd_int(c, 0, 3);
    bool tail = rnd_chance(c, 2);
    TensorId x = samples(c, window(c, tail ? 1 : fft, fft + 40));
    int32_t bands = rnd_int(c, 1, fft / 4);
    TensorId edges = add_const(c, TYPE_S32, (Shape){1, {bands + 1}}, FILL_ANY);
    int32_t at = rnd_int(c, 0, 2);
    for (int32_t b = 0; b <= bands; b++) {
        c->value[edges][b] = num(at);
        at += rnd_int(c, 1, b + 1 == bands ? 1 : 2);
        at = at > fft / 2 + 1 - (bands - b - 1) ? fft / 2 + 1 - (bands - b - 1) : at;
    }
    const_again(c, edges);
    TensorId y = add_output(c, c->type);
    make_node(c);
    (void)x;
    set_int(c, "fft", fft);
    set_int(c, "hop", rnd_chance(c, 6) ? 32 : rnd_int(c, 2, fft));
    set_int(c, "log", rnd_int(c, 0, 1));
    set_bool(c, "hann", rnd_chance(c, 2));
    set_bool(c, "hold", rnd_chance(c, 2));
    set_bool(c, "tail", tail);
    set_quant(c, y, rnd_log(c, -10.0, -4.0), 0);
}

static int64_t q15(double x)
{
    return integer(x * 32768.0, 32767.0);
}

static const double tau = 2.0 * 3.14159265358979323846;

static int64_t largest(const int64_t *v, int32_t n)
{
    int64_t most = 0;
    for (int32_t i = 0; i < n; i++) {
        most = llabs(v[i]) > most ? llabs(v[i]) : most;
    }
    return most;
}

/* Halves as the kernel does until nothing is beyond 13500; returns how often. */
static int32_t tame(int64_t *v, int32_t n)
{
    int32_t times = 0;
    for (int64_t most = largest(v, n); most > 13500; most = nearest_up(most, 2)) {
        for (int32_t i = 0; i < n; i++) {
            v[i] = nearest_up(v[i], 2);
        }
        times++;
    }
    return times;
}

/* A frame into V as it enters the transform; returns its exponent. */
static int32_t enter(const int64_t *x, int32_t count, int32_t fft, bool hann, int64_t *v)
{
    int64_t most = largest(x, count);
    int32_t up = 0;
    while (most > 0 && most * 2 <= 13500) {
        most *= 2;
        up++;
    }
    while (most > 13500) {
        most /= 2;
        up--;
    }
    for (int32_t i = 0; i < fft; i++) {
        int64_t s = i >= count ? 0 : up < 0 ? floor_div(x[i], (Wide)1 << -up) : x[i] * (INT64_C(1) << up);
        int64_t cosine = i < fft / 2 ? q15(cos(tau * i / fft)) : -q15(cos(tau * (i - fft / 2) / fft));
        v[i] = hann ? nearest_up(s * (32768 - cosine), 65536) : s;
    }
    return -up;
}

/* X = A + W B and A - W B for each pair of transforms of half the length, the even and odd elements of those before. */
static int32_t transform(int64_t *v, int32_t fft)
{
    int32_t n = fft / 2;
    int32_t bits = 0;
    int32_t exponent = 0;
    int64_t other[128];
    while (1 << bits < n) {
        bits++;
    }
    for (int32_t i = 0; i < n; i++) {
        int32_t back = 0;
        for (int32_t b = 0; b < bits; b++) {
            back |= (i >> b & 1) << (bits - 1 - b);
        }
        other[2 * back] = v[2 * i];
        other[2 * back + 1] = v[2 * i + 1];
    }
    for (int32_t size = 2; size <= n; size *= 2) {
        exponent += tame(other, fft);
        for (int32_t i = 0; i < n; i++) { /* each output by itself */
            int32_t k = i % size % (size / 2);
            int32_t a = i / size * size + k;
            int32_t b = a + size / 2;
            int64_t co = q15(cos(tau * k / size));
            int64_t si = q15(sin(tau * k / size));
            int64_t sign = i % size < size / 2 ? 1 : -1;
            v[2 * i] = other[2 * a] + sign * nearest_up(other[2 * b] * co + other[2 * b + 1] * si, 32768);
            v[2 * i + 1] = other[2 * a + 1] + sign * nearest_up(other[2 * b + 1] * co - other[2 * b] * si, 32768);
        }
        for (int32_t i = 0; i < fft; i++) {
            other[i] = v[i];
        }
    }
    exponent += tame(other, fft);
    for (int32_t i = 0; i < fft; i++) {
        v[i] = other[i];
    }
    return exponent;
}

static int64_t bin_power(const int64_t *v, int32_t fft, int32_t k)
{
    int32_t n = fft / 2;
    const int64_t *z = v + 2 * (k % n);
    const int64_t *w = v + 2 * ((n - k) % n);
    int64_t co = k == n ? -32768 : q15(cos(tau * k / fft));
    int64_t si = k == n ? 0 : q15(sin(tau * k / fft));
    int64_t re = z[0] + w[0] + nearest_up((z[1] + w[1]) * co + (w[0] - z[0]) * si, 32768);
    int64_t im = z[1] - w[1] + nearest_up((w[0] - z[0]) * co - (z[1] + w[1]) * si, 32768);
    return re * re + im * im;
}

static int64_t log_2(int64_t x)
{
    x = x < 1 ? 1 : x;
    int32_t whole = 0;
    while (x >> whole > 1) {
        whole++;
    }
    /* x / 2^whole in 2^-31, cut off; its logarithm's bits by squaring */
    uint64_t m = whole > 31 ? (uint64_t)x >> (whole - 31) : (uint64_t)x << (31 - whole);
    int64_t bits = 0;
    for (int32_t i = 0; i < 16; i++) {
        m = (uint64_t)floor_div((Wide)m * (Wide)m, (Wide)1 << 31);
        bits = 2 * bits + (int64_t)(m >> 32);
        m >>= m >> 32;
    }
    return whole * 65536LL + bits;
}

static void spectrum_reference(Case *c)
{
    View x = in(c, 0);
    int32_t n = x.s.dim[1];
    int32_t channels = x.s.dim[2];
    int32_t fft = get_int(c, "fft");
    int32_t hop = get_int(c, "hop");
    bool hold = get_bool(c, "hold");
    bool hann = get_bool(c, "hann");
    int32_t bands = (int32_t)in(c, 1).count - 1;
    View y = out(c, 0, (Shape){2, {x.s.dim[0], channels * bands}});
    int32_t frames = 0;
    for (int32_t at = 0; get_bool(c, "tail") ? at < n : at + fft <= n; at += hop) {
        frames++;
    }
    double doubling = get_int(c, "log") == 1 ? log10(2.0) : log(2.0);
    Fixed f = quantise(doubling / 65536.0 / y.scale);
    for (int64_t o = 0; o < y.count; o++) {
        int64_t first = list_at(c, 1, o % bands);
        int64_t last = list_at(c, 1, o % bands + 1);
        int64_t power = 0;
        for (int32_t frame = 0; frame < frames; frame++) {
            int64_t v[64] = {0};
            int64_t part[64] = {0};
            int32_t there = n - frame * hop < fft ? n - frame * hop : fft;
            for (int32_t i = 0; i < there; i++) {
                int64_t row = o / bands / channels * n + frame * hop + i;
                part[i] = x.v[row * channels + o / bands % channels].i;
            }
            int32_t e = enter(part, there, fft, hann, v);
            e += transform(v, fft);
            Wide sum = 0;
            for (int64_t k = first; k < last; k++) {
                sum += bin_power(v, fft, (int32_t)k);
            }
            sum = 2 * e + 6 >= 0 ? sum << (2 * e + 6) : nearest_up(sum, (Wide)1 << (-2 * e - 6));
            power = hold ? (power > (int64_t)sum ? power : (int64_t)sum) : power + (int64_t)sum;
        }
        double energy = hann ? 0.375 * fft : fft;
        double factor = x.scale * x.scale / (256.0 * energy * (double)(last - first) * (hold ? 1 : frames));
        double level = get_int(c, "log") == 1 ? log10(factor) : log(factor);
        put(&y, o, mul(c, log_2(power), f) + integer(level / y.scale, 536870912.0));
    }
}

/* --- standardize ---------------------------------------------------------------------------------------- */

static void standardize_generate(Case *c)
{
    Shape s = rnd_shape(c, 1, 3, 40);
    TensorId x = samples(c, s);
    int32_t count = s.dim[s.rank - 1];
    TensorId offset = add_const(c, TYPE_F32, shape_of(1, &count), FILL_EXACT);
    TensorId gain = add_const(c, TYPE_F32, shape_of(1, &count), FILL_EXACT);
    Type to = rnd_chance(c, 2) ? TYPE_S8 : TYPE_S16;
    TensorId y = add_output(c, to);
    make_node(c);
    double scale = see(c, x).scale;
    double y_scale = (double)rnd_scale(c, -12.0, -3.0);
    set_quant(c, y, y_scale, to == TYPE_S8 ? rnd_zero(c, to) : 0);
    for (int32_t i = 0; i < count; i++) {
        constant(c, offset, i, scale * rnd_real(c, -40000.0, 40000.0) * rnd_log(c, -6.0, 0.0));
        constant(c, gain, i, rnd_chance(c, 9) ? 0.0 : y_scale / scale * rnd_log(c, -8.0, 12.0));
    }
    const_again(c, offset);
    const_again(c, gain);
    cover(c, to == TYPE_S8 ? "to=s8" : "to=s16");
}

static void standardize_reference(Case *c)
{
    View x = in(c, 0);
    View offset = in(c, 1);
    View gain = in(c, 2);
    View y = out(c, 0, x.s);
    double unit = x.scale / 256.0;
    for (int64_t i = 0; i < x.count; i++) {
        int64_t k = i % offset.count;
        int64_t v = x.v[i].i * 256 - integer(offset.v[k].r / unit, 16777216.0);
        put(&y, i, mul(c, v, quantise(gain.v[k].r * unit / y.scale)));
    }
}

/* --- distance, residual --------------------------------------------------------------------------------- */

static void distance_generate(Case *c)
{
    static const char *const forms[] = {"form=unit", "form=diagonal", "form=triangle", "form=full"};
    int32_t count = rnd_int(c, 2, 7); /* of one, three forms are one shape */
    int32_t clusters = rnd_size(c, 4);
    int32_t form = rnd_int(c, 0, 3);
    TensorId x = samples(c, (Shape){2, {1, count}});
    double scale = see(c, x).scale;
    TensorId centre = add_const(c, TYPE_F32, (Shape){2, {clusters, count}}, FILL_EXACT);
    TensorId bias = add_const(c, TYPE_F32, shape_of(1, &clusters), FILL_EXACT);
    TensorId radius = add_const(c, TYPE_F32, shape_of(1, &clusters), FILL_EXACT);
    double size = rnd_log(c, -4.0, 4.0) / scale / 4096.0; /* of the weights */
    size = form == 0 ? 1.0 : size;
    for (int32_t i = 0; i < clusters * count; i++) {
        constant(c, centre, i, scale * rnd_real(c, -33000.0, 33000.0) * rnd_log(c, -8.0, 0.0));
    }
    for (int32_t i = 0; i < clusters; i++) {
        constant(c, bias, i, rnd_chance(c, 2) ? 0.0 : rnd_log(c, -3.0, 12.0));
        constant(c, radius, i, rnd_chance(c, 2) ? 0.0 : rnd_log(c, -3.0, 12.0));
    }
    const_again(c, centre);
    const_again(c, bias);
    const_again(c, radius);
    if (form > 0) {
        Shape s[] = {{0}, {2, {clusters, count}}, {2, {clusters, count * (count + 1) / 2}}, {3, {clusters, rnd_size(c, 5), count}}};
        TensorId w = add_const(c, TYPE_F32, s[form], FILL_EXACT);
        for (int64_t i = 0; i < shape_count(&s[form]); i++) {
            constant(c, w, i, size * rnd_real(c, -1.0, 1.0));
        }
        const_again(c, w);
    }
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_quant(c, y, rnd_log(c, -12.0, 0.0), 0);
    cover(c, forms[form]);
}

/* V * 2^-DOWN, ties upward, within 2^30. */
static int64_t scale_down(Wide v, int32_t down)
{
    const Wide limit = (Wide)1 << 30;
    Wide w = v > (Wide)1 << 60 ? (Wide)1 << 60 : v < -((Wide)1 << 60) ? -((Wide)1 << 60) : v;
    w = down > 0 ? (Wide)nearest_up(w, (Wide)1 << down) : w * ((Wide)1 << -down);
    return (int64_t)(w > limit ? limit : w < -limit ? -limit : w);
}

static void distance_reference(Case *c)
{
    View x = in(c, 0);
    View centre = in(c, 1);
    View w = in(c, 4);
    int32_t clusters = centre.s.dim[0];
    int32_t count = centre.s.dim[1];
    int64_t each = w.is_given ? w.count / clusters : 1;
    bool is_diagonal = w.is_given && w.s.rank == 2 && each == count;
    bool is_full = w.is_given && w.s.rank == 3;
    int32_t rows = is_full ? w.s.dim[1] : count;
    int64_t best = INT64_MAX;
    View y = out(c, 0, (Shape){2, {1, 1}});
    for (int32_t k = 0; k < clusters; k++) {
        double most = w.is_given ? 0.0 : x.scale * 256.0;
        for (int64_t i = 0; i < each && w.is_given; i++) {
            most = fmax(most, fabs(w.v[k * each + i].r) * x.scale * 256.0);
        }
        int32_t down = most == 0.0 ? 0 : 15 - (ilogb(most) + 1);
        down = down > 31 ? 31 : down < -30 ? -30 : down;
        Wide sum = integer(in(c, 2).v[k].r * 65536.0, 1073741824.0);
        for (int32_t r = 0; r < rows; r++) {
            Wide u = 0;
            for (int32_t j = 0; j < count; j++) {
                int64_t at = is_full ? (int64_t)r * count + j : is_diagonal ? r : r * (r + 1) / 2 + j;
                bool is_read = is_full || (is_diagonal || !w.is_given ? j == r : j <= r);
                double weight = !w.is_given ? 1.0 : is_read ? w.v[k * each + at].r : 0.0;
                int64_t q = is_read ? integer(ldexp(weight * x.scale * 256.0, down), 32767.0) : 0;
                u += (Wide)q * (x.v[j].i - integer(centre.v[k * count + j].r / x.scale, 32767.0));
            }
            int64_t v = scale_down(u, down);
            sum += (Wide)v * v;
            sum = sum > (Wide)1 << 61 ? (Wide)1 << 61 : sum;
        }
        int64_t d = root(sum) - integer(in(c, 3).v[k].r * 256.0, 1073741824.0);
        best = d < best ? d : best;
    }
    put(&y, 0, mul(c, clamp(best, -8388608, 8388607), quantise(1.0 / 256.0 / y.scale)));
}

static void residual_generate(Case *c)
{
    Shape s = {2, {1, rnd_size(c, 20)}};
    TensorId a = samples(c, s);
    TensorId b = add_input(c, TYPE_S8, s, FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_quant(c, b, see(c, a).scale * rnd_log(c, 6.0, 9.0), rnd_zero(c, TYPE_S8));
    set_quant(c, y, rnd_log(c, -10.0, 0.0), 0);
}

static void residual_reference(Case *c)
{
    View a = in(c, 0);
    View b = in(c, 1);
    View y = out(c, 0, (Shape){2, {1, 1}});
    Wide sum = 0;
    for (int64_t i = 0; i < a.count; i++) {
        int64_t p = mul(c, a.v[i].i, quantise(a.scale * 1024.0));
        int64_t q = mul(c, b.v[i].i - b.zero, quantise(b.scale * 1024.0));
        sum += (Wide)(p - q) * (p - q);
    }
    put(&y, 0, mul(c, clamp(root(sum / a.count), 0, 8388607), quantise(1.0 / 1024.0 / y.scale)));
}

/* --- accumulate, sensor_check, decide ------------------------------------------------------------------- */

static void accumulate_generate(Case *c)
{
    TensorId x = samples(c, (Shape){2, {1, 1}});
    (void)add_state(c, TYPE_S32, (Shape){1, {2}}, false);
    TensorId y = add_output(c, c->type);
    make_node(c);
    double scale = see(c, x).scale;
    set_int(c, "kind", rnd_int(c, 0, 1));
    set_int(c, "warmup", rnd_int(c, 0, 3));
    set_float(c, "alpha", (float)rnd_real(c, 0.0, 1.0));
    set_float(c, "drift", (float)(scale * rnd_real(c, -20000.0, 20000.0)));
    set_quant(c, y, scale * rnd_log(c, -1.9, 4.0), 0);
    c->runs = 8;
}

static void accumulate_reference(Case *c)
{
    View x = in(c, 0);
    View s = in(c, 1);
    View y = out(c, 0, (Shape){2, {1, 1}});
    int64_t v = x.v[0].i * 256;
    double unit = x.scale / 256.0;
    int64_t runs = s.v[1].i;
    int64_t counted = runs - get_int(c, "warmup");
    int64_t alpha = integer((double)get_float(c, "alpha") * 32768.0, 32768.0);
    int64_t drift = integer((double)get_float(c, "drift") / unit, 8388607.0);
    s.v[1] = num(counted > 0 ? runs : runs + 1);
    if (counted >= 0 && get_int(c, "kind") == 1) {
        s.v[0] = num(clamp(s.v[0].i + v - drift, 0, 8388607));
    } else if (counted >= 0) {
        s.v[0] = num(counted == 0 ? v : s.v[0].i + nearest_up((Wide)(v - s.v[0].i) * alpha, 32768));
    }
    put(&y, 0, mul(c, s.v[0].i, quantise(unit / y.scale)));
}

static void sensor_generate(Case *c)
{
    Shape s = {3, {1, rnd_size(c, 12), rnd_size(c, 3)}};
    bool narrow = rnd_chance(c, 2);
    TensorId x = narrow ? add_range(c, TYPE_S16, s, -2.0, 2.0) : add_input(c, TYPE_S16, s, FILL_ANY);
    (void)add_state(c, TYPE_S32, (Shape){2, {s.dim[2], 2}}, false);
    TensorId y = add_output(c, TYPE_S8);
    make_node(c);
    double scale = unit_scale(c);
    set_quant(c, x, scale, 0);
    set_quant(c, y, 1.0, 0);
    double reach = narrow ? 3.0 : 34000.0;
    set_int(c, "stuck", rnd_int(c, 0, 5));
    set_int(c, "clips", rnd_int(c, 0, 3));
    set_float(c, "clip", (float)(scale * rnd_real(c, 0.0, reach)));
    if (!rnd_chance(c, 3)) {
        set_float(c, "low", (float)(scale * rnd_real(c, -reach, 0.0)));
        set_float(c, "high", (float)(scale * rnd_real(c, 0.0, reach)));
    }
    set_bool(c, "missing", rnd_chance(c, 2));
    c->runs = 4;
}

static void sensor_reference(Case *c)
{
    View x = in(c, 0);
    View s = in(c, 1);
    View y = out(c, 0, (Shape){2, {1, 1}});
    int64_t flags[4] = {0};
    int32_t clipped = 0;
    for (int64_t i = 0; i < x.count; i++) {
        Num *held = &s.v[2 * (i % x.s.dim[2])];
        int64_t v = x.v[i].i;
        double real_value = (double)v * x.scale;
        if (v == -32768 && get_bool(c, "missing")) {
            flags[2] = 4;
            continue;
        }
        held[1] = num(held[1].i > 0 && held[0].i == v ? held[1].i + 1 : 1);
        held[0] = num(v);
        flags[0] = get_int(c, "stuck") > 0 && held[1].i >= get_int(c, "stuck") ? 1 : flags[0];
        clipped += fabs((double)v) >= (double)get_float(c, "clip") / x.scale;
        flags[3] = real_value / x.scale < (double)get_float(c, "low") / x.scale ||
                           (double)v > (double)get_float(c, "high") / x.scale
                       ? 8
                       : flags[3];
    }
    flags[1] = get_int(c, "clips") > 0 && clipped >= get_int(c, "clips") ? 2 : 0;
    put(&y, 0, flags[0] + flags[1] + flags[2] + flags[3]);
}

static void decide_generate(Case *c)
{
    TensorId x = add_range(c, TYPE_S16, (Shape){2, {1, 1}}, -4.0, 4.0);
    (void)add_state(c, TYPE_S32, (Shape){1, {4}}, false);
    bool checks = rnd_chance(c, 2);
    if (checks) {
        (void)add_range(c, TYPE_S8, (Shape){2, {1, 1}}, rnd_chance(c, 2) ? 0.0 : -1.0, 1.0);
    }
    TensorId y = add_output(c, TYPE_S8);
    make_node(c);
    double scale = unit_scale(c);
    set_quant(c, x, scale, 0);
    set_quant(c, y, 1.0, 0);
    int32_t runs = rnd_int(c, 1, 5);
    set_float(c, "threshold", (float)(scale * rnd_real(c, -1.0, 3.0)));
    set_float(c, "release", (float)(scale * rnd_real(c, -3.0, 3.0)));
    set_int(c, "window", runs);
    set_int(c, "needed", rnd_int(c, 1, runs));
    set_int(c, "refractory", rnd_int(c, 0, 4));
    set_int(c, "heartbeat", rnd_int(c, 0, 4));
    set_int(c, "warmup", rnd_int(c, 0, 3));
    set_bool(c, "announce", rnd_chance(c, 2));
    cover(c, checks ? "faults=given" : "faults=none");
    c->runs = 40;
}

/* The rules as sentences: which event is due, most urgent first. */
static void decide_reference(Case *c)
{
    View s = in(c, 1);
    View faults = in(c, 2);
    View y = out(c, 0, (Shape){2, {1, 1}});
    double score = (double)in(c, 0).v[0].i;
    double scale = in(c, 0).scale;
    double threshold = (double)get_float(c, "threshold") / scale;
    double release = (double)get_float(c, "release") / scale;
    bool alarm = (s.v[1].i & 1) != 0;
    bool was_fault = (s.v[1].i & 2) != 0;
    bool is_new = (s.v[1].i & 4) == 0 && get_bool(c, "announce");
    bool is_fault = faults.is_given && faults.v[0].i != 0;
    int64_t rest = (s.v[1].i & 4) == 0 ? get_int(c, "warmup") : s.v[2].i;
    int64_t quiet = s.v[3].i + 1;
    int64_t history = s.v[0].i;
    int32_t many = 0;
    if (!is_fault && rest == 0) {
        double limit = alarm && release < threshold ? release : threshold;
        history = (2 * history + (score >= limit)) % (INT64_C(1) << get_int(c, "window"));
        for (int32_t b = 0; b < get_int(c, "window"); b++) {
            many += history >> b & 1;
        }
    }
    bool enough = many >= get_int(c, "needed");
    int64_t event = is_new                  ? 1
                    : is_fault != was_fault ? (is_fault ? 5 : 7)
                    : is_fault              ? 0
                    : !alarm && enough      ? 3
                    : alarm && !enough      ? 4
                                            : 0;
    rest = event == 4 ? get_int(c, "refractory") : rest > 0 ? rest - 1 : 0;
    history = event == 4 ? 0 : history;
    alarm = event == 3 || (alarm && event != 4);
    bool fault_told = event == 5 || (was_fault && event != 7);
    if (event == 0 && get_int(c, "heartbeat") > 0 && quiet >= get_int(c, "heartbeat")) {
        event = 2;
    }
    s.v[0] = num(history);
    s.v[1] = num((alarm ? 1 : 0) + (fault_told ? 2 : 0) + 4);
    s.v[2] = num(rest);
    s.v[3] = num(event != 0 ? 0 : quiet);
    put(&y, 0, event);
}

const RefOp ref_signal[] = {
    {"remove_mean", {TYPE_S16}, remove_mean_generate, remove_mean_reference, NULL},
    {"sliding_window", {TYPE_S16}, sliding_generate, sliding_reference, NULL},
    {"biquad", {TYPE_S16}, biquad_generate, biquad_reference, NULL},
    {"statistic", {TYPE_S16}, statistic_generate, statistic_reference, NULL},
    {"spectrum", {TYPE_S16}, spectrum_generate, spectrum_reference, NULL},
    {"standardize", {TYPE_S16}, standardize_generate, standardize_reference, NULL},
    {"distance", {TYPE_S16}, distance_generate, distance_reference, NULL},
    {"residual", {TYPE_S16}, residual_generate, residual_reference, NULL},
    {"accumulate", {TYPE_S16}, accumulate_generate, accumulate_reference, NULL},
    {"sensor_check", {TYPE_S16}, sensor_generate, sensor_reference, NULL},
    {"decide", {TYPE_S16}, decide_generate, decide_reference, NULL},
    {NULL, {TYPE_NONE}, NULL, NULL, NULL},
};
