#!/bin/sh
# Holds the architecture: includes point downward, files and functions stay short, heap stays below.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/.." || exit 1
passed=0
failed=0
check() { # name, offending lines
    if [ -n "$2" ]; then
        failed=$((failed + 1))
        printf 'FAIL %s\n%s\n' "$1" "$2"
    else
        passed=$((passed + 1))
    fi
}
# Which floors a folder may include from.
allowed() {
    case $1 in
    base) echo 'base' ;;
    ir) echo 'base ir' ;;
    op) echo 'base ir op' ;;
    import | export | pass | emit | data | train | plot | link) echo "base ir op $1" ;;
    driver) echo 'base ir op import export pass emit data train plot link driver' ;;
    cli) echo 'base ir op import export pass emit data train plot link driver cli' ;;
    esac
}
for folder in src/*/; do
    floor=$(basename "$folder")
    bad=$(grep -n '^#include "' "$folder"*.[ch] | awk -v ok="$(allowed "$floor")" -v floor="$floor" '
        BEGIN { n = split(ok, list, " "); for (i = 1; i <= n; i++) may[list[i]] = 1 }
        {
            split($0, part, "\""); path = part[2]
            if (path ~ /^shrinc_/) { if (floor != "op" && floor != "link") print; next }
            if (path !~ /\//) { next }
            sub(/\/.*/, "", path)
            if (!(path in may)) print
        }')
    check "includes of src/$floor point downward" "$bad"
done
check "rt/ includes nothing of src/" "$(grep -n '#include "' rt/*.[ch] | grep -v '"shrinc_')"
check "no operator includes another" "$(grep -n '#include "op/' src/op/*.c | grep -v -E '"op/(op|util|kernel_table|util_[a-z0-9_]*)\.h"')"
check "heap only in base/ and graph.c" "$(grep -nE '\b(malloc|calloc|realloc)\(' src/*/*.c | grep -v -E '^src/(base|cli)/|^src/ir/graph.c')"
check "no printing or exit below cli/" "$(grep -nE '\b(printf|fprintf|puts|exit)\(' src/*/*.c | grep -v -E '^src/cli/|_exit\(')"
check "files of at most 1,000 lines" "$(wc -l src/*/*.[ch] rt/*.[ch] | awk '$2 != "total" && $1 > 1000')"
check "functions of at most 100 lines" "$(awk 'FNR == 1 { start = 0 } /^\{/ { start = FNR } /^\}/ && start { if (FNR - start > 101) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }' src/*/*.c rt/*.[ch])"
check "lines of at most 120 columns" "$(awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) }' src/*/*.[ch] rt/*.[ch])"
check "an SPDX line in every source" "$(grep -L 'SPDX-License-Identifier' src/*/*.[ch] rt/*.[ch])"
check "each operator has vectors" "$(for f in src/op/*.c; do o=$(basename "$f" .c); case $o in read_variable | assign_variable) [ -d tests/vectors/var_handle ] || echo "$f" ;; op | call | kernel | eval | util_* | op_util) ;; *) [ -d "tests/vectors/$o" ] || grep -q -E 'TRAIT_(CONST|TRAIN)_ONLY' "$f" || echo "src/op/$o.c: no tests/vectors/$o" ;; esac; done)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
