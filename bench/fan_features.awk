# Accelerometer files (x,y,z in g, 200 rows at 200 Hz) to CSV: a row a file, for each axis 20 bands of 5 Hz, each
# (ln(mean power + 1e-9) + 14) / 3, and the label: 1 where the folder's name says that a weight hung on the fan.
# Usage: awk -f bench/fan_features.awk -v WEIGHT=0 FILE... (the weight that files must have; "": any, with labels)
# SPDX-License-Identifier: Apache-2.0
BEGIN {
    FS = ","
    N = 200
    for (k = 1; k <= 100; k++) two[k] = 2 * cos(2 * 3.14159265358979 * k / N)
    line = ""
    for (f = 0; f < 60; f++) line = line (f ? "," : "") substr("xyz", int(f / 20) + 1, 1) (f % 20) * 5
    print line (WEIGHT == "" ? ",label" : "")
}
FNR == 1 && n == N { emit() }
FNR == 1 { n = 0; weight = (FILENAME ~ /1_weight/); sum[1] = sum[2] = sum[3] = 0 }
{ for (a = 1; a <= 3; a++) { v[a, n] = $a; sum[a] += $a } n++ }
END { if (n == N) emit() }
function emit(    a, b, k, i, s0, s1, s2, power, line) {
    if (WEIGHT != "" && weight != WEIGHT) return
    line = ""
    for (a = 1; a <= 3; a++) {
        for (i = 0; i < N; i++) v[a, i] -= sum[a] / N
        for (b = 0; b < 20; b++) {
            power = 0
            for (k = 5 * b + 1; k <= 5 * b + 5; k++) {
                s1 = s2 = 0 # Goertzel's recursion
                for (i = 0; i < N; i++) {
                    s0 = v[a, i] + two[k] * s1 - s2
                    s2 = s1
                    s1 = s0
                }
                power += (s1 * s1 + s2 * s2 - two[k] * s1 * s2) / (N * N)
            }
            line = line (line == "" ? "" : ",") sprintf("%.5f", (log(power / 5 + 1e-9) + 14) / 3)
        }
    }
    print line (WEIGHT == "" ? "," weight : "")
}
