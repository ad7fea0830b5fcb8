/* A stream in hops against the windows it is made of: every score equal, byte for byte, for any hop; and Butterworth
 * sections and features against formulas written down here in double precision. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/sensor.h"

#include <math.h>
#include <stdlib.h>

static int32_t passed, failed;

static void check(bool good, const char *id, double got, double wanted)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAIL sensor:%s: got %.9g, wanted %.9g\n", id, got, wanted);
    }
}

enum { WINDOW = 96, CHANNELS = 2, SAMPLES = 1200, DIMS_MOST = 64 };
static const double pi = 3.14159265358979323846;

static void make_samples(float *x)
{
    Random r = random_stream(3, 1);
    for (int32_t i = 0; i < SAMPLES; i++) {
        x[2 * i] = (float)(0.7 * sin(0.3 * i) * sin(0.01 * i) + 0.1 * random_normal(&r));
        x[2 * i + 1] = (float)(0.2 * random_normal(&r) + (i % 100 < 3 ? 0.5 : 0.0));
    }
}

/* --- a stream in hops --- */

static float ones[DIMS_MOST], zeros[DIMS_MOST];

static void hop_case(const char *signal, int32_t dims, int32_t hop, const float *x)
{
    Arena a = {0};
    Diag d = {0};
    Graph *batch = NULL;
    Graph *stream = NULL;
    float centre[DIMS_MOST] = {0.0f};
    float zero = 0.0f;
    Detector t = {.clusters = 1, .count = dims, .centre = centre, .bias = &zero, .radius = &zero};
    Sensor s = {.signal = signal, .rate_hz = 100.0, .window = WINDOW, .hop = hop, .channels = CHANNELS,
                .scale = 1.0 / 16384, .dims = dims, .offset = zeros, .gain = ones, .detector = &t,
                .score_scale = 1.0 / 64, .decision = {.threshold = 1.0, .needed = 1, .of = 1}};
    Status status = sensor_graph(&s, SENSOR_SCORE, &batch, &d);
    status = status == OK ? sensor_graph(&s, SENSOR_STREAM, &stream, &d) : status;
    status = status == OK ? pass_lower(stream, &d) : status;
    int32_t different = status == OK ? 0 : -1;
    int32_t compared = 0;
    Eval *e = status == OK ? eval_new(stream, false) : NULL;
    for (int32_t at = 0; status == OK && at + hop <= SAMPLES; at += hop) {
        const Tensor *in = tensor(stream, stream->input[0]);
        for (int32_t i = 0; i < hop * CHANNELS; i++) {
            element_put(in, true, (double)x[at * CHANNELS + i], eval_tensor(e, stream->input[0]) + 2 * i);
        }
        eval_run(e);
        int64_t first = (int64_t)at + hop - WINDOW;
        if (first >= 0) {
            float want = 0.0f;
            sensor_run(batch, x + first * CHANNELS, NULL, 1, false, &want);
            double got = element_get(tensor(stream, stream->output[1]), true, eval_tensor(e, stream->output[1]), 0);
            different += got != (double)want;
            compared++;
        }
    }
    if (status != OK) {
        printf("%s\n", d.text);
    }
    check(different == 0 && compared > 5, arena_printf(&a, "hop %d of %s", hop, signal), different, 0);
    if (e != NULL) {
        eval_free(e);
    }
    graph_free(batch);
    graph_free(stream);
    diag_clear(&d);
    arena_free(&a);
}

/* --- Butterworth --- */

/* |H| of the sections at frequency F (a share of the rate), against 1 / sqrt(1 + (w / wc)^2n) with warped frequencies. */
static void filter_case(bool is_high, int32_t order, double cut, double f)
{
    int32_t sections[8][5];
    double square = 1.0;
    int32_t count = butterworth(is_high, order, cut, sections);
    for (int32_t i = 0; i < count; i++) {
        double part[2];
        for (int32_t p = 0; p < 2; p++) {
            double c[3] = {1.0, 0.0, 0.0};
            for (int32_t k = 0; k < 3; k++) {
                int32_t at = p == 0 ? k : 2 + k;
                c[k] = p == 1 && k == 0 ? 1.0 : ldexp(sections[i][at], -30);
            }
            double re = c[0] + c[1] * cos(2 * pi * f) + c[2] * cos(4 * pi * f);
            double im = c[1] * sin(2 * pi * f) + c[2] * sin(4 * pi * f);
            part[p] = re * re + im * im;
        }
        square *= part[0] / part[1];
    }
    double ratio = tan(pi * f) / tan(pi * cut);
    double wanted = 1.0 / sqrt(1.0 + pow(is_high ? 1.0 / ratio : ratio, 2.0 * order));
    char id[96];
    (void)snprintf(id, sizeof id, "%s order %d cut %g at %g", is_high ? "highpass" : "lowpass", order, cut, f);
    check(fabs(sqrt(square) - wanted) < 2e-4, id, sqrt(square), wanted);
}

/* --- features --- */

static double moment(const double *x, double mean, int32_t p)
{
    double sum = 0.0;
    for (int32_t i = 0; i < WINDOW; i++) {
        sum += pow(x[i] - mean, p);
    }
    return sum / WINDOW;
}

/* log10 of the largest |X_k|^2 / n over frames of N with a hop of N / 2, the last filled with zeros: Edge Impulse's. */
static double max_hold(const double *x, int32_t n, int32_t k)
{
    double most = 0.0;
    for (int32_t at = 0; at < WINDOW; at += n / 2) {
        double re = 0.0;
        double im = 0.0;
        for (int32_t i = 0; i < n && at + i < WINDOW; i++) {
            re += x[at + i] * cos(2 * pi * k * i / n);
            im -= x[at + i] * sin(2 * pi * k * i / n);
        }
        most = fmax(most, (re * re + im * im) / n);
    }
    return log10(most);
}

static double wanted_feature(int32_t kind, const double *x)
{
    double mean = 0.0, peak = 0.0, low = x[0], high = x[0], off = 0.0, slope = 0.0;
    for (int32_t i = 0; i < WINDOW; i++) {
        mean += x[i] / WINDOW;
        peak = fmax(peak, fabs(x[i]));
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
        slope += (i - (WINDOW - 1) / 2.0) * x[i] * 12.0 / (WINDOW * (WINDOW * (double)WINDOW - 1.0));
    }
    int32_t crossings = 0;
    for (int32_t i = 0; i < WINDOW; i++) {
        off += fabs(x[i] - mean) / WINDOW;
        crossings += i > 0 && (x[i] < mean) != (x[i - 1] < mean);
    }
    double rms = sqrt(moment(x, 0.0, 2));
    double two = moment(x, mean, 2);
    switch (kind) {
    case 0: return mean;
    case 1: return rms;
    case 2: return sqrt(two);
    case 3: return moment(x, mean, 3) / pow(two, 1.5);
    case 4: return moment(x, mean, 4) / (two * two) - 3.0;
    case 5: return peak / rms;
    case 6: return high - low;
    case 7: return off;
    case 8: return crossings;
    default: return slope;
    }
}

static void feature_cases(const float *x)
{
    static const char signal[] = "mean rms std skewness kurtosis crest peak_to_peak mad zero_crossings slope "
                                 "spectrum(fft=32,hop=16,bands=0,hold,tail,log10,no_hann)";
    static const double tolerance[10] = {2e-4, 2e-4, 2e-4, 4e-3, 6e-3, 4e-3, 3e-4, 2e-4, 0.01, 3e-5};
    static double scale[11] = {1.0 / 32768, 1.0 / 32768, 1.0 / 32768, 1.0 / 4096, 1.0 / 1024, 1.0 / 4096,
                               1.0 / 8192,  1.0 / 32768, 1.0 / 64,    1.0 / (1 << 20), 1.0 / 4096};
    enum { BINS = 16 };
    Diag d = {0};
    Graph *g = NULL;
    float y[CHANNELS * (10 + BINS)];
    Sensor s = {.signal = signal, .rate_hz = 0.0, .window = WINDOW, .hop = WINDOW, .channels = CHANNELS, .scale = 1.0 / 16384,
                .feature_scale = scale};
    if (sensor_graph(&s, SENSOR_FEATURES, &g, &d) != OK) {
        printf("FAIL sensor:features: %s\n", d.text);
        failed++;
        diag_clear(&d);
        return;
    }
    for (int32_t from = 0; from + WINDOW <= SAMPLES; from += WINDOW) {
        sensor_run(g, x + from * CHANNELS, NULL, 1, false, y);
        for (int32_t c = 0; c < CHANNELS; c++) {
            double v[WINDOW];
            char id[64];
            for (int32_t i = 0; i < WINDOW; i++) { /* as int16 has it */
                v[i] = round((double)x[(from + i) * CHANNELS + c] * 16384.0) / 16384.0;
            }
            for (int32_t k = 0; k < 10; k++) {
                double wanted = wanted_feature(k, v);
                (void)snprintf(id, sizeof id, "feature %d, window from %d, axis %d", k, from, c);
                check(fabs((double)y[CHANNELS * k + c] - wanted) <= tolerance[k], id, (double)y[CHANNELS * k + c], wanted);
            }
            for (int32_t k = 1; k <= BINS; k++) {
                double wanted = max_hold(v, 32, k);
                double got = (double)y[CHANNELS * 10 + c * BINS + k - 1];
                (void)snprintf(id, sizeof id, "bin %d, window from %d, axis %d", k, from, c);
                check(fabs(got - wanted) <= 0.01, id, got, wanted);
            }
        }
    }
    graph_free(g);
}

int main(void)
{
    static float x[SAMPLES * CHANNELS];
    static const int32_t hops[] = {1, 7, 16, 32, 48, 95, 96};
    static const double cuts[] = {0.01, 0.05, 0.2, 0.4};
    static const double at[] = {0.003, 0.02, 0.1, 0.3, 0.45};
    make_samples(x);
    for (int32_t i = 0; i < DIMS_MOST; i++) {
        ones[i] = 1.0f;
    }
    for (size_t i = 0; i < COUNT(hops); i++) {
        hop_case("remove_mean rms kurtosis", 4, hops[i], x);
        hop_case("highpass(5,3) abs lowpass(2) decimate(3) std; axis(1) spectrum(fft=32,bands=4)", 6, hops[i], x);
    }
    for (size_t c = 0; c < COUNT(cuts); c++) {
        for (int32_t order = 1; order <= 8; order++) {
            for (size_t f = 0; f < COUNT(at); f++) {
                filter_case(false, order, cuts[c], at[f]);
                filter_case(true, order, cuts[c], at[f]);
            }
        }
    }
    feature_cases(x);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
