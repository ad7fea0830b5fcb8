#!/usr/bin/env python3
# Writes tests/data/features.txt: a signal and its features as plain numpy computes them from the formulas of
# src/data/features.h: the DFT as a matrix, the DCT as a matrix, all in float64. With --librosa the bands are
# compared with librosa's (not needed otherwise).
# Usage: make_features.py [--librosa] > tests/data/features.txt
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np

CASES = [  # rate, samples, words
    (8000, 1000, dict(kind="logmel", frame=256, hop=160, fft=256, bands=20, low=20.0, high=4000.0)),
    (8000, 1000, dict(kind="logmel", frame=200, hop=80, fft=512, bands=24, low=60.0, high=3800.0)),
    (8000, 1000, dict(kind="mfcc", frame=256, hop=160, fft=256, bands=20, coefficients=13, low=20.0, high=4000.0)),
    (16000, 900, dict(kind="mfcc", frame=512, hop=320, fft=512, bands=40, coefficients=10, low=40.0, high=8000.0,
                      preemphasis=0.97, floor=1e-8)),
    (8000, 300, dict(kind="mfcc", frame=300, hop=1, fft=1024, bands=32, coefficients=32, low=100.0, high=3000.0)),
]


def mel_matrix(rate, fft, bands, low, high):
    mel = lambda hz: 2595.0 * np.log10(1.0 + hz / 700.0)
    corner = 700.0 * (10.0 ** (np.linspace(mel(low), mel(high), bands + 2) / 2595.0) - 1.0)
    hz = np.arange(fft // 2 + 1) * rate / fft
    up = (hz[None, :] - corner[:-2, None]) / (corner[1:-1] - corner[:-2])[:, None]
    down = (corner[2:, None] - hz[None, :]) / (corner[2:] - corner[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(up, down))


def features(x, rate, kind, frame, hop, fft, bands, low, high, coefficients=0, preemphasis=0.0, floor=1e-6):
    x = x - preemphasis * np.concatenate([[0.0], x[:-1]])
    count = 1 + (len(x) - frame) // hop
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(frame) / frame)
    frames = np.stack([x[i * hop:i * hop + frame] * window for i in range(count)])
    dft = np.exp(-2j * np.pi * np.outer(np.arange(frame), np.arange(fft // 2 + 1)) / fft)
    power = np.abs(frames @ dft) ** 2
    logmel = np.log(power @ mel_matrix(rate, fft, bands, low, high).T + floor)
    if kind == "logmel":
        return logmel
    k = np.arange(coefficients)[:, None]
    n = np.arange(bands)[None, :]
    dct = np.cos(np.pi * k * (2 * n + 1) / (2 * bands)) * np.where(k == 0, np.sqrt(1.0 / bands), np.sqrt(2.0 / bands))
    return logmel @ dct.T


def compare(x):
    import librosa
    import scipy.fftpack
    for rate, samples, words in CASES:
        if words["frame"] != words["fft"] or words.get("preemphasis", 0.0) != 0.0:
            continue
        mel = librosa.feature.melspectrogram(y=x[:samples], sr=rate, n_fft=words["fft"], hop_length=words["hop"],
                                             center=False, htk=True, norm=None, power=2.0, n_mels=words["bands"],
                                             fmin=words["low"], fmax=words["high"])
        other = np.log(mel.T + 1e-6)
        if words["kind"] == "mfcc":
            other = scipy.fftpack.dct(other, type=2, norm="ortho", axis=1)[:, :words["coefficients"]]
        print("largest difference from librosa:", np.max(np.abs(other - features(x[:samples], rate, **words))))


def main():
    rng = np.random.default_rng(7)
    i = np.arange(1000)
    x = 0.4 * np.sin(2 * np.pi * 440.0 * i / 8000) + 0.2 * np.sin(2 * np.pi * i * (300 + i) / 8000)
    x = np.round((x + 0.05 * rng.standard_normal(1000)) * 32768) / 32768  # as 16-bit sound has it
    if "--librosa" in sys.argv:
        return compare(x)
    print("signal", *["%d" % v for v in np.round(x * 32768)])
    for rate, samples, words in CASES:
        text = " ".join([words["kind"]] + ["%s=%g" % (k, v) for k, v in words.items() if k != "kind"])
        y = features(x[:samples], rate, **words)
        print("features %d %d %d %d %s" % (rate, samples, y.shape[0], y.shape[1], text))
        print("values", *["%.7g" % v for v in y.ravel()])


main()
