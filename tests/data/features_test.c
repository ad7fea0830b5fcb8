/* Features against values that numpy made (tests/oracle/make_features.py), and sentences about wrong words.
 * Usage: features_test FILE. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/features.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SIGNAL = 4096 };
static const double tolerance = 2e-5; /* absolute; float32 results of up to 20, so about ten units in the last place */

static int passed, failed;

static void count(bool good, const char *format, const char *id, const char *got)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf(format, id, got);
    }
}

/* --- numbers --- */

static int32_t read_signal(char *text, float *signal)
{
    int32_t n = 0;
    char *stop = text;
    for (;; n++) {
        text = stop;
        double v = strtod(text, &stop);
        if (stop == text || n == MAX_SIGNAL) {
            return n;
        }
        signal[n] = (float)(v / 32768.0);
    }
}

static double largest_error(const Shape *shape, const float *got, char *values)
{
    double worst = 0.0;
    char *stop = values;
    for (int64_t i = 0; i < shape_count(shape); i++) {
        values = stop;
        double off = fabs(strtod(values, &stop) - (double)got[i]);
        worst = stop == values ? INFINITY : off > worst ? off : worst;
    }
    return worst;
}

static void run_case(const char *head, char *values, const float *signal)
{
    int rate = 0;
    int samples = 0;
    int frames = 0;
    int each = 0;
    int at = 0;
    Diag d = {0};
    Arena a = {0};
    FeatureOptions o;
    (void)sscanf(head, "%d %d %d %d %n", &rate, &samples, &frames, &each, &at);
    if (features_parse(head + at, rate, samples, &o, &d) != OK) {
        count(false, "FAIL features: %s: %s\n", head, d.text);
        return;
    }
    Features *f = features_new(&a, &o);
    Shape shape = features_shape(f);
    float *got = NEW(&a, float, shape_count(&shape));
    features_run(f, signal, got);
    char text[64];
    double error = largest_error(&shape, got, values);
    (void)snprintf(text, sizeof text, "%dx%d, largest error %g", shape.dim[0], shape.dim[1], error);
    count(shape.dim[0] == frames && shape.dim[1] == each && error <= tolerance, "FAIL features: %s: %s\n", head,
          text);
    diag_clear(&d);
    arena_free(&a);
}

static void run_file(const char *path)
{
    static float signal[MAX_SIGNAL];
    Arena a = {0};
    Diag d = {0};
    Span file;
    if (file_read(&a, path, 1 << 20, &file, &d) != OK) {
        count(false, "FAIL features: %s: %s\n", path, d.text);
        return;
    }
    char *text = arena_strndup(&a, (const char *)file.data, file.bytes);
    char *save = NULL;
    const char *head = NULL;
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "signal ", 7) == 0) {
            (void)read_signal(line + 7, signal);
        } else if (strncmp(line, "features ", 9) == 0) {
            head = line + 9;
        } else if (strncmp(line, "values ", 7) == 0 && head != NULL) {
            run_case(head, line + 7, signal);
        }
    }
    arena_free(&a);
}

/* --- words --- */

static const struct Words {
    const char *text;
    double rate;
    int64_t samples;
    const char *want; /* stands in the sentence, or "" if all is well */
} words[] = {
    {"mfcc", 16000, 16000, ""},
    {"logmel frame=0.04s hop=20ms fft=1024 low=50Hz high=7500 preemphasis=0.97 floor=1e-5", 16000, 16000, ""},
    {"mfcc frame=640 hop=320 bands=40 coefficients=10", 16000, 16000, ""},
    {"mel", 16000, 16000, "'mel' is not known; there are logmel and mfcc"},
    {"", 16000, 16000, "'' is not known"},
    {"mfcc bends=40", 16000, 16000, "'bends=40' is not known; there are frame="},
    {"mfcc frame=32mm", 16000, 16000, "'frame=32mm' is no length such as 32ms"},
    {"mfcc bands=32ms", 16000, 16000, "'bands=32ms' is no number above 0"},
    {"mfcc bands=0", 16000, 16000, "'bands' must be at least 1"},
    {"mfcc hop=0", 16000, 16000, "'hop' must be at least 1"},
    {"mfcc frame=-3", 16000, 16000, "'frame=-3' is no length"},
    {"mfcc frame=1ms bands=4 coefficients=4", 8000, 16000, "band 1 of 4 is too narrow for an FFT of 8 samples"},
    {"mfcc fft=500", 16000, 16000, "an FFT of 500 samples will not do"},
    {"mfcc fft=256", 16000, 16000, "an FFT of 256 samples will not do; it takes a power of two that holds the frame of 512"},
    {"mfcc frame=10s", 16000, 16000, "a frame of 160000 samples does not fit a signal of 16000"},
    {"mfcc coefficients=41", 16000, 16000, "41 coefficients of 40 bands"},
    {"mfcc low=9000", 16000, 16000, "bands from 9000 to 8000 Hz"},
    {"mfcc high=9000", 16000, 16000, "bands from 20 to 9000 Hz; they lie in ascending order below half the rate"},
    {"mfcc floor=0", 16000, 16000, "floor=0 must be above 0"},
    {"mfcc preemphasis=1", 16000, 16000, "preemphasis=1 below 1"},
    {"mfcc bands=400", 16000, 16000, "too narrow for an FFT of 512 samples; take fewer bands"},
    {"mfcc frame=32ms", 0, 16000, "'frame=32ms' needs the sampling rate, which this file does not tell"},
    {"mfcc", 0, 16000, "features need the sampling rate"},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: features_test FILE\n");
        return 2;
    }
    run_file(argv[1]);
    for (size_t i = 0; i < COUNT(words); i++) {
        Diag d = {0};
        FeatureOptions o;
        Status s = features_parse(words[i].text, words[i].rate, words[i].samples, &o, &d);
        count((s == OK) == (words[i].want[0] == '\0') && strstr(d.text, words[i].want) != NULL,
              "FAIL features: '%s': %s\n", words[i].text, d.text);
        diag_clear(&d);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
