#!/bin/sh
# Stack bounds: planted C, and real models on emulated chips, where no run may take more than the bound and a run that takes
# MEASURED bytes must take 80 % of it (less 24 bytes: room that frames align to and a run does not write).
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=stack
. tests/lib.sh
need "$B/tests/planted" "$B/tests/gate"
"$B/tests/gate" "$B/gate" || { bad gate "no models"; finish; exit 1; }
installed=
for t in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55 riscv32 avr avr328; do
    if ! "$shrinc" verify examples/models/sine_int8.tflite --on $t --vectors 1 > "$T/log" 2>&1; then
        case $(cat "$T/log") in
        *"not installed"*) echo "SKIPPED: stack bounds on $t: $(head -n 1 "$T/log")"; continue ;;
        esac
    fi
    installed="$installed $t"
    count "$B/tests/planted" $t "$T"
done
usable() { case " $installed " in *" $1 "*) true ;; *) false ;; esac }
list() { # the installed ones of $*, separated by commas
    out=
    for t in "$@"; do usable "$t" && out=$out,$t; done
    printf '%s' "${out#,}"
}
# model, mode, targets: each row of the answer is a case.
table() {
    on=$(list $3)
    [ -n "$on" ] || return
    id=$(basename "$1" .tflite)
    "$shrinc" verify "$1" -O "$2" --vectors 2 --on "$on" --json > "$T/json" 2> "$T/log" || bad "$id:$2" "$(head -n 2 "$T/log")"
    rows=$(jq -r '.targets[] | "\(.target) \(.stack_bytes) \(.stack_bound_bytes)"' "$T/json")
    while read -r target measured bound; do
        wrong=
        [ "$measured" -le "$bound" ] && [ $((measured * 100)) -ge $(((bound - 24) * 80)) ] ||
            wrong="measured $measured, bound $bound"
        echo "$id $2 $target: measured $measured, bound $bound"
        wrong "$id:$2:$target" "$wrong"
    done <<EOF
$rows
EOF
}
for m in "$B"/gate/*.tflite examples/models/*.tflite; do
    table "$m" balanced "cortex-m0 cortex-m4 riscv32"
done
for m in gate/gate_kws gate/gate_ic; do
    table "$B/$m.tflite" size "cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55 riscv32"
done
for m in "$B/gate/gate_speech.tflite" examples/models/*.tflite; do
    table "$m" size avr
    table "$m" balanced "avr cortex-m55"
done
# What compile says with a target, without its compiler, and without a target.
m=examples/models/digits_int8.tflite
for t in $(list cortex-m4 riscv32 avr | tr , ' '); do
    for n in 1 2; do
        "$shrinc" compile $m -o "$T/$t$n" --target "$t" > "$T/log" 2>&1 || bad "compile:$t" "$(cat "$T/log")"
    done
    wrong "same bytes:$t" "$(diff -r "$T/${t}1" "$T/${t}2" 2>&1)"
    macro=$(sed -n 's/^#define DIGITS_INT8_STACK_BYTES \([0-9]*\) .*/\1/p' "$T/${t}1/digits_int8.h")
    json=$(jq -r '.memory.stack_bytes' "$T/${t}1/digits_int8_report.json")
    code=$(jq -r '.flash.code_bytes' "$T/${t}1/digits_int8_report.json")
    wrong "header and report:$t" "$([ "${macro:-0}" -gt 100 ] && [ "$macro" = "$json" ] && [ "$code" -gt 500 ] ||
        echo "macro $macro, JSON $json, code $code")"
    wrong "code by verify:$t" "$("$shrinc" verify $m --on "$t" --target "$t" --vectors 1 --json |
        jq -r --argjson code "$code" '.targets[0].text_bytes + .targets[0].rodata_bytes + .targets[0].data_bytes
            - .flash.weights_bytes - $code | select(fabs > 100) | "differs by \(.)"' 2>&1)"
    wrong "report text:$t" "$(grep -q '^stack  *at most [0-9]* bytes: digits_int8_run' "$T/${t}1/digits_int8_report.txt" ||
        echo "no stack in the report")"
    env PATH=/nonexistent "$shrinc" compile $m -o "$T/without" --target "$t" > "$T/log" 2>&1 || bad "without:$t" "$(cat "$T/log")"
    wrong "without compiler:$t" "$(grep -q 'warning: no stack bound' "$T/log" && ! grep -q STACK_BYTES "$T/without/digits_int8.h" ||
        echo "no warning, or a bound from nowhere")"
done
"$shrinc" compile $m -o "$T/generic" > "$T/log" 2>&1
no generic grep STACK_BYTES "$T/generic/digits_int8.h"
ok "generic is there" grep DIGITS_INT8_ARENA_BYTES "$T/generic/digits_int8.h"
usable avr && want "too large" 4 . "$shrinc" compile "$B/gate/gate_vww.tflite" -o "$T/x" --target avr
finish
