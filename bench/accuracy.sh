#!/bin/sh
# Trains the recipes with three seeds, quantises to int8 on the training part, reads the test set once per model and
# appends rows to bench/accuracy.csv. Usage: DATA=FOLDER bench/accuracy.sh RECIPE... (see bench/datasets.sh)
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "$here/../${B:-build}" && pwd)
out=$here/accuracy.csv
T=$B/accuracy
mkdir -p "$T"
[ -f "$out" ] || echo "recipe,seed,metric,float32,int8,int8_weights_bytes,parameters,seconds" > "$out"
cd "${DATA:?give the folder of bench/datasets.sh as DATA}"
value() { # NAME of a variant, KEY: from compare's JSON
    awk -v name="\"$1\"," -v key="\"$2\":" '$1 == "\"name\":" { here = $2 == name } here && $1 == key { gsub(",", "", $2); print $2 }' \
        "$T/compare.json"
}
for recipe; do
    file=$here/../examples/recipes/$recipe.ini
    for seed in ${SEEDS:-1 2 3}; do
        model=$T/$recipe-$seed.tflite
        started=$(date +%s)
        "$B/shrinc" train --recipe "$file" --seed "$seed" --json -o "$model" > "$T/train.json"
        seconds=$(($(date +%s) - started))
        parameters=$(sed -n 's/.*"parameters": \([0-9]*\),.*/\1/p' "$T/train.json")
        metric=accuracy
        first=float32
        second=int8
        if [ "$recipe" = fan ]; then # judged on samples of their own, some of them unusual
            metric=AUC
            first=fan-$seed
            second=fan-$seed-int8
            sed 1d fan_train.csv > "$T/fan_x.csv"
            "$B/shrinc" quantize "$model" --data "$T/fan_x.csv" -o "$T/$second.tflite" > "$T/quantize.log"
            "$B/shrinc" compare "$model" "$T/$second.tflite" --data fan_judge.csv --label-column label --on none --json \
                > "$T/compare.json"
        else
            "$B/shrinc" compare "$model" --variants float32,int8 --recipe "$file" --seed "$seed" --on none --json \
                > "$T/compare.json"
        fi
        row="$recipe,$seed,$metric,$(value "$first" $metric),$(value "$second" $metric),$(value "$second" weights_bytes)"
        echo "$row,$parameters,$seconds" | tee -a "$out"
    done
done
