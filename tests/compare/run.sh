#!/bin/sh
# compare: rows, sentences, JSON keys, who is dominated, pictures.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=compare
. tests/lib.sh
float=examples/models/sine_float.tflite
int8=examples/models/sine_int8.tflite
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
want_keys key "$T/c.json" schema target note data samples variants name types file_bytes weights_bytes code_bytes ram_bytes stack_bytes \
    instructions metrics worst_layer worst_layer_snr_db dominated_by

# Metrics, against the same numbers counted by awk from what `run` answers.
awk 'BEGIN { print "x,y"; for (i = 0; i < 200; i++) { x = i * 0.0314; print x "," sin(x) + (i % 7 - 3) * 0.01 } }' > "$T/sine.csv"
sed '1d; s/,.*//' "$T/sine.csv" > "$T/x.csv"
sed '1d; s/.*,//' "$T/sine.csv" > "$T/y.csv"
"$shrinc" run "$int8" --real --input "$T/x.csv" --output "$T/said.csv"
mae=$(paste -d, "$T/said.csv" "$T/y.csv" | awk -F, '{ e = $1 - $2; s += e < 0 ? -e : e } END { printf "%.5f", s / NR }')
want "MAE" 0 "^sine_int8 .* $mae " "$shrinc" compare "$float" "$int8" --data "$T/sine.csv" --target-columns y --on none
want "no target" 0 'SNR' "$shrinc" compare "$float" "$int8" --data "$T/x.csv" --on none
want "first equals itself" 0 '^sine_float .* equal' "$shrinc" compare "$float" "$int8" --data "$T/x.csv" --on none
want "too wide data" 3 'sample of .* 2 numbers' "$shrinc" compare "$float" --data "$T/sine.csv" --on none
want "a note for digits" 0 '^digits_int8: .*64 numbers' "$shrinc" compare "$float" examples/models/digits_int8.tflite \
    --data "$T/sine.csv" --target-columns y --on none
want "split judges the last part" 0 'metrics of 40 samples' "$shrinc" compare "$int8" --data "$T/sine.csv" --target-columns y \
    --split 60/20/20 --on none
want "wrong split" 2 'give shares' "$shrinc" compare "$int8" --data "$T/sine.csv" --target-columns y --split 60/x --on none
printf '[data]\ndata = %s\ntarget-columns = y\nsplit = 60/20/20\nnormalize = none\n[net]\nnet = dense 16 relu, dense 1\n' "$T/sine.csv" > "$T/recipe.ini"
want "a recipe shares" 0 'metrics of 40 samples' "$shrinc" compare "$int8" --recipe "$T/recipe.ini" --on none
# A model that says how its input is normalised gets it so, whether the flags repeat it or not.
"$shrinc" train --data "$T/sine.csv" --target-columns y --split 60/20/20 --net "dense 8 relu, dense 1" --epochs 5 \
    --normalize standard --json -o "$T/n.tflite" > "$T/n.json" 2> "$T/err"
mae=$("$shrinc" compare "$T/n.tflite" --data "$T/sine.csv" --target-columns y --split 60/20/20 --normalize standard --on none \
    --json | sed -n 's/.*"MAE": \([0-9.]*\),*$/\1/p')
want "as trained" 0 "\"mae\": $(echo "$mae" | cut -c1-6)" cat "$T/n.json"
want "normalised by the file" 0 "\"MAE\": $mae" "$shrinc" compare "$T/n.tflite" --data "$T/sine.csv" --target-columns y \
    --split 60/20/20 --on none --json
# Pictures are bytes in the file and 0 to 1 in the net: the file's normalisation counts once.
{
    printf '\000\000\010\003\000\000\000\170\000\000\000\002\000\000\000\002'
    for i in $(seq 40); do
        v=$(printf '%03o' "$i") # no two alike, or they would stay in one part
        printf "\\310\\310\\012\\$v\\012\\012\\310\\$v\\012\\310\\012\\$v"
    done
} > "$T/images-idx3-ubyte"
{
    printf '\000\000\010\001\000\000\000\170'
    for i in $(seq 40); do printf '\000\001\002'; done
} > "$T/labels-idx1-ubyte"
"$shrinc" train --data "$T/images-idx3-ubyte" --labels "$T/labels-idx1-ubyte" --split 60/20/20 --seed 3 \
    --net "flatten, dense 16 relu, dense classes softmax" --epochs 150 --rate 0.01 --json -o "$T/i.tflite" > "$T/i.json" 2> "$T/err"
want "pictures" 0 '^i .* 100.00 %' "$shrinc" compare "$T/i.tflite" --data "$T/images-idx3-ubyte" \
    --labels "$T/labels-idx1-ubyte" --on none
want "split without data" 2 'needs samples' "$shrinc" compare "$int8" --split 60/20/20
want "pictures" 0 'picture: .*png' "$shrinc" compare "$float" "$int8" --data "$T/sine.csv" --target-columns y \
    --svg "$T/front.svg" --png "$T/front.png"
want "svg" 0 '<svg' cat "$T/front.svg"

# A copy is alike, not dominated.
cp "$int8" "$T/same.tflite"
want "alike is not dominated" 0 'nobody' sh -c "$shrinc compare $int8 $T/same.tflite --data $T/sine.csv --target-columns y --on none | grep dominated || echo nobody"

# Variants of one float model.
want "variants" 0 '^int16x8 .* dB' "$shrinc" compare "$float" --variants float32,int8,int16x8 --data "$T/sine.csv" \
    --target-columns y --split 60/20/20 --on none -o "$T/variants"
want "kept" 0 '^int16x8.tflite int8.tflite $' sh -c "ls $T/variants | tr '\n' ' '"
want "no such variant" 2 "no variant 'int7'" "$shrinc" compare "$float" --variants int7 --data "$T/sine.csv" --target-columns y
want "variants of an int8 model" 0 '^int8: .*nothing to quantise' "$shrinc" compare "$int8" --variants float32,int8 \
    --data "$T/sine.csv" --target-columns y --on none
want "variants without data" 2 'needs samples' "$shrinc" compare "$float" --variants int8
cp "$float" "$T/other.tflite"
want "variants of two" 0 '^other-int4 *s8.s4 ' "$shrinc" compare "$float" "$T/other.tflite" --variants int8,int4 --data "$T/sine.csv" \
    --target-columns y --on none
mkdir -p "$T/twin"
cp "$float" "$T/twin/other.tflite"
want "variants of two with one name" 2 'one name' "$shrinc" compare "$T/other.tflite" "$T/twin/other.tflite" --variants int8 \
    --data "$T/sine.csv" --target-columns y
want "folder without variants" 2 'needs --variants' "$shrinc" compare "$float" -o "$T/x"
"$shrinc" compare "$float" --variants int8 --data "$T/sine.csv" --target-columns y --on none --json > "$T/variant.json"
worst=$("$shrinc" quantize "$float" --data "$T/x.csv" --json | sed -n 's/.*"worst_layer": "\(.*\)",.*/\1/p')
want "worst layer as quantize" 0 "\"worst_layer\": \"$worst\"" cat "$T/variant.json"

# Advice: of nets of several widths, as measured. The untrained wide net is worse than the small one, which is smaller too.
for w in 4 16; do
    "$shrinc" train --data "$T/sine.csv" --target-columns y --split 60/20/20 --net "dense $w relu, dense $w relu, dense 1" --epochs 60 \
        --batch 16 --rate 0.01 -o "$T/w$w.tflite" > "$T/out" 2>&1
done
"$shrinc" train --data "$T/sine.csv" --target-columns y --split 60/20/20 --net "dense 32 relu, dense 32 relu, dense 1" --epochs 1 --rate 1e-9 \
    -o "$T/w32.tflite" > "$T/out" 2>&1
"$shrinc" compare "$T/w4.tflite" "$T/w16.tflite" "$T/w32.tflite" --variants int8,int4 --data "$T/sine.csv" --target-columns y \
    --split 60/20/20 --on none > "$T/advice.txt" 2>&1
want "advice" 0 'of weights use [48] bit with 16 channels (w16-int[48]) rather than 8 bit with 32 channels (w32-int8): ' cat "$T/advice.txt"
want "the best is not advised against" 0 nobody sh -c "grep 'rather than .*(w16-int8)' $T/advice.txt || echo nobody"
want "one row, no advice" 0 nobody sh -c "$shrinc compare $T/w4.tflite --data $T/sine.csv --target-columns y --on none | grep advice || echo nobody"
"$shrinc" compare "$T/w4.tflite" "$T/w32.tflite" --data "$T/sine.csv" --target-columns y --on none --json > "$T/advice.json"
want_keys "advice" "$T/advice.json" advice use instead flash_bytes gain may_be_chance form
want "advice as JSON" 0 '"instead": "w32"' cat "$T/advice.json"
finish
