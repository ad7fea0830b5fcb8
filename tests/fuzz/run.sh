#!/bin/sh
# Damaged model and data files under AddressSanitizer and UndefinedBehaviorSanitizer. COUNT and SEED of the random ones may be given.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=fuzz
. tests/lib.sh
S="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
need B="$B/asan" CFLAGS="$S" "$B/asan/tests/mutate" "$B/asan/tests/mutate_data" "$B/asan/tests/net_fuzz" "$B/asan/tests/export_test"
models="examples/models/sine_int8.tflite"
for m in conv_2d/batch_3_int8 softmax/one_int8 strided_slice/*int8 concatenation/*int8 unidirectional_sequence_lstm/one_int8 \
    var_handle/call_once_int8 split/*int8 transpose_conv/*one*int8 svdf/one_int8 gather/batch_int8 \
    conv_2d/hybrid_one_float32 fully_connected/hybrid_asymmetric_one_float32 dequantize/float16* biquad/reference_4 statistic/reference_0 \
    spectrum/reference_[04] standardize/reference_0 distance/reference_[048] decide/reference_0 sensor_check/reference_0 \
    accumulate/reference_0 residual/reference_0 sliding_window/reference_0 remove_mean/reference_0; do
    for f in tests/vectors/$m.tflite; do
        [ -f "$f" ] && models="$models $f"
    done
done
# One with labels, normalisation and notes.
"$B/asan/tests/export_test" write "$T" examples/models/sine_int8.tflite > "$T/log" || bad export_test "$(first_lines "$T/log")"
models="$models $T/sine_int8.tflite"
# shellcheck disable=SC2086
count "$B/asan/tests/mutate" "${1:-20000}" "${2:-1}" $models
count "$B/asan/tests/mutate_data" "${1:-20000}" "${2:-1}"
count "$B/asan/tests/net_fuzz" "${1:-20000}"
finish
