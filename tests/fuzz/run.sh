#!/bin/sh
# Damaged model files under AddressSanitizer and UndefinedBehaviorSanitizer. COUNT and SEED of the random ones may be given.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
S="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
make -s -j2 B="$B/asan" CFLAGS="$S" "$B/asan/tests/mutate" || { echo "0 passed, 1 failed"; exit 1; }
models="examples/models/sine_int8.tflite"
for m in conv_2d/batch_3_int8 softmax/one_int8 strided_slice/*int8 concatenation/*int8 unidirectional_sequence_lstm/one_int8 \
    var_handle/call_once_int8 split/*int8 transpose_conv/*one*int8 svdf/one_int8 gather/batch_int8; do
    for f in tests/vectors/$m.tflite; do
        [ -f "$f" ] && models="$models $f"
    done
done
# shellcheck disable=SC2086
"$B/asan/tests/mutate" "${1:-20000}" "${2:-1}" $models
code=$?
[ $code -eq 0 ] || echo "0 passed, 1 failed"
exit $code
