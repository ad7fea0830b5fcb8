#!/bin/sh
# Instructions of one run in speed mode on emulated Cortex-M55 and RV32IMC, beside TFLM with CMSIS-NN on the M55 (bench/peers.csv) and the
# plain kernels that `--target avr` chooses, run on RV32IMC. Needs the models: SHRINC_SHARED (default ../shared).
# Usage: bench/cores.sh > bench/cores.csv
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
S=${SHRINC_SHARED:-../shared}
run() { # target, options
    t=$1
    shift
    "$B/shrinc" verify "$S/models/$m.tflite" --on "$t" --vectors 1 --optimize speed --json "$@" 2> /dev/null |
        jq -r '(.targets // .rows // .results)[0] | if .equal == .vectors then (.instructions // "") else "differs" end' 2> /dev/null
}
echo "model,cortex_m55,m55_tflm_cmsis,of_tflm,riscv32,riscv32_plain"
for m in hello_world_int8 micro_speech_int8 kws_int8 vww96_int8 resnet8_int8 ad_int8 sww_int8 person_detect_int8; do
    peer=$(awk -F, -v m=$m '$1 == "m55" && $2 == "cmsis_o3" && $3 == m { print $5 }' bench/peers.csv)
    m55=$(run cortex-m55)
    plain=$(run riscv32 --target avr) # "" where the model is larger than that chip's memory
    echo "$m,$m55,$peer,$(awk -v a="$m55" -v b="$peer" 'BEGIN { printf "%.2f", a / b }'),$(run riscv32),$plain"
done
