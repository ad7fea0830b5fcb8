#!/bin/sh
# Charts: ticks, sentences, PNG sizes, and every SVG well-formed.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
T=$B/tests/plot
rm -rf "$T"
mkdir -p "$T"
${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Werror ${CFLAGS:--O1 -g} \
    -Isrc -o "$B/tests/plot_test" tests/plot/plot_test.c "$B/libshrinc.a" $(cat "$B/gen/libs") || exit 1
"$B/tests/plot_test" "$T" > "$T/log"
grep -v ' passed, ' "$T/log"
last=$(tail -n 1 "$T/log")
passed=$(echo "$last" | sed -n 's/^\([0-9]*\) passed.*/\1/p')
failed=$(echo "$last" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
if [ -z "$passed" ]; then
    echo "FAIL plot: the program ended early"
    passed=0
    failed=1
fi
if command -v xmllint > /dev/null; then
    for svg in "$T"/*.svg; do
        if xmllint --noout "$svg" 2> "$T/xml.log" && grep -q '<svg' "$svg"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAIL plot: $svg: $(head -n 1 "$T/xml.log")"
        fi
    done
else
    echo "SKIPPED plot: xmllint is not installed, the SVG files were not parsed"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
