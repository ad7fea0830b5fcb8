#!/bin/sh
# Draws bench/results.csv beside bench/peers.csv, as multiples of shrinc's figures: instructions.svg, ram.svg, flash.svg.
# Usage: sh bench/chart.sh [FOLDER [svg or png]], by default bench svg
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
out=${1:-bench}
form=${2:-svg}
how=--$form
dir=$B/chart
mkdir -p "$dir"
models="kws_int8 vww96_int8 resnet8_int8 ad_int8 sww_int8 micro_speech_int8 person_detect_int8"
# One file a chart: FILE, what of peers.csv (5 instructions, 8 arena, 67 code and model), mode of results.csv.
rows() {
    awk -F, -v wish="$models" -v what="$1" -v mode="$2" '
        function peer_of(setup, m) { return ((setup, m) in peer) && peer[setup, m] > 0 ? sprintf("%.3f", peer[setup, m] / ours[m]) : "" }
        /^#/ { next }
        FILENAME ~ /peers/ { if ($1 == "m4") peer[$2, $3] = what == 67 ? $6 + $7 : $(what); next }
        $2 == mode && $3 == "cortex-m4" { ours[$1] = what == 5 ? $5 : what == 8 ? $8 + $9 : $6 + $7 }
        END {
            print "model,shrinc,TinyEngine,TFLM + CMSIS-NN,onnx2c,TFLM reference"
            count = split(wish, list, " ")
            for (i = 1; i <= count; i++) {
                m = list[i]
                if (!(m in ours)) continue
                name = m
                sub(/_int8$/, "", name)
                print name ",1," peer_of("tinyengine_o3", m) "," peer_of(what == 67 ? "cmsis_os" : "cmsis_o3", m) "," peer_of("onnx2c_o3", m) "," peer_of("ref_o3", m)
            }
        }' bench/peers.csv bench/results.csv
}
rows 5 speed > "$dir/instructions.csv"
rows 8 size > "$dir/ram.csv"
rows 67 size > "$dir/flash.csv"
series="shrinc:bars,TinyEngine:bars,TFLM + CMSIS-NN:bars,onnx2c:bars,TFLM reference:bars"
draw() { # which, title
    "$B/shrinc" plot "$dir/$1.csv" --y "$series" "$how" "$out/$1.$form" --title "$2" --y-label "times shrinc's" --x-label "int8 models" > /dev/null
}
draw instructions "Instructions of one inference on a Cortex-M4"
draw ram "RAM: arena and state"
draw flash "Flash: weights and code on a Cortex-M4"
