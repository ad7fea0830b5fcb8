/* Band powers by a block-scaled real FFT, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_spectrum_s16.h"

static int32_t shrinc_spectrum_peak(const int16_t *v, int32_t n, int32_t step)
{
    int32_t peak = 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t a = v[i * step];
        a = (a < 0) ? -a : a;
        peak = (a > peak) ? a : peak;
    }
    return peak;
}

/* Halves all values until none is beyond 13500; returns how often. */
static int32_t shrinc_spectrum_halve(int16_t *v, int32_t n)
{
    int32_t peak = shrinc_spectrum_peak(v, n, 1);
    int32_t times = 0;
    while (peak > 13500) {
        for (int32_t i = 0; i < n; i++) {
            v[i] = (int16_t)(((int32_t)v[i] + 1) >> 1);
        }
        peak = (peak + 1) >> 1;
        times++;
    }
    return times;
}

/* AVAILABLE samples into V, as large as they may be, by the window; returns the exponent. */
static int32_t shrinc_spectrum_load(const shrinc_spectrum_s16_params *p, const int16_t *x, int32_t available,
                                    const int16_t *SHRINC_ROM twiddle, int16_t *v)
{
    int32_t half = p->fft / 2;
    int32_t peak = shrinc_spectrum_peak(x, available, p->channels);
    int32_t left = 0;
    int32_t right = 0;
    while ((peak >> right) > 13500) {
        right++;
    }
    while ((peak > 0) && ((peak << (left + 1)) <= 13500)) {
        left++;
    }
    for (int32_t i = 0; i < p->fft; i++) {
        int32_t s = (i < available) ? (((int32_t)x[i * p->channels] * ((int32_t)1 << left)) >> right) : 0;
        if (p->is_hann != 0) {
            int32_t cosine = shrinc_rom_s16(&twiddle[2 * ((i < half) ? i : (i - half))]);
            int32_t w = (i < half) ? (32768 - cosine) : (32768 + cosine);
            s = ((s * w) + 32768) >> 16;
        }
        v[i] = (int16_t)s;
    }
    return right - left;
}

/* N complex values in the order of their reversed bits. */
static void shrinc_spectrum_reverse(int16_t *v, int32_t n)
{
    int32_t j = 0;
    for (int32_t i = 1; i < n; i++) {
        int32_t bit = n >> 1;
        while ((j & bit) != 0) {
            j ^= bit;
            bit >>= 1;
        }
        j |= bit;
        if (i < j) {
            for (int32_t k = 0; k < 2; k++) {
                int16_t kept = v[(2 * i) + k];
                v[(2 * i) + k] = v[(2 * j) + k];
                v[(2 * j) + k] = kept;
            }
        }
    }
}

/* The transform of FFT / 2 complex values in place; returns by how much the exponent grew. */
static int32_t shrinc_spectrum_transform(int32_t fft, const int16_t *SHRINC_ROM twiddle, int16_t *v)
{
    int32_t n = fft / 2;
    int32_t exponent = 0;
    shrinc_spectrum_reverse(v, n);
    for (int32_t half = 1; half < n; half *= 2) {
        exponent += shrinc_spectrum_halve(v, fft);
        int32_t step = n / half;
        for (int32_t k = 0; k < half; k++) {
            int32_t c = shrinc_rom_s16(&twiddle[2 * k * step]);
            int32_t s = shrinc_rom_s16(&twiddle[(2 * k * step) + 1]);
            for (int32_t i = k; i < n; i += 2 * half) {
                int16_t *a = &v[2 * i];
                int16_t *b = &v[2 * (i + half)];
                int32_t re = ((b[0] * c) + (b[1] * s) + 16384) >> 15;
                int32_t im = ((b[1] * c) - (b[0] * s) + 16384) >> 15;
                b[0] = (int16_t)(a[0] - re);
                b[1] = (int16_t)(a[1] - im);
                a[0] = (int16_t)(a[0] + re);
                a[1] = (int16_t)(a[1] + im);
            }
        }
    }
    return exponent + shrinc_spectrum_halve(v, fft);
}

/* 4 |X_k|^2 of the real signal whose even and odd samples were the parts of V. */
static int64_t shrinc_spectrum_power(const int16_t *v, int32_t fft, const int16_t *SHRINC_ROM twiddle, int32_t k)
{
    int32_t n = fft / 2;
    const int16_t *a = &v[2 * ((k < n) ? k : 0)];
    const int16_t *b = &v[2 * (((k > 0) && (k < n)) ? (n - k) : 0)];
    int32_t c = (k < n) ? shrinc_rom_s16(&twiddle[2 * k]) : -32768;
    int32_t s = (k < n) ? shrinc_rom_s16(&twiddle[(2 * k) + 1]) : 0;
    int32_t odd_re = a[1] + b[1];
    int32_t odd_im = b[0] - a[0];
    int32_t re = a[0] + b[0] + (((odd_re * c) + (odd_im * s) + 16384) >> 15);
    int32_t im = a[1] - b[1] + (((odd_im * c) - (odd_re * s) + 16384) >> 15);
    return ((int64_t)re * re) + ((int64_t)im * im);
}

static void shrinc_spectrum_add(const shrinc_spectrum_s16_params *p, const int16_t *v,
                                const int16_t *SHRINC_ROM twiddle, const int16_t *SHRINC_ROM edge, int32_t exponent,
                                int64_t *power)
{
    int32_t left = (2 * exponent) + 6; /* 2^-8 of a step squared, and the factor 4 */
    for (int32_t b = 0; b < p->bands; b++) {
        int32_t last = shrinc_rom_s16(&edge[b + 1]);
        int64_t sum = 0;
        for (int32_t k = shrinc_rom_s16(&edge[b]); k < last; k++) {
            sum += shrinc_spectrum_power(v, p->fft, twiddle, k);
        }
        if (left >= 0) {
            sum *= (int64_t)1 << left;
        } else {
            sum = (sum + ((int64_t)1 << (-left - 1))) >> -left;
        }
        if (p->is_hold == 0) {
            power[b] += sum;
        } else {
            power[b] = (sum > power[b]) ? sum : power[b];
        }
    }
}

/* Logarithm to the base 2 in 2^-16; of 0 as of 1. */
static int32_t shrinc_log2(int64_t x)
{
    uint64_t m = (x > 0) ? (uint64_t)x : 1U;
    int32_t whole = 31;
    while (m >= 4294967296U) {
        m >>= 1;
        whole++;
    }
    while (m < 2147483648U) {
        m <<= 1;
        whole--;
    }
    int32_t log = whole * 65536;
    for (int32_t bit = 32768; bit > 0; bit /= 2) {
        m = (m * m) >> 31;
        if (m >= 4294967296U) {
            m >>= 1;
            log += bit;
        }
    }
    return log;
}

static void shrinc_spectrum_s16(const shrinc_spectrum_s16_params *p, const int16_t *x,
                                const int16_t *SHRINC_ROM twiddle, const int16_t *SHRINC_ROM edge,
                                const int32_t *SHRINC_ROM bias, int16_t *work, int64_t *power, int16_t *y)
{
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t c = 0; c < p->channels; c++) {
            (void)memset(power, 0, (size_t)p->bands * sizeof *power);
            for (int32_t f = 0; f < p->frames; f++) {
                int32_t at = f * p->hop;
                int32_t available = ((p->count - at) < p->fft) ? (p->count - at) : p->fft;
                int32_t exponent = shrinc_spectrum_load(p, &x[(at * p->channels) + c], available, twiddle, work);
                exponent += shrinc_spectrum_transform(p->fft, twiddle, work);
                shrinc_spectrum_add(p, work, twiddle, edge, exponent, power);
            }
            for (int32_t k = 0; k < p->bands; k++) {
                int32_t q =
                    shrinc_requantize(shrinc_log2(power[k]), p->multiplier, p->shift) + shrinc_rom_s32(&bias[k]);
                y[k] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
            }
            y += p->bands;
        }
        x += p->count * p->channels;
    }
}
