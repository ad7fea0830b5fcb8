#!/bin/sh
# Written .tflite files: read back the same, and (where their Python packages are found) the same answers in LiteRT with and
# without XNNPACK and in TFLite Micro. SHRINC_ORACLE_PYTHON names the Python that has ai-edge-litert and tflite-micro;
# without it python3 is tried. ALL=1 asks about every vector instead of one for each operator and type.
# Last line: N passed, N failed.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=export
. tests/lib.sh
need "$B/tests/export_test"
mkdir "$T/written"
count "$B/tests/export_test" check examples/models/*.tflite tests/vectors/*/*.tflite

python=${SHRINC_ORACLE_PYTHON:-python3}
if ! "$python" -c 'import ai_edge_litert.interpreter, tflite_micro, flatbuffers, numpy' > "$T/python.log" 2>&1; then
    echo "SKIPPED export: no LiteRT and TFLite Micro in $python (pip install -r tests/oracle/requirements.txt, then set SHRINC_ORACLE_PYTHON)"
else
    # One case of each operator and type (INDEX.csv: op,case,type,...), or all.
    # LiteRT reads biases of 32 bits as 64 in int16 layers, so its answers there depend on what lies behind them.
    files=$(awk -F, -v all="${ALL:-}" 'NR > 1 && $2 !~ /int16b32/ && (all != "" || !seen[$1, $3, $2 ~ /hybrid/]++) { print "tests/vectors/" $1 "/" $2 ".tflite" }' tests/vectors/INDEX.csv)
    # shellcheck disable=SC2086
    "$B/tests/export_test" write "$T/written" examples/models/sine_float.tflite examples/models/*int8.tflite $files > "$T/list"
    count "$python" tests/oracle/check_export.py "$T/list"

    # Networks of every recurrent and convolutional kind, trained for an epoch, in every number format.
    awk 'BEGIN { srand(1); for (k = 0; k < 90; k++) {
        for (i = 1; i <= 24; i++) printf "%.4f,", sin(i * (k % 3 + 1) * 0.3) + (rand() - 0.5) / 3
        print substr("abc", k % 3 + 1, 1) } }' > "$T/waves.csv"
    net() { # name, shape of a sample, net
        "$B/shrinc" train -d "$T/waves.csv" --shape "$2" --net "$3" -e 1 --normalize standard -o "$T/net_$1_float.tflite" > "$T/train.log" 2>&1 ||
            { echo "FAIL export: train $1: $(tail -n 1 "$T/train.log")"; failed=$((failed + 1)); return; }
        for to in int8 int16x8 float16 dynamic; do
            "$B/shrinc" quantize "$T/net_$1_float.tflite" -d "$T/waves.csv" --to $to -o "$T/net_$1_$to.tflite" > "$T/train.log" 2>&1 ||
                { echo "FAIL export: quantize $1 to $to: $(tail -n 1 "$T/train.log")"; failed=$((failed + 1)); }
        done
    }
    net gru 8x3 "gru 6, dense classes softmax"
    net lstm 8x3 "lstm 5, dense classes softmax"
    net conv 24x1 "conv 40 3 relu, conv 40 3 relu, dense 40 relu, dense classes softmax"
    net image 4x6x1 "conv 8 3 relu6, depthwise 3 relu, conv 16 1 relu, dense classes softmax"
    hybrid=${SHRINC_SHARED:-../shared}/models/kws_hybrid.tflite
    [ -f "$hybrid" ] || { echo "SKIPPED export: a real hybrid model: no $hybrid (set SHRINC_SHARED)"; hybrid=; }
    # shellcheck disable=SC2086
    count "$python" tests/oracle/check_nets.py "$B/shrinc" "$T"/net_*.tflite $hybrid
fi
finish
