#!/bin/sh
# Sensors from recordings to events: detectors trained, written, verified, and what is refused.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=sensor
. tests/lib.sh
need "$B/shrinc" "$B/tests/batch"
count "$B/tests/batch"

# Two classes of windows of 128 x 2 at 256 Hz: a hum, and the same with knocks. One file a window.
mkdir -p "$T/rec/calm" "$T/rec/knocks"
awk -v dir="$T/rec" 'function noise() { return rand() + rand() + rand() - 1.5 }
BEGIN {
    srand(5)
    for (f = 0; f < 120; f++) {
        class = f < 80 ? "calm" : "knocks"
        file = sprintf("%s/%s/%03d.csv", dir, class, f)
        phase = rand() * 6.28
        for (i = 0; i < 128; i++) {
            v = 0.5 * sin(phase + 6.2832 * 24 * i / 256) + 0.05 * noise()
            if (class == "knocks" && i % 32 < 3) v += 0.6
            printf "%.5f,%.5f\n", v, 0.3 * v + 0.05 * noise() > file
        }
        close(file)
    }
}'
rec="--data $T/rec --header no --window 128 --sampling-rate 256 --label-from folder --normal calm --split 50/25/25"
signal="remove_mean rms kurtosis crest; highpass(40) abs lowpass(20,2) decimate(4) std; spectrum(fft=64,bands=8)"

# shellcheck disable=SC2086  # $rec is several words
detector() { # name, flags...
    name=$1
    shift
    want "train $name" 0 "detector" "$shrinc" train $rec --signal "$signal" "$@" -o "$T/$name.tflite"
    cp "$T/out" "$T/$name.txt"
    auc=$(awk '$1 == "test" { print $6 }' "$T/$name.txt")
    result "AUC of $name" "$(awk -v a="$auc" 'BEGIN { print !(a + 0 >= 0.99) }')" "AUC $auc: $(cat "$T/$name.txt")"
    want "verify $name" 0 "all outputs equal" "$shrinc" verify "$T/$name.tflite" --on host,cortex-m4
}
detector kmeans --detector kmeans --clusters 3
detector gaussian --detector gaussian --needed 2 --of 3 --stuck 20
detector gmm --detector gmm --clusters 2 --threshold quantile:1 --heartbeat 10 --refractory 3
detector pca --detector pca --threshold max:1.2
detector autoencoder --detector autoencoder --net "dense 6 relu, dense outputs" --qat int8 --epochs 60 --rate 0.01
detector ewma --detector gaussian --stride 32 --memory ewma:0.3
detector cusum --detector pca --stride 32 --memory cusum:2
detector normalized --detector gaussian --normalize standard
ok "the samples' normalisation is in the header" sh -c "$shrinc compile $T/normalized.tflite -o $T/n --name n > /dev/null && grep -q n_normalize_input $T/n/n.h"
detector stride --detector gaussian --stride 32

# Samples one by one into the emitted C: the seventh window is the first with knocks.
"$shrinc" compile "$T/stride.tflite" -o "$T/c" --name knock > /dev/null
cat > "$T/c/main.c" << 'END'
#include <stdio.h>
#include "knock.h"
static knock m;
int main(void)
{
    float a;
    float b;
    int n = 0;
    knock_reset(&m);
    while (scanf("%f,%f", &a, &b) == 2) {
        int16_t s[KNOCK_CHANNELS] = { knock_quantize_input(a), knock_quantize_input(b) };
        int event = knock_push(&m, s);
        n++;
        if (n % KNOCK_HOP == 0) {
            printf("%d,%d,%d,%d\n", n, event, knock_output_1(&m)[0], knock_output_2(&m)[0]);
        }
    }
    return 0;
}
END
ok "NAME_push compiles" ${CC:-gcc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror -o "$T/c/push" "$T/c/main.c" "$T/c/knock.c"
awk 'BEGIN { # a hum without seams, then knocks, then the hum again
    srand(9)
    for (i = 0; i < 2048; i++) {
        v = 0.5 * sin(6.2832 * 24 * i / 256) + 0.05 * (rand() + rand() + rand() - 1.5)
        if (i >= 768 && i < 1408 && i % 32 < 3) v += 0.6
        printf "%.5f,%.5f\n", v, 0.3 * v + 0.05 * (rand() + rand() + rand() - 1.5)
    }
}' > "$T/stream.csv"
"$T/c/push" < "$T/stream.csv" > "$T/push.csv"
wrong "events of NAME_push" "$(awk -F, '$2 == 3 { alarm = alarm " " $1 } $2 == 4 { over = over " " $1 }
    END { if (alarm !~ /^ (800|832)$/ || over !~ /^ (1472|1504|1536)$/) print "alarm at" alarm ", over at" over }' "$T/push.csv")"

# stream hears the same as NAME_push: sample, event, score and faults of every run.
awk 'BEGIN { print "a,b,label" } { print $0 "," (NR > 768 && NR <= 1408 ? "knocks" : "calm") }' "$T/stream.csv" > "$T/labelled.csv"
want "stream" 0 "0 false of 1 anomalies; of 1 labelled stretches 0 missed" "$shrinc" stream "$T/stride.tflite" "$T/labelled.csv" \
    --output "$T/runs.csv"
"$shrinc" stream "$T/stride.tflite" "$T/labelled.csv" --json > "$T/stream.json"
want_keys "stream JSON" "$T/stream.json" schema samples runs events event_bytes_per_day raw_bytes_per_day false_anomalies missed faults
scale=$("$shrinc" info "$T/stride.tflite" | awk '$1 == "output" && $2 ~ /score/ { print $NF }')
awk -F, -v s="$scale" '{ printf "%.9g,%.9g,%d,%d\n", $1 / 256, $3 * s, $2, $4 }' "$T/push.csv" > "$T/push.want"
awk -F, 'NR > 1 { printf "%.9g,%.9g,%d,%d\n", $1, $2, $4, $5 }' "$T/runs.csv" > "$T/push.got"
ok "stream and NAME_push agree" cmp "$T/push.want" "$T/push.got"
awk 'BEGIN { for (i = 0; i < 2048; i++) { v = 0.4 * sin(0.59 * i) + 0.01 * rand(); if (i > 1000 && i < 1500) v = 0.1; print v "," v + 0.01 } }' > "$T/stuck.csv"
want "a stuck sensor" 0 "fault " "$shrinc" stream "$T/gaussian.tflite" "$T/stuck.csv"
want "and its end" 0 "fault over" "$shrinc" stream "$T/gaussian.tflite" "$T/stuck.csv"
sed 's/$/,0.5/' "$T/stream.csv" > "$T/three.csv"
# Channels a thousand times as large and moved, undone by the normalisation: the same events and scores.
awk -F, '{ printf "%.5f,%.5f\n", $1, 1000 * $2 + 500 }' "$T/stream.csv" > "$T/large.csv"
mkdir -p "$T/large/calm" "$T/large/knocks"
for f in "$T"/rec/*/*.csv; do
    awk -F, '{ printf "%.5f,%.5f\n", $1, 1000 * $2 + 500 }' "$f" > "$T/large/${f#"$T"/rec/}"
done
"$shrinc" train --data "$T/large" --header no --window 128 --sampling-rate 256 --label-from folder --normal calm --split 50/25/25 \
    --signal "$signal" --detector gaussian --normalize standard -o "$T/large.tflite" > /dev/null
for m in normalized:stream large:large; do
    "$shrinc" stream "$T/${m%:*}.tflite" "$T/${m#*:}.csv" --json | jq -c '[.events[] | [.sample, .kind]]' > "$T/${m%:*}.events"
done
ok "normalisation undoes size and place" cmp "$T/normalized.events" "$T/large.events"
# Another word for what is usual than the training's, and a sensor's fault as a labelled stretch.
awk -F, 'BEGIN { print "a,b,label" } { print $0 "," (NR > 1001 && NR < 1500 ? "broken" : "fine") }' "$T/stuck.csv" > "$T/broken.csv"
want "stream does not know what is usual" 3 "no such class, but broken, fine" "$shrinc" stream "$T/gaussian.tflite" "$T/broken.csv"
want "a stuck sensor is found" 0 "of 1 labelled stretches 0 missed" "$shrinc" stream "$T/gaussian.tflite" "$T/broken.csv" --normal fine
want "stream of a net" 3 "gives no events" "$shrinc" stream examples/models/sine_int8.tflite "$T/stream.csv"
want "stream of too many columns" 3 "name those that are none" "$shrinc" stream "$T/stride.tflite" "$T/three.csv"
want "stream of too little" 3 "the first run needs 32" sh -c "head -n 5 $T/stream.csv > $T/short.csv; $shrinc stream $T/stride.tflite $T/short.csv"

for m in ewma cusum; do
    want "stream with $m" 0 "0 false of 1 anomalies; of 1 labelled stretches 0 missed" "$shrinc" stream "$T/$m.tflite" "$T/labelled.csv"
done

# The made machine, heard while it is made and from its file: the same runs and frames. A bearing that fails, a sensor
# that is stuck.
"$shrinc" synth machine --count 120000 --seed 1 -o "$T/usual.csv"
"$shrinc" train --data "$T/usual.csv" --skip-columns temperature,state --window 1000 --sampling-rate 1000 --split 60/20/20 \
    --signal "remove_mean rms kurtosis spectrum(fft=256,bands=16)" --detector gmm --clusters 2 --needed 2 --of 3 --stuck 50 \
    --heartbeat 100 -o "$T/pump.tflite" > "$T/pump.txt"
faults="bearing 1min 3min 1, stuck 4.5min 5min"
"$shrinc" synth machine --count 330000 --seed 2 --faults "$faults" -o "$T/machine.csv"
want "machine from a file" 0 "0 false of 1 anomalies; of 2 labelled stretches 0 missed" "$shrinc" stream "$T/pump.tflite" "$T/machine.csv" \
    --skip-columns temperature --label-column state --normal normal --output "$T/file.csv" --frames "$T/file.bin"
want "machine as it is made" 0 "0 false of 1 anomalies; of 2 labelled stretches 0 missed" "$shrinc" stream "$T/pump.tflite" --synth machine \
    --count 330000 --seed 2 --faults "$faults" --output "$T/made.csv" --frames "$T/made.bin" --clips "$T/clips" \
    --svg "$T/strip.svg" --png "$T/strip.png"
ok "the same runs" cmp "$T/file.csv" "$T/made.csv"
ok "the same frames" cmp "$T/file.bin" "$T/made.bin"
ok "strip chart is SVG" xmllint --noout "$T/strip.svg"
ok "strip chart is PNG" grep -q PNG "$T/strip.png"
ok "a clip of each" sh -c "[ \$(ls $T/clips | wc -l) -eq 2 ] && ls $T/clips/anomaly_*.npy && ls $T/clips/fault_241000.npy"
for clip in "$T"/clips/*.npy; do # 60 s from a start of its own: the same event, score and faults in the same second
    first=${clip##*_}
    "$shrinc" stream "$T/pump.tflite" "$clip" --sampling-rate 1000 --output "$T/clip.csv" > /dev/null
    wrong "clip $(basename "$clip")" "$(awk -F, -v first="${first%.npy}" 'FNR == 1 { next }
        NR == FNR { if ($4 == 3 || $4 == 5) want[$1] = $2 " " $4 " " $5; next }
        $4 == 3 || $4 == 5 { n++; if (want[$1 + first / 1000] != $2 " " $4 " " $5) print "at", $1, $2, $4, $5 }
        END { if (n != 1 || FNR != 61) print n + 0, "events in", FNR - 1, "runs" }' "$T/made.csv" "$T/clip.csv")"
done
want "energy" 0 "samples : events = .* in energy" "$shrinc" stream "$T/pump.tflite" --synth machine --count 5000 --on cortex-m4
want "energy of no radio" 0 "^  sending  *0.000 *0.000 *0.000" "$shrinc" stream "$T/pump.tflite" --synth machine --count 5000 \
    --energy byte-uj=0,packet-uj=0
want "energy JSON" 0 '"instructions_per_run": [0-9]' "$shrinc" stream "$T/pump.tflite" --synth machine --count 5000 --on cortex-m4 --json
want "energy: wrong constant" 2 "'frob=1' is no NAME=NUMBER; there are sensor-uw" "$shrinc" stream "$T/pump.tflite" --synth machine --energy frob=1
want "energy on the host" 2 "counts no instructions" "$shrinc" stream "$T/pump.tflite" --synth machine --count 5000 --on host
want "worst sample" 0 "NAME_push: at most [0-9]* instructions in a sample" "$shrinc" verify "$T/pump.tflite" --on cortex-m4 --vectors 2
want "stream of nothing" 2 "either a RECORDING or --synth=machine" "$shrinc" stream "$T/pump.tflite"
want "stream of two" 2 "either a RECORDING or --synth=machine" "$shrinc" stream "$T/pump.tflite" "$T/machine.csv" --synth machine
want "stream of a sine" 2 "only the machine" "$shrinc" stream "$T/pump.tflite" --synth sine
want "faults of a recording" 2 "go with --synth=machine" "$shrinc" stream "$T/pump.tflite" "$T/machine.csv" --faults "stuck 1s 2s"
want "a picture of another kind" 2 "ending .svg" "$shrinc" stream "$T/pump.tflite" --synth machine --svg "$T/strip.gif"
want "clips of unknown length" 0 "heartbeat" "$shrinc" stream "$T/pump.tflite" --synth machine --count 101000 --clips "$T/none"

# The same seed gives the same file.
# shellcheck disable=SC2086
"$shrinc" train $rec --signal "$signal" --detector gmm --clusters 2 --threshold quantile:1 --heartbeat 10 --refractory 3 \
    -o "$T/again.tflite" > /dev/null
ok "same bytes again" cmp "$T/gmm.tflite" "$T/again.tflite"

# A net that tells classes apart, behind the same features.
# shellcheck disable=SC2086
want "train a classifier" 0 "features" "$shrinc" train $rec --signal "$signal" --net "dense 8 relu, dense classes softmax" --qat int8 \
    --epochs 40 --rate 0.01 -o "$T/net.tflite"
want "verify a classifier" 0 "all outputs equal" "$shrinc" verify "$T/net.tflite" --on host,cortex-m0

# What is refused, and how.
refused() { # id, sentence, flags...
    id=$1
    text=$2
    shift 2
    # shellcheck disable=SC2086
    want "$id" "$code" "$text" "$shrinc" train $rec "$@" -o "$T/none.tflite"
}
code=2
refused "unknown word" "signal: 'rmz' is not known" --signal "rmz" --detector gmm
refused "no features" "gives no feature" --signal "remove_mean" --detector gmm
refused "open bracket" "does not close" --signal "spectrum(fft=64" --detector gmm
refused "cut-off too high" "0 to 128 Hz" --signal "lowpass(200) rms" --detector gmm
refused "no number" "needs a number in brackets" --signal "lowpass rms" --detector gmm
refused "too many bands" "each needs a bin" --signal "spectrum(fft=16,bands=20)" --detector gmm
refused "nothing learns" "say what learns from them" --signal "rms"
refused "float autoencoder" "needs a net, and qat = int8" --signal "rms" --detector autoencoder --net "dense outputs"
refused "bad memory" "give ewma:0.2 or cusum:1" --signal "rms" --detector gaussian --memory ewma:2
refused "bad rule" "give std:4" --signal "rms" --detector gaussian --threshold four
refused "more needed than there are" "more scores than there are" --signal "rms" --detector gaussian --needed 3
refused "all components" "leave nothing" --signal "rms" --detector pca --components 2
code=3
refused "more clusters than samples" "there must be more" --signal "rms" --detector kmeans --clusters 200
refused "unknown class" "has no such class, but calm, knocks" --signal "rms" --detector gmm --normal quiet
want "no word of what is usual" 2 "say which one is usual: --normal=CLASS" "$shrinc" train --data "$T/rec" --header no --window 128 \
    --sampling-rate 256 --label-from folder --signal "rms" --detector gmm -o "$T/none.tflite"
finish
