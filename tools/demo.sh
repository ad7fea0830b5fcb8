#!/bin/sh
# The main job, shown: a model that the real TFLiteConverter made becomes C, runs here and on emulated chips.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
shrinc=$B/shrinc
say() { printf '\n== %s\n' "$*"; }
run() { printf '\n$ %s\n' "$(echo "$*" | sed "s|$B/||")"; "$@"; }

for model in sine_int8 digits_int8; do
    file=examples/models/$model.tflite
    say "$model: what is in the file"
    run "$shrinc" info "$file"
    say "$model: to C"
    run "$shrinc" compile "$file" -o "$B/demo/$model"
    say "$model: the report"
    cat "$B/demo/$model/${model}_report.txt"
    say "$model: the same bytes as TensorFlow Lite Micro, here and on emulated Cortex-M4 and M0"
    run "$shrinc" verify "$file" --on host,cortex-m4,cortex-m0 \
        --inputs "examples/models/$model.in.bin" --expect "examples/models/$model.out.bin"
done
say "done: look at $B/demo/sine_int8/sine_int8.c and add the folder to your firmware"
