#!/bin/sh
# The demo walks its road to the end: its own assertion holds, its pictures and tables are there.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
passed=0
failed=0
check() { # what, command...
    what=$1
    shift
    if "$@" > /dev/null 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL demo: $what"
    fi
}
log=$B/tests/demo_road.log
check "ends well" sh -c "B=$B sh tools/demo.sh > $log"
for picture in data training predictions; do
    check "$picture.svg" grep -q '<svg' "$B/demo/$picture.svg"
    check "$picture.png" grep -q PNG "$B/demo/$picture.png"
done
check "near the sine on the chip" grep -q '^near the true sine' "$log"
check "size table" grep -q "^shrinc's C: weights and code in flash  *[0-9]" "$log"
check "all equal on the chip" test "$(grep -c '^all outputs equal' "$log")" -eq 3
check "C array" grep -q 'sine_int8' "$B/demo/sine_int8_array.h"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
