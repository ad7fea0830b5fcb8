#!/bin/sh
# Random operator configurations against the independent reference; and proof that a broken kernel is noticed.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/fuzz_ops" || { echo "0 passed, 1 failed"; exit 1; }
"$B/tests/fuzz_ops" "${1:-400000}" > "$B/tests/ref.out"
sed '$d' "$B/tests/ref.out"
passed=$(sed -n '$s/ passed.*//p' "$B/tests/ref.out")
failed=$(sed -n '$s/.*passed, \([0-9]*\) failed/\1/p' "$B/tests/ref.out")
# The same program with one detail of requantisation changed must fail.
K=$B/tests/broken_rt
rm -rf "$K"
mkdir -p "$K"
cp rt/*.h rt/*.c "$K"
sed 's/(mask >> 1) + ((high < 0) ? 1 : 0)/(mask >> 1)/' rt/shrinc_requantize.h > "$K/shrinc_requantize.h"
cmp -s rt/shrinc_requantize.h "$K/shrinc_requantize.h" && { echo "FAIL ref: the kernel was not broken"; failed=$((failed + 1)); }
gcc -std=c11 -O1 -w -Isrc -I"$K" -DSHRINC_SINGLE_ROUNDING=0 -DRT_RUN=rt_run_tflite -c -o "$K/run.o" "$B/gen/rt_run.c" &&
    gcc -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -O1 -w -Isrc -Irt -Itests/ref -o "$K/fuzz" tests/ref/*.c "$K/run.o" "$B/libshrinc.a" -ljansson -lmd -lm
if [ -x "$K/fuzz" ] && ! "$K/fuzz" 20000 > /dev/null; then
    passed=$((passed + 1))
else
    echo "FAIL ref: a broken kernel went unnoticed"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
