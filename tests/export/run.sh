#!/bin/sh
# Written .tflite files: read back the same, and (where their Python packages are found) the same answers in LiteRT with and
# without XNNPACK and in TFLite Micro. SHRINC_ORACLE_PYTHON names the Python that has ai-edge-litert and tflite-micro;
# without it python3 is tried. ALL=1 asks about every vector instead of one for each operator and type.
# Last line: N passed, N failed.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/export_test" || { echo "0 passed, 1 failed"; exit 1; }
T=$B/tests/export
rm -rf "$T"
mkdir -p "$T/written"
"$B/tests/export_test" check examples/models/*.tflite tests/vectors/*/*.tflite > "$T/check.log"
sed '$d' "$T/check.log"
passed=$(sed -n '$s/ passed.*//p' "$T/check.log")
failed=$(sed -n '$s/.*passed, \([0-9]*\) failed/\1/p' "$T/check.log")
[ -n "$failed" ] || { echo "FAIL export: export_test ended without its count"; passed=0; failed=1; }

python=${SHRINC_ORACLE_PYTHON:-python3}
if ! "$python" -c 'import ai_edge_litert.interpreter, tflite_micro, flatbuffers, numpy' > "$T/python.log" 2>&1; then
    echo "SKIPPED export: no LiteRT and TFLite Micro in $python (pip install -r tests/oracle/requirements.txt, then set SHRINC_ORACLE_PYTHON)"
else
    # One case of each operator and type (INDEX.csv: op,case,type,...), or all.
    # LiteRT reads biases of 32 bits as 64 in int16 layers, so its answers there depend on what lies behind them.
    files=$(awk -F, -v all="${ALL:-}" 'NR > 1 && $2 !~ /int16b32/ && (all != "" || !seen[$1, $3, $2 ~ /hybrid/]++) { print "tests/vectors/" $1 "/" $2 ".tflite" }' tests/vectors/INDEX.csv)
    # shellcheck disable=SC2086
    "$B/tests/export_test" write "$T/written" examples/models/sine_float.tflite examples/models/*int8.tflite $files > "$T/list"
    "$python" tests/oracle/check_export.py "$T/list" > "$T/oracle.log" 2> "$T/oracle.err"
    grep '^FAIL' "$T/oracle.log"
    p=$(sed -n '$s/ passed.*//p' "$T/oracle.log")
    f=$(sed -n '$s/.*passed, \([0-9]*\) failed/\1/p' "$T/oracle.log")
    [ -n "$f" ] || { echo "FAIL export: check_export.py ended without its count: $(tail -n 3 "$T/oracle.err" | tr '\n' ' ')"; p=0; f=1; }
    passed=$((passed + p))
    failed=$((failed + f))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
