#!/bin/sh
# profile: the layers' sum beside what verify counts (within 2 %), JSON keys, sentences. Chips without tools are skipped loudly.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
shrinc=$B/shrinc
T=$B/tests/profile
rm -rf "$T"
mkdir -p "$T"
passed=0
failed=0
ok() { # id, what is wrong or ""
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL profile:$1: $2"
    fi
}
numbers() { grep -o "\"$1\": *-\{0,1\}[0-9][0-9]*" | sed 's/.*: *//'; }
fails() { # id, exit code, text, arguments...
    id=$1 code=$2 text=$3
    shift 3
    "$shrinc" profile "$@" > "$T/out" 2>&1
    got=$?
    grep -q -e "$text" "$T/out" && [ $got -eq "$code" ] && ok "$id" "" ||
        ok "$id" "exit $got, wanted $code and '$text': $(head -n 2 "$T/out" | tr '\n' ' ')"
}
row() { # target, model, flags...
    t=$1 m=examples/models/$2.tflite
    shift 2
    id="$t $(basename "$m" .tflite) $*"
    if ! "$shrinc" profile "$m" --on "$t" --json "$@" > "$T/p.json" 2> "$T/err"; then
        case $(cat "$T/err" "$T/p.json") in
        *"not installed"*) echo "SKIPPED: profile:$id: $(head -n 1 "$T/err")"; return ;;
        esac
        ok "$id" "profile failed: $(head -n 1 "$T/err")"
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
    [ $((off * 50)) -le "${total:-0}" ] && [ "$sum" -gt 0 ] && ok "$id" "" || ok "$id" "layers take $sum, verify counts $total"
    [ $least -gt 0 ] && ok "$id each" "" || ok "$id each" "a layer takes $least instructions"
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
    for k in schema model target vectors cycles_model layers first last name op instructions cycles_estimated macs \
        instructions_per_mac weights_bytes code_bytes code_shared_bytes functions bytes shared rest_instructions invoke_code_bytes \
        total_instructions total_cycles_estimated total_code_bytes; do
        grep -q "\"$k\"" "$T/p.json" && ok "key $k" "" || ok "key $k" "missing"
    done
    [ "$(numbers macs < "$T/p.json" | awk '{s += $1} END {print s}')" = \
        "$("$shrinc" info $m --json | numbers macs | sort -n | tail -n 1)" ] && ok macs "" || ok macs "the sum is not what info says"
    fails table 0 '^1 *conv_2d .*#' $m
    fails constants 0 'load 2 (behind another access 1)' $m
    fails shared 0 'gemm.* bytes, [0-9]* layers' $m
    fails "no cycles" 0 'no instruction timings are published' $m --on cortex-m7
else
    echo "SKIPPED: profile's table and keys: $(head -n 1 "$T/err")"
fi
fails "no target" 2 "on=cortex-m99: profile takes one" $m --on cortex-m99
fails "two targets" 2 'profile takes one of the targets' $m --on cortex-m4,cortex-m0
fails avr 2 'counted on Cortex-M and RISC-V alone' $m --on avr
fails host 2 'counted on Cortex-M and RISC-V alone' $m --on host
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
