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
