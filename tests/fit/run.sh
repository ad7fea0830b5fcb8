#!/bin/sh
# Learning: networks from text, optimisers, schedules, metrics, whole trainings.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/net_test" "$B/tests/parts_test" "$B/tests/losses_test" "$B/tests/train_test" "$B/tests/net_fuzz" || { echo "0 passed, 1 failed"; exit 1; }
mkdir -p "$B/tests/fit_data"
passed=0
failed=0
for t in "net_test tests/fit/nets" "net_fuzz 3000" "parts_test tests/fit/steps.txt" "losses_test tests/fit/losses.txt" "train_test $B/tests/fit_data"; do
    # shellcheck disable=SC2086
    log=$("$B"/tests/$t)
    printf '%s\n' "$log" | sed '$d'
    passed=$((passed + $(printf '%s\n' "$log" | sed -n '$s/ passed.*//p')))
    failed=$((failed + $(printf '%s\n' "$log" | sed -n '$s/.*passed, \([0-9]*\) failed.*/\1/p')))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
