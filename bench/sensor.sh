#!/bin/sh
# Sensors on real recordings (README.md, "Sensors that speak when it matters"). Writes bench/sensor.csv. What is unusual is
# seen by no choice: features and detector were fixed beforehand, thresholds come from usual validation windows.
# Usage: bench/sensor.sh [fan|cwru|nab|skab...]; SHRINC_SHARED, default ../shared, holds the data.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
S=$(cd "${SHRINC_SHARED:-../shared}/data" && pwd) || { echo "SKIPPED sensor: no data; set SHRINC_SHARED"; exit 0; }
shrinc=$(pwd)/${B:-build}/shrinc
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
rows=$T/rows
: > "$rows"

# A row of the table: set, AUC and counts from train --json, sizes and instructions on Cortex-M4.
row() { # set, JSON of train, model
    "$shrinc" verify "$3" --on cortex-m4 --json > "$T/verify.json"
    jq -r --arg set "$1" --slurpfile v "$T/verify.json" '
        .sensor as $s | $s.parts.test as $t | [$set, $s.detector, $s.features, ($t.auc * 10000 | round / 10000), $t.usual,
        $t.false_alarms, $t.unusual, $t.found, $v[0].flash.weights_bytes, $v[0].targets[0].text_bytes,
        $v[0].targets[0].bss_bytes, $v[0].targets[0].instructions] | join(",")' "$2" >> "$rows"
    tail -n 1 "$rows"
}

# Ceiling fan with and without a coin, low and medium speed pooled; 60 % of the quiet files train, 20 % validate, 20 % judge,
# with as much of the coin's files.
fan() {
    mkdir -p "$T/fan/0" "$T/fan/1" "$T/fan.x"
    tar xzf "$S/fan/fan.tar.gz" -C "$T/fan.x"
    for speed in low med; do
        for weight in 0 1; do
            for f in "$T/fan.x/fan_0_${speed}_${weight}_weight"/*.csv; do
                ln -s "$f" "$T/fan/$weight/${speed}_$(basename "$f")"
            done
        done
    done
    "$shrinc" train --data "$T/fan" --header no --label-from folder --normal 0 --sampling-rate 200 --split 60/20/20 \
        --signal "remove_mean rms kurtosis skewness spectrum(fft=64,bands=10)" --detector gmm --clusters 2 \
        -o "$T/fan.tflite" --json > "$T/fan.json"
    row fan "$T/fan.json" "$T/fan.tflite"
}

# Bearings: 5 s of each state. 70 % of the healthy recording in pieces trains and validates; the rest and three faults judge.
cwru() {
    for pair in Normal:normal IR_7_DE48:inner B_7_DE48:ball OR6_7_DE48:outer; do
        d=$T/cwru/${pair#*:}
        mkdir -p "$d"
        unzip -p "$S/cwru/1797_${pair%:*}.npz" DE.npy | tail -c +129 | od -An -t f8 -v -w8 | awk -f bench/cwru_1000.awk > "$d/test.csv"
    done
    d=$T/cwru/normal
    n=$(wc -l < "$d/test.csv")
    head -n $((n * 7 / 10)) "$d/test.csv" | split -l 348 -d --additional-suffix=.csv - "$d/part"
    tail -n +$((n * 7 / 10 + 1)) "$d/test.csv" > "$T/rest"
    mv "$T/rest" "$d/test.csv"
    "$shrinc" train --data "$T/cwru" --header no --label-from folder --normal normal --sampling-rate 1000 --window 128 \
        --stride 64 --test-files 'test*' --split 70/30 --signal "remove_mean rms kurtosis" --detector gaussian \
        -o "$T/cwru.tflite" --json > "$T/cwru.json" 2> /dev/null
    row cwru "$T/cwru.json" "$T/cwru.tflite"
}

# Machine temperature every 5 minutes: the mean of 4 hours, each hour, an alarm where 2 of 3 are unusual, at most one a day. The
# threshold comes from the days before the first labelled window, 9 % of the recording.
nab() {
    awk -F, '
        NR == FNR { if (match($0, /2[0-9-]+ [0-9:]+/)) edge[n++] = substr($0, RSTART, RLENGTH); next }
        FNR == 1 { print "value,label"; next }
        { label = 0; for (i = 0; i < n; i += 2) if ($1 >= edge[i] && $1 <= edge[i + 1]) label = 1; print $2 "," label }
    ' "$S/nab/windows.json" "$S/nab/machine_temperature_system_failure.csv" > "$T/nab.csv"
    awk -F, '$2 == 1 { exit } { print $1 }' "$T/nab.csv" > "$T/nab_train.csv"
    "$shrinc" train --data "$T/nab_train.csv" --window 48 --stride 12 --full-scale 200 --signal mean --detector gaussian \
        --threshold std:5 --needed 2 --of 3 --refractory 24 --split 70/30 -o "$T/nab.tflite" > /dev/null
    "$shrinc" stream "$T/nab.tflite" "$T/nab.csv" --label-column label --normal 0 --json |
        jq -r '"nab: \(.faults | length) labelled windows, \(.missed) missed, \(.false_anomalies) false episodes of \(.anomalies)"'
}

# Pump (valve1), 8 sensors at 1 Hz: for each of 16 runs a detector of the usual seconds of the 15 others, without the run itself. Each
# second is judged by what the device said last: an alarm is on from its event to the one that ends it. Five seeds of clusters and split.
skab() {
    mkdir -p "$T/skab"
    for f in "$S"/skab/valve1/*.csv; do
        awk -F';' -v OFS=, 'NR > 1 { print $2, $3, $4, $5, $6, $7, $8, $9, $10 }' "$f" > "$T/skab/$(basename "$f")"
    done
    for seed in 1 2 3 4 5; do
        : > "$T/skab.counts"
        for f in "$T"/skab/*.csv; do
            for other in "$T"/skab/*.csv; do
                [ "$other" = "$f" ] || awk -F, '$9 == 0 { sub(/,[^,]*$/, ""); print }' "$other"
            done > "$T/skab_train.csv"
            "$shrinc" train --data "$T/skab_train.csv" --header no --window 40 --stride 5 --signal mean --normalize standard \
                --detector gmm --clusters 8 --ridge 0.1 --threshold std:3 --release 0.7 --split 80/20 --seed $seed \
                -o "$T/skab.tflite" > /dev/null
            "$shrinc" stream "$T/skab.tflite" "$f" --header no --label-column 9 --normal 0 --output "$T/skab_runs.csv" > /dev/null
            awk -F, '
                NR == FNR { label[FNR] = $9; n = FNR; next }
                FNR > 1 { said[$1] = $4 }
                END {
                    for (i = 1; i <= n; i++) {
                        if (said[i] == 3) alarm = 1
                        if (said[i] == 4) alarm = 0
                        if (label[i] == 1) { if (alarm) tp++; else fn++ } else if (alarm) fp++; else tn++
                    }
                    print tp + 0, fp + 0, fn + 0, tn + 0
                }' "$f" "$T/skab_runs.csv" >> "$T/skab.counts"
        done
        awk -v seed=$seed '{ tp += $1; fp += $2; fn += $3; tn += $4 } END {
            printf "skab: seed %d, F1 %.3f, false alarm rate %.1f %%, missed alarm rate %.1f %%\n", seed, 2 * tp / (2 * tp + fp + fn),
                100 * fp / (fp + tn), 100 * fn / (fn + tp) }' "$T/skab.counts"
    done
}

[ $# -gt 0 ] || set -- fan cwru nab skab
for set in "$@"; do
    "$set"
done
if [ -s "$rows" ]; then
    {
        echo "set,detector,features,auc,usual,false_alarms,unusual,found,weights_bytes,code_bytes,ram_bytes,instructions_of_a_run"
        cat "$rows"
    } > bench/sensor.csv
fi
