#!/bin/sh
# The training engine: gradients of every operator, shards and threads, losses, sentences. B: build folder. The last line
# is "N passed, N failed".
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
passed=0
failed=0
run() { # program and arguments; its last line is its count
    "$@" > "$B/tests/engine.out" 2>&1
    code=$?
    grep -E '^(FAIL|SKIPPED)' "$B/tests/engine.out"
    p=$(sed -n '$s/^\([0-9]*\) passed.*/\1/p' "$B/tests/engine.out")
    f=$(sed -n '$s/.*passed, \([0-9]*\) failed.*/\1/p' "$B/tests/engine.out")
    if [ -z "$f" ] || { [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; }; then
        echo "FAIL engine: $1 ended with code $code"
        f=1
    fi
    passed=$((passed + ${p:-0}))
    failed=$((failed + f))
}
make -s --no-print-directory B="$B" "$B/tests/gradients" "$B/tests/engine_test" || { echo "0 passed, 1 failed"; exit 1; }
run "$B/tests/gradients" tests/engine/gradients.txt
run "$B/tests/engine_test"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
