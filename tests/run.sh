#!/bin/sh
# Runs every test suite (tests/*/run.sh and tests/*.sh but this one and lib.sh), or those named, and adds up their last lines.
# Usage: tests/run.sh [SUITE...]; B is the build folder (default build). The last line is "N passed, N failed".
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
export B
export LC_ALL=C
mkdir -p "$B/tests"
if [ $# -gt 0 ]; then
    suites=$*
else
    suites=$(ls tests/*/run.sh tests/*.sh 2>/dev/null | sed 's|^tests/||; s|/run\.sh$||; s|\.sh$||' | grep -v -x -E 'run|lib' | sort)
fi
passed=0
failed=0
for suite in $suites; do
    script=tests/$suite/run.sh
    [ -f "$script" ] || script=tests/$suite.sh
    if [ ! -f "$script" ]; then
        echo "there is no suite '$suite'"
        failed=$((failed + 1))
        continue
    fi
    log=$B/tests/$suite.log
    started=$(date +%s)
    sh "$script" > "$log" 2>&1
    code=$?
    last=$(tail -n 1 "$log")
    p=$(printf '%s\n' "$last" | sed -n 's/^\([0-9][0-9]*\) passed, [0-9][0-9]* failed.*$/\1/p')
    f=$(printf '%s\n' "$last" | sed -n 's/^[0-9][0-9]* passed, \([0-9][0-9]*\) failed.*$/\1/p')
    if [ -z "$p" ]; then
        p=0
        f=1
        echo "suite $suite ended without its count (exit code $code):"
        tail -n 15 "$log"
    elif [ "$f" -gt 0 ] || [ "$code" -ne 0 ]; then
        [ "$f" -gt 0 ] || f=1
        grep -i -E '^(FAIL|not ok|failed)' "$log" | head -n 40
    fi
    grep -E '^SKIPPED' "$log"
    passed=$((passed + p))
    failed=$((failed + f))
    printf '%-14s %6d passed, %d failed   (%d s, %s)\n' "$suite" "$p" "$f" "$(($(date +%s) - started))" "$log"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
