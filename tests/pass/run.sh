#!/bin/sh
# Passes: as text, the memory solver against brute force, dropped channels against the whole network.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/pack_test" "$B/tests/channels" "$B/tests/pass_test" "$B/tests/rows" || { echo "0 passed, 1 failed"; exit 1; }
passed=0
failed=0
for t in pack_test "channels 3000" "pass_test tests/pass" "rows 60"; do
    # shellcheck disable=SC2086
    log=$("$B"/tests/$t)
    printf '%s\n' "$log" | sed '$d'
    passed=$((passed + $(printf '%s\n' "$log" | sed -n '$s/ passed.*//p')))
    failed=$((failed + $(printf '%s\n' "$log" | sed -n '$s/.*passed, \([0-9]*\) failed.*/\1/p')))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
