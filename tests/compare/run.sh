#!/bin/sh
# compare: rows, sentences, JSON keys, who is dominated, pictures.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
shrinc=$(pwd)/$B/shrinc
T=$B/tests/compare
rm -rf "$T"
mkdir -p "$T"
passed=0
failed=0
float=examples/models/sine_float.tflite
int8=examples/models/sine_int8.tflite
want() { # id, exit code, text that stdout or stderr must hold, command...
    id=$1
    code=$2
    text=$3
    shift 3
    "$@" > "$T/out" 2>&1
    got=$?
    if [ "$got" -eq "$code" ] && grep -q -e "$text" "$T/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL compare:$id: exit $got, wanted $code and '$text': $(head -n 3 "$T/out" | tr '\n' ' ')"
    fi
}
want "no model" 2 'needs MODEL' "$shrinc" compare
want "first is bad" 3 'not a .tflite file' "$shrinc" compare README.md "$int8"
want "second is bad" 0 '^README.md .* -$' "$shrinc" compare "$int8" README.md --on none
want "its note" 0 '^README.md: .*not a .tflite file' "$shrinc" compare "$int8" README.md --on none
want "no target" 2 "no target 'cortex-m99'" "$shrinc" compare "$int8" --on cortex-m99
want "two targets" 2 'one target' "$shrinc" compare "$int8" --on host,cortex-m4
want "picture without metric" 3 'no metric' "$shrinc" compare "$int8" --on none --svg "$T/x.svg"
want "wrong ending" 2 'ending .png' "$shrinc" compare "$int8" --on none --png "$T/x.svg"
want "missing tool is a note" 0 'not measured: .*apt' env PATH=/nonexistent "$shrinc" compare "$int8" --on cortex-m4
want "file bytes" 0 "^sine_int8 *s8 *$(wc -c < "$int8" | sed 's/\(...\)$/,\1/') " "$shrinc" compare "$int8" --on none
cp "$int8" "$T/sine_int8.tflite"
want "names alike" 0 "^$T/sine_int8.tflite " "$shrinc" compare "$int8" "$T/sine_int8.tflite" --on none

# What compare says is what verify and compile say.
"$shrinc" compare "$float" "$int8" --json > "$T/c.json" 2> "$T/err"
"$shrinc" verify "$int8" --on cortex-m4 --vectors 4 --json > "$T/v.json" 2>> "$T/err"
count=$(sed -n 's/.*"instructions": \([0-9]*\),.*/\1/p' "$T/v.json")
want "instructions as verify" 0 "\"instructions\": $count," cat "$T/c.json"
weights=$(sed -n 's/.*"weights_bytes": \([0-9]*\).*/\1/p' "$T/v.json" | head -n 1)
want "weights as verify" 0 "\"weights_bytes\": $weights," cat "$T/c.json"
for k in schema target note data samples variants name types file_bytes weights_bytes code_bytes ram_bytes stack_bytes \
    instructions metrics worst_layer worst_layer_snr_db dominated_by; do
    want "key $k" 0 "\"$k\"" cat "$T/c.json"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
