#!/bin/sh
# The whole road, shown: noisy samples become a trained network, an int8 model, C, and answers of an emulated
# Cortex-M4 beside the true sine; then a network that the real TFLiteConverter made, against its golden outputs.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
B=${B:-build}
D=$B/demo
PATH=$(cd "$B" && pwd):$PATH
say() { printf '\n== %s\n' "$*"; }
show() { # the command as one would type it
    printf '\n$'
    for word; do
        case $word in
        *[!A-Za-z0-9_./,:=@+-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
}
run() {
    show "$@"
    "$@"
}
rm -rf "$D"
mkdir -p "$D"
started=$(date +%s)

say "1. Data: 1,000 points of a sine with noise of deviation 0.1"
run shrinc synth sine --count 1000 --noise 0.1 --seed 1 -o "$D/sine.csv"
awk 'BEGIN {
    print "x,true sine"
    for (i = 0; i <= 200; i++) { x = 6.283185307 * i / 200; printf "%.7f,%.7f\n", x, sin(x) }
}' > "$D/truth.csv"
sed '1s/y/samples/' "$D/sine.csv" > "$D/samples.csv"
run shrinc plot "$D/samples.csv" "$D/truth.csv" --y "samples:points,true sine:grey" --title "1,000 samples of a noisy sine" \
    --x-label "x [rad]" --y-label y --svg "$D/data.svg" --png "$D/data.png"

say "2. Training: 1-16-16-1, Adam, mean squared error; 60/20/20 for training, validation and test"
run shrinc train --data "$D/sine.csv" --target-columns y --split 60/20/20 \
    --net "dense 16 relu, dense 16 relu, dense 1" --init glorot --optimizer adam --loss mse --epochs 500 --batch 64 \
    --seed 1 --log "$D/log.csv" -o "$D/sine_float.tflite"
run shrinc plot "$D/log.csv" --log y --svg "$D/training.svg" --png "$D/training.png"

say "3. int8, calibrated on the training part; all judged on the test part, whose targets are noisy"
run shrinc compare "$D/sine_float.tflite" --variants float32,int8 --data "$D/sine.csv" --target-columns y \
    --split 60/20/20 --seed 1 --on none -o "$D/variants"
cp "$D/variants/int8.tflite" "$D/sine_int8.tflite"

say "4. C: to files, then to an emulated Cortex-M4; its own answers are kept"
run shrinc compile "$D/sine_int8.tflite" -o "$D/c"
sed '1d; s/,.*//' "$D/truth.csv" > "$D/angles.csv"
run shrinc verify "$D/sine_float.tflite" --on cortex-m4 --inputs "$D/angles.csv" --real --output "$D/float.csv"
run shrinc verify "$D/sine_int8.tflite" --on cortex-m4 --inputs "$D/angles.csv" --real --output "$D/int8.csv"
{
    echo 'x,true sine,float32 on Cortex-M4,int8 on Cortex-M4'
    sed 1d "$D/truth.csv" | paste -d, - "$D/float.csv" "$D/int8.csv"
} > "$D/predictions.csv"
run shrinc plot "$D/samples.csv" "$D/predictions.csv" --title "What the networks answer" --x-label "x [rad]" --y-label y \
    --y "samples:points:grey,true sine:dashed,float32 on Cortex-M4,int8 on Cortex-M4" \
    --svg "$D/predictions.svg" --png "$D/predictions.png"

say "5. Size"
run shrinc array "$D/sine_int8.tflite" -o "$D/sine_int8_array.h"
field() { # NAME of a variant, KEY
    awk -v name="\"$1\"," -v key="\"$2\":" '$1 == "\"name\":" { here = $2 == name } here && $1 == key { gsub(",", "", $2); print $2 }' \
        "$D/compare.json"
}
shrinc compare "$D/sine_float.tflite" "$D/sine_int8.tflite" --json > "$D/compare.json"
keras=$(sed -n 's/^model.save: .keras,//p' bench/keras_sizes.csv)
{
    echo "Keras (.keras with Adam's state)|$keras"
    echo "float32 .tflite|$(field sine_float file_bytes)"
    echo "int8 .tflite|$(field sine_int8 file_bytes)"
    echo "int8 .tflite as a C array|$(field sine_int8 file_bytes)"
    echo "shrinc's C: weights and code in flash|$(($(field sine_int8 weights_bytes) + $(field sine_int8 code_bytes)))"
} | awk -F'|' '
    BEGIN { printf "\n%-40s %10s %24s\n", "model", "bytes", "reduced by" }
    { printf "%-40s %10d", $1, $2
      if (NR > 1) printf " %12d bytes %5.1f %%", last - $2, 100 * (last - $2) / last
      printf "\n"; last = $2 }'
sed -n 's/^# by /\nThe first row was measured once by /p' bench/keras_sizes.csv
echo "(the size depends on the layers alone). The C array needs an interpreter beside it, shrinc's C does not."

say "6. Quality: the answers of the emulated Cortex-M4 beside the true sine, 201 points"
awk -F, 'NR > 1 { for (i = 3; i <= 4; i++) { e = $i - $2; e = e < 0 ? -e : e; sum[i] += e; if (e > most[i]) most[i] = e } n++ }
    END {
        printf "\n%-12s %12s %12s\n", "model", "mean error", "most"
        printf "%-12s %12.4f %12.4f\n%-12s %12.4f %12.4f\n", "float32", sum[3] / n, most[3], "int8", sum[4] / n, most[4]
        good = n == 201 && sum[3] / n < 0.05 && sum[4] / n < 0.05 && most[4] < 0.2
        print good ? "\nnear the true sine: mean error below 0.05, most below 0.2" : "\nFAILED: not near the true sine"
        exit !good
    }' "$D/predictions.csv"
printf '\npictures: %s\n' "$D/data.svg $D/training.svg $D/predictions.svg (.png beside each)"
echo "this part took $(($(date +%s) - started)) s"

say "7. A network made elsewhere: the real TFLiteConverter's digits_int8, its golden outputs here and on two chips"
file=examples/models/digits_int8.tflite
run shrinc info "$file"
run shrinc compile "$file" -o "$D/digits_int8"
run shrinc verify "$file" --on host,cortex-m4,cortex-m0 --inputs examples/models/digits_int8.in.bin \
    --expect examples/models/digits_int8.out.bin
say "done: look at $D/c/sine_int8.c and add the folder to your firmware"
