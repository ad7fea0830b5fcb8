#!/bin/sh
# Damaged model and data files under AddressSanitizer and UndefinedBehaviorSanitizer. COUNT and SEED of the random ones may be given.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
mkdir -p "$B/tests"
S="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
make -s -j2 B="$B/asan" CFLAGS="$S" "$B/asan/tests/mutate" "$B/asan/tests/mutate_data" "$B/asan/tests/net_fuzz" "$B/asan/tests/export_test" || { echo "0 passed, 1 failed"; exit 1; }
models="examples/models/sine_int8.tflite"
for m in conv_2d/batch_3_int8 softmax/one_int8 strided_slice/*int8 concatenation/*int8 unidirectional_sequence_lstm/one_int8 \
    var_handle/call_once_int8 split/*int8 transpose_conv/*one*int8 svdf/one_int8 gather/batch_int8 \
    conv_2d/hybrid_one_float32 fully_connected/hybrid_asymmetric_one_float32 dequantize/float16*; do
    for f in tests/vectors/$m.tflite; do
        [ -f "$f" ] && models="$models $f"
    done
done
# One with labels, normalisation and notes.
mkdir -p "$B/tests/fuzz"
"$B/asan/tests/export_test" write "$B/tests/fuzz" examples/models/sine_int8.tflite > "$B/tests/fuzz_export.log" || echo "FAIL fuzz: export_test"
models="$models $B/tests/fuzz/sine_int8.tflite"
passed=0
failed=0
add() { # the program's output, its exit code
    last=$(tail -n 1 "$1")
    head -n 40 "$1"
    p=$(echo "$last" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
    f=$(echo "$last" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
    [ "$2" -eq 0 ] || [ "${f:-0}" -gt 0 ] || f=1
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-1}))
}
# shellcheck disable=SC2086
"$B/asan/tests/mutate" "${1:-20000}" "${2:-1}" $models > "$B/tests/fuzz_models.log" 2>&1
add "$B/tests/fuzz_models.log" $?
"$B/asan/tests/mutate_data" "${1:-20000}" "${2:-1}" > "$B/tests/fuzz_data.log" 2>&1
add "$B/tests/fuzz_data.log" $?
"$B/asan/tests/net_fuzz" "${1:-20000}" > "$B/tests/fuzz_nets.log" 2>&1
add "$B/tests/fuzz_nets.log" $?
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
