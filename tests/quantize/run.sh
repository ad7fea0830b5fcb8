#!/bin/sh
# Quantisation: scales, ranges, graphs as text; the verb on models that lie here.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=quantize
. tests/lib.sh
need "$B/tests/quantize_test"
count "$B/tests/quantize_test" tests/quantize
m=examples/models/sine_float.tflite
x=tests/quantize/sine_calibration.bin
want "worst layer" 0 'Identity .* worst' "$shrinc" quantize "$m" --data "$x" -o "$T/a.tflite"
want "info of the result" 0 's8\[1,1\]' "$shrinc" info "$T/a.tflite"
want "float edges" 0 'output  *SNR' "$shrinc" quantize "$m" --data "$x" -o "$T/b.tflite" --edges float32
want "float edges' input" 0 'f32\[1,1\]' "$shrinc" info "$T/b.tflite"
want "verify" 0 '16' "$shrinc" verify "$T/b.tflite" --on host
want "int16x8" 0 's16' "$shrinc" quantize "$m" --data "$x" -o "$T/c.tflite" --to int16x8
want "verify int16x8" 0 '16' "$shrinc" verify "$T/c.tflite" --on host
want "percentile" 0 'output  *SNR' "$shrinc" quantize "$m" --data "$x" -o "$T/d.tflite" --percentile 99
want "mse" 0 'output  *SNR' "$shrinc" quantize "$m" --data "$x" -o "$T/e.tflite" --calibration mse
want "all methods" 0 'output  *SNR' "$shrinc" quantize "$m" --data "$x" -o "$T/f.tflite" --equalize --adaround --bias-correction --seed 7
for t in float16 dynamic; do
    want "$t without samples" 0 'no samples' "$shrinc" quantize "$m" -o "$T/$t.tflite" --to $t
    want "$t" 0 'output  *SNR' "$shrinc" quantize "$m" --data "$x" -o "$T/$t.tflite" --to $t
    want "verify $t" 0 '16' "$shrinc" verify "$T/$t.tflite" --on host
done
want "float16 halves" 0 '642 bytes, before 1284' "$shrinc" quantize "$m" -o "$T/float16.tflite" --to float16
want "dynamic: a byte for a weight" 0 '420 bytes, before 1284' "$shrinc" quantize "$m" -o "$T/dynamic.tflite" --to dynamic
"$shrinc" quantize "$m" --data "$x" --json > "$T/q.json"
want_keys "json key" "$T/q.json" schema output_snr_db output_cosine worst_layer layers snr_db cosine constant_bytes
want "max-drop needs classes" 3 'classes' "$shrinc" quantize "$m" --data "$x" -o "$T/x.tflite" --max-drop 1
want "max-drop needs int8" 2 'to=int8' "$shrinc" quantize "$m" --data "$x" -o "$T/x.tflite" --to int16x8 --max-drop 1
want "csv with a header" 0 'on 3 samples' sh -c "printf 'x\\n1\\n2\\n3\\n' > $T/h.csv; $shrinc quantize $m --data $T/h.csv -o $T/h.tflite"
want "no data" 3 'give samples' "$shrinc" quantize "$m" -o "$T/x.tflite"
want "no output" 2 'needs a file' "$shrinc" quantize "$m" --data "$x"
want "wrong kind" 2 'choose one of' "$shrinc" quantize "$m" --data "$x" -o "$T/x.tflite" --to int3
want "wrong percentile" 2 'give a number' "$shrinc" quantize "$m" --data "$x" -o "$T/x.tflite" --percentile 101
want "int16 edges of int8" 2 'int16x8' "$shrinc" quantize "$m" --data "$x" -o "$T/x.tflite" --edges int16
want "is integer already" 3 'nothing to quantise' "$shrinc" quantize examples/models/sine_int8.tflite --data "$x" -o "$T/x.tflite"
want "odd data" 3 'fields' "$shrinc" quantize "$m" --data README.md -o "$T/x.tflite"
printf 'x,y\n1,2\n2,3\n3,4\n' > "$T/xy.csv"
want "too many columns" 3 'a sample of .* 2 numbers; name the columns that are no inputs' "$shrinc" quantize "$m" --data "$T/xy.csv" -o "$T/x.tflite"
want "the columns named" 0 'on 3 samples' "$shrinc" quantize "$m" --data "$T/xy.csv" --target-columns y -o "$T/y.tflite"
want "integer input" 3 'models with one float input; this one has 1, the first of s8' "$shrinc" quantize examples/models/sine_int8.tflite --data "$T/h.csv" -o "$T/x.tflite"
printf '0.5\ninf\n' > "$T/inf.csv"
want "infinite data" 3 'line 2' "$shrinc" quantize "$m" --data "$T/inf.csv" -o "$T/x.tflite"
want "failures leave no file" 0 none sh -c "test -e $T/x.tflite || echo none"
# Widths by a budget: on classes that overlap, so that every bit is felt.
"$shrinc" synth blobs --count 600 --noise 0.5 --seed 2 -o "$T/blobs.csv"
blobs="--data $T/blobs.csv --label-column class --split 60/20/20"
# shellcheck disable=SC2086
"$shrinc" train $blobs --net "dense 24 relu, dense 32 relu, dense 16 relu, dense classes softmax" --epochs 20 --rate 0.01 \
    -o "$T/net.tflite" > "$T/out" 2>&1
budget() { # id, exit code, text, arguments of quantize
    id=$1 code=$2 text=$3
    shift 3
    # shellcheck disable=SC2086
    want "$id" "$code" "$text" "$shrinc" quantize "$T/net.tflite" $blobs "$@"
}
weights() { # of a model file
    "$shrinc" compile "$1" -o "$T/c" --json | sed -n 's/^    "weights_bytes": \([0-9]*\).*/\1/p'
}
budget "int8 as a budget's measure" 0 'layers' -o "$T/wide.tflite"
budget "int4 likewise" 0 'layers' --to int4 -o "$T/narrow.tflite"
wide=$(weights "$T/wide.tflite")
narrow=$(weights "$T/narrow.tflite")
middle=$(((wide + narrow) / 2))
budget "more than needed" 0 'the budget needs no cut' --flash $((wide + 1)) -o "$T/x.tflite"
budget "a budget" 0 'cut 1 of [1-9].* loss, [0-9]* bytes less' --flash $middle --ram 8k -o "$T/mix.tflite"
mixed=$(weights "$T/mix.tflite")
want "is met" 0 yes sh -c "[ $mixed -le $middle ] && [ $mixed -gt $narrow ] && echo yes"
budget "says so as JSON" 0 "\"flash_bytes\": $mixed," --flash $middle --json
widths=$(sed -n 's/.*"widths": "\(.*\)",.*/\1/p' "$T/out")
want_keys budget "$T/out" widths budget flash_bytes ram_bytes compile_flags loss loss_samples layers weights width cut bytes
# No layer that was cut fits at 8 bits: each alone would break the budget.
for layer in $(echo "$widths" | tr ',' '\n' | sed -n 's/=4$//p'); do
    budget "with $layer at 8" 0 layers --widths "$(echo "$widths" | sed "s!$layer=4!$layer=8!")" -o "$T/x.tflite"
    want "$layer had to be cut" 0 yes sh -c "[ $(weights "$T/x.tflite") -gt $middle ] && echo yes"
done
budget "widths as typed" 0 layers --widths "$widths" -o "$T/typed.tflite"
want "is the same model" 0 yes sh -c "cmp $T/typed.tflite $T/mix.tflite && echo yes"
budget "widths of a model" 0 layers --widths "$T/mix.tflite" -o "$T/read.tflite"
want "is the same model too" 0 yes sh -c "cmp $T/read.tflite $T/mix.tflite && echo yes"
want "verify a mixture" 0 '16' "$shrinc" verify "$T/mix.tflite" --on host,cortex-m4
budget "nearest plan" 4 "budget is 100 bytes .* narrowest one, takes [0-9]*" --flash 100 -o "$T/x.tflite"
budget "too little RAM" 4 'bytes of RAM at least' --ram 10 -o "$T/x.tflite"
budget "a drop that is kept" 0 'accuracy' --flash $middle --max-drop 100 -o "$T/x.tflite"
budget "no net is so good" 4 'below the .* asked for' --flash $((narrow + 1)) --max-drop 0 -o "$T/x.tflite"
budget "budget and kind" 2 'leave --to out' --flash 2k --to int4 -o "$T/x.tflite"
budget "budget and widths" 2 'leave --widths out' --flash 2k --widths dense_1=4 -o "$T/x.tflite"
budget "no such layer" 2 "no layer 'dense_9' .* dense_1, dense_2" --widths dense_9=4 -o "$T/x.tflite"
budget "no such width" 2 "'3' is no width" --widths dense_1=3 -o "$T/x.tflite"
budget "no width" 2 'LAYER=BITS' --widths dense_1 -o "$T/x.tflite"
budget "a model without widths" 3 'no note of widths' --widths examples/models/sine_int8.tflite -o "$T/x.tflite"
want "budget without classes" 0 'squared error beside the float model' "$shrinc" quantize "$m" --data "$x" --flash 1k -o "$T/x.tflite"
want "budget without samples" 3 'give samples' "$shrinc" quantize "$T/net.tflite" --flash 1k -o "$T/x.tflite"
# The written files in TFLite Micro and LiteRT, where those are installed: SHRINC_ORACLE_PYTHON is a Python that has them.
python=${SHRINC_ORACLE_PYTHON:-python3}
if "$python" -c 'import numpy, tflite_micro, ai_edge_litert' 2> /dev/null; then
    mkdir -p "$T/oracle"
    SAVE=$T/oracle "$B/tests/quantize_test" tests/quantize > /dev/null
    for t in ad_float resnet8_float; do
        shared=${SHRINC_SHARED:-../shared}/models/$t
        if [ -f "$shared.tflite" ]; then
            "$shrinc" quantize "$shared.tflite" --data "$shared.in.bin" -o "$T/$t.tflite" > /dev/null
        fi
    done
    count "$python" tests/oracle/check_quantize.py "$shrinc" "$T"/oracle/*.tflite "$T"/*.tflite
else
    echo "SKIPPED: quantised models in TFLite Micro and LiteRT: $python has no tflite_micro, ai_edge_litert, numpy (set SHRINC_ORACLE_PYTHON)"
fi
finish
