#!/bin/sh
# Golden outputs of real models: those in examples/models/, and where they are present those of SHRINC_SHARED (default ../shared).
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
S=${SHRINC_SHARED:-../shared}
make -s B="$B" "$B/tests/models" || exit 1
passed=0
failed=0
add() {
    log=$("$B/tests/models" "$@")
    printf '%s\n' "$log" | sed '$d'
    passed=$((passed + $(printf '%s\n' "$log" | sed -n '$s/ passed.*//p')))
    failed=$((failed + $(printf '%s\n' "$log" | sed -n '$s/.*passed, \([0-9]*\) failed/\1/p')))
}
add examples/models
if [ -d "$S/models" ]; then
    add "$S/models"
    add --csv "$S/models/single_op"
else
    echo "SKIPPED: 19 real models and 66 one-operator models: no folder $S/models (set SHRINC_SHARED)"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
