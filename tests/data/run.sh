#!/bin/sh
# Readers of samples: good and bad files, splits, normalisation, features.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s -j2 B="$B" "$B/tests/data_test" "$B/tests/features_test" "$B/tests/split_test" "$B/tests/number_test" || { echo "0 passed, 1 failed"; exit 1; }
T=$B/tests/data
rm -rf "$T"
mkdir -p "$T"
localedef -i de_DE -f UTF-8 "$T/de_DE.UTF-8" > /dev/null 2>&1
LOCPATH=$(cd "$T" && pwd)
export LOCPATH
passed=0
failed=0
for t in "data_test $T/files" "features_test tests/data/features.txt" split_test number_test; do
    # shellcheck disable=SC2086
    "$B/tests/"$t > "$T/log"
    code=$?
    grep '^FAIL' -A1 "$T/log" | head -n 40
    grep '^SKIPPED' "$T/log"
    last=$(tail -n 1 "$T/log")
    p=$(echo "$last" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
    f=$(echo "$last" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-1}))
    [ $code -eq 0 ] || [ "${f:-1}" -gt 0 ] || failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
