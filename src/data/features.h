/* Spectral features of sound: logarithmic mel bands and cepstral coefficients.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FEATURES_H
#define SHRINC_FEATURES_H

#include "data/files.h"
#include "ir/ir.h"

/* What is computed of a signal x[0 .. samples-1] (-1 .. 1), step by step:
 *   preemphasis  x[i] - a x[i-1], with x[-1] = 0; a = 0: left out
 *   frames       1 + (samples - frame) / hop of them, none reaching past the end (tf.signal.stft)
 *   window       Hann, periodic: (1 - cos(2 pi i / frame)) / 2
 *   spectrum     |FFT|^2 of the frame filled with zeros to FFT samples, bins 0 .. fft/2
 *   bands        triangles, linear in Hz, peak 1, with corners evenly spaced on HTK's mel scale,
 *                2595 log10(1 + f/700), from LOW to HIGH (librosa.filters.mel with htk=True, norm=None)
 *   logmel       ln(band + floor)
 *   mfcc         the first COEFFICIENTS of the orthonormal DCT-II of the logmel bands
 * For frame = fft this is librosa.feature.melspectrogram(center=False, htk=True, norm=None, power=2),
 * then a natural logarithm and scipy.fftpack.dct(type=2, norm="ortho"). */
typedef struct FeatureOptions {
    bool cepstrum;          /* mfcc, else logmel */
    int32_t samples;        /* of the signal */
    int32_t frame, hop;     /* samples; default 32 ms and 20 ms */
    int32_t fft;            /* a power of two >= frame; default the least */
    int32_t bands;          /* default 40 */
    int32_t coefficients;   /* default 13 */
    double low_hz, high_hz; /* default 20 and half the rate */
    double preemphasis;     /* default 0 */
    double floor;           /* default 1e-6 */
    double rate_hz;
} FeatureOptions;

/* "logmel frame=40ms hop=20ms bands=40" or "mfcc ... coefficients=13"; lengths in ms, s or samples; further
 * words: fft, low, high (Hz), preemphasis, floor. RATE_HZ 0: unknown, then lengths must be in samples and
 * HIGH given. Checks all against SAMPLES. */
Status features_parse(const char *text, double rate_hz, int64_t samples, FeatureOptions *out,
                      Diag *d) MUST_CHECK;

typedef struct Features Features;
Features *features_new(Arena *a, const FeatureOptions *o);
Shape features_shape(const Features *f); /* [frames, bands or coefficients] */
/* SIGNAL of o->samples to OUT of features_shape. Not for two threads with one F. */
void features_run(Features *f, const float *signal, float *out);

#endif
