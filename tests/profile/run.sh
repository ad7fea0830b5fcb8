#!/bin/sh
# profile: the layers' sum beside what verify counts (within 2 %), JSON keys, sentences. Chips without tools are skipped loudly.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=profile
. tests/lib.sh
numbers() { grep -o "\"$1\": *-\{0,1\}[0-9][0-9]*" | sed 's/.*: *//'; }
profiles() { # id, exit code, text, arguments of profile
    id=$1 code=$2 text=$3
    shift 3
    want "$id" "$code" "$text" "$shrinc" profile "$@"
}
row() { # target, model, flags...
    t=$1 m=examples/models/$2.tflite
    shift 2
    id="$t $(basename "$m" .tflite) $*"
    if ! "$shrinc" profile "$m" --on "$t" --json "$@" > "$T/p.json" 2> "$T/err"; then
        case $(cat "$T/err" "$T/p.json") in
        *"not installed"*) echo "SKIPPED: profile:$id: $(head -n 1 "$T/err")"; return ;;
        esac
        bad "$id" "profile failed: $(head -n 1 "$T/err")"
        return
    fi
    total=$("$shrinc" verify "$m" --on "$t" --json "$@" | numbers instructions)
    layers=$(numbers instructions < "$T/p.json")
    sum=0
    least=1
    for n in $layers; do
        sum=$((sum + n))
        [ "$n" -gt 0 ] || least=$n
    done
    off=$((sum > total ? sum - total : total - sum))
    [ $((off * 50)) -le "${total:-0}" ] && [ "$sum" -gt 0 ]
    result "$id" $? "layers take $sum, verify counts $total"
    [ $least -gt 0 ]
    result "$id each" $? "a layer takes $least instructions"
}
for t in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55 riscv32; do
    row $t digits_int8
done
for model in sine_int8 sine_float digits_int8; do
    row cortex-m4 $model --optimize size
    row cortex-m4 $model --optimize speed --vectors 3 --seed 7
done
row cortex-m4 sine_int8 --rounding single
row cortex-m4 sine_int8 --inputs examples/models/sine_int8.in.bin

m=examples/models/digits_int8.tflite
if "$shrinc" profile $m --json > "$T/p.json" 2> "$T/err"; then
    want_keys key "$T/p.json" schema model target vectors cycles_model layers first last name op instructions cycles_estimated macs \
        instructions_per_mac weights_bytes code_bytes code_shared_bytes functions bytes shared rest_instructions invoke_code_bytes \
        total_instructions total_cycles_estimated total_code_bytes
    [ "$(numbers macs < "$T/p.json" | awk '{s += $1} END {print s}')" = \
        "$("$shrinc" info $m --json | numbers macs | sort -n | tail -n 1)" ]
    result macs $? "the sum is not what info says"
    profiles table 0 '^1 *conv_2d .*#' $m
    profiles constants 0 'load 2 (behind another access 1)' $m
    profiles shared 0 'gemm.* bytes, [0-9]* layers' $m
    profiles "no cycles" 0 'no instruction timings are published' $m --on cortex-m7
else
    echo "SKIPPED: profile's table and keys: $(head -n 1 "$T/err")"
fi
profiles "no target" 2 "on=cortex-m99: profile takes one" $m --on cortex-m99
profiles "two targets" 2 'profile takes one of the targets' $m --on cortex-m4,cortex-m0
profiles avr 2 'counted on Cortex-M and RISC-V alone' $m --on avr
profiles host 2 'counted on Cortex-M and RISC-V alone' $m --on host
finish
