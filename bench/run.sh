#!/bin/sh
# Measures the emitted C of real models on emulated cores and writes bench/results.csv, the table in README.md and the charts, beside TensorFlow
# Lite Micro's figures (bench/peers.csv). Needs the models: SHRINC_SHARED (default ../shared). Usage: make bench
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
S=${SHRINC_SHARED:-../shared}
models="hello_world_int8 micro_speech_int8 kws_int8 vww96_int8 resnet8_int8 ad_int8 sww_int8 person_detect_int8 hello_world_float"
if [ ! -d "$S/models" ]; then
    echo "bench: no folder $S/models; set SHRINC_SHARED to the folder that holds models/" >&2
    exit 3
fi
make -s B="$B" "$B/tests/costs"
{
    echo "model,mode,target,equal,instructions,code_bytes,weights_bytes,arena_bytes,state_bytes,stack_bytes,greedy_bytes,lower_bound_bytes,macs,macs_live"
    for m in $models; do
        echo "bench: $m" >&2
        "$B/tests/costs" cortex-m4,cortex-m0 size,speed 1 "$S/models/$m.tflite"
    done
} > bench/results.csv
sh bench/chart.sh
sh bench/table.sh > "$B/table.md"
awk -v table="$B/table.md" '
    /<!-- bench begin -->/ { print; while ((getline line < table) > 0) print line; skip = 1 }
    /<!-- bench end -->/ { skip = 0 }
    !skip { if (!/<!-- bench begin -->/) print }' README.md > "$B/README.new"
cp "$B/README.new" README.md
cat "$B/table.md"
