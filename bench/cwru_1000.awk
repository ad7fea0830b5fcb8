# One number a line at 48,000 S/s to two columns at 1,000 S/s: vibration (Butterworth low-pass of order 4 at 400 Hz) and its
# envelope (high-pass of order 2 at 2 kHz, rectified, the same low-pass). The first 0.1 s is left out.
# SPDX-License-Identifier: Apache-2.0
function add(high, cut, n,    i, k, q, norm) {
    for (i = n / 2; i > 0; i--) {
        k = sin(3.14159265358979 * cut / 48000) / cos(3.14159265358979 * cut / 48000)
        q = 2 * sin(3.14159265358979 * (2 * i - 1) / (2 * n))
        norm = 1 + k * q + k * k
        g[sections] = high ? 1 / norm : k * k / norm
        b1[sections] = high ? -2 : 2
        a1[sections] = 2 * (k * k - 1) / norm
        a2[sections++] = (1 - k * q + k * k) / norm
    }
}
function run(s, x,    y) {
    y = g[s] * (x + b1[s] * x1[s] + x2[s]) - a1[s] * y1[s] - a2[s] * y2[s]
    x2[s] = x1[s]; x1[s] = x; y2[s] = y1[s]; y1[s] = y
    return y
}
BEGIN { sections = 0; add(0, 400, 4); add(1, 2000, 2); add(0, 400, 4) }
{
    v = run(1, run(0, $1))
    e = run(2, $1)
    e = run(4, run(3, e < 0 ? -e : e))
    if (NR % 48 == 0 && NR > 4800) printf "%.6f,%.6f\n", v, e
}
