#!/bin/sh
# Runs the libFuzzer targets for SECONDS each (default 60), starting from small models and data files. Usage: tests/fuzz/libfuzzer.sh [SECONDS]
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
S="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
make -s -j2 B="$B/libfuzzer" CC=clang CFLAGS="$S" lib || exit 1
mkdir -p "$B/corpus"
cp examples/models/*.tflite "$B/corpus/"
for f in tests/vectors/*/*one*.tflite; do
    cp "$f" "$B/corpus/$(echo "$f" | tr / _)"
done
failed=0
make -s B="$B" "$B/tests/mutate_data" && "$B/tests/mutate_data" --save "$B/data_corpus" || exit 1
for t in import emit data; do
    corpus=$B/corpus
    [ $t != data ] || corpus=$B/data_corpus
    clang -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -Isrc -Irt -o "$B/${t}_fuzzer" "tests/fuzz/${t}_fuzzer.c" "$B/libfuzzer/libshrinc.a" $(cat "$B/gen/libs") || exit 1
    "$B/${t}_fuzzer" -max_total_time="${1:-60}" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$B/" "$corpus" \
        > "$B/${t}_fuzzer.log" 2>&1 || failed=$((failed + 1))
    grep -E 'number_of_executed_units|ERROR|SUMMARY' "$B/${t}_fuzzer.log" | sed "s/^/$t: /"
done
echo "$((3 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
