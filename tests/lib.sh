# What the suites' runners share: cases, the counts of test programs, the last line. Read with "." from the top of the
# checkout, after suite=NAME. Gives $B (build folder), $shrinc, and $T, a folder of the suite's own, empty at the start.
# SPDX-License-Identifier: Apache-2.0
set -u
B=${B:-build}
case $B in
/*) shrinc=$B/shrinc ;;
*) shrinc=$(pwd)/$B/shrinc ;;
esac
T=$B/tests/$suite.d
rm -rf "$T"
mkdir -p "$T"
passed=0
failed=0

good() {
    passed=$((passed + 1))
}

bad() { # id, what is wrong
    failed=$((failed + 1))
    echo "FAIL $suite:$1: $2"
}

first_lines() { # of a file, as one line
    head -n 3 "$1" | tr '\n' ' '
}

# Makes what the suite needs; without it there is nothing to test.
need() {
    make -s -j2 --no-print-directory B="$B" "$@" || { echo "0 passed, 1 failed"; exit 1; }
}

has() {
    command -v "$1" > /dev/null 2>&1
}

want() { # id, exit code, text that stdout or stderr must hold, command...
    id=$1
    code=$2
    text=$3
    shift 3
    "$@" > "$T/out" 2>&1
    got=$?
    if [ "$got" -eq "$code" ] && grep -q -e "$text" "$T/out"; then
        good
    else
        bad "$id" "exit $got, wanted $code and '$text': $(first_lines "$T/out")"
    fi
}

want_keys() { # id, JSON file, keys it must have...
    id=$1
    json=$2
    shift 2
    for key in "$@"; do
        if grep -q "\"$key\"" "$json"; then good; else bad "$id $key" "missing: $(first_lines "$json")"; fi
    done
}

result() { # id, exit code of what was tried, what was seen
    if [ "$2" -eq 0 ]; then good; else bad "$1" "$3"; fi
}

wrong() { # id, what is wrong: nothing, or a sentence
    if [ -z "$2" ]; then good; else bad "$1" "$2"; fi
}

ok() { # id, command that must succeed...
    id=$1
    shift
    if "$@" > "$T/log" 2>&1; then good; else bad "$id" "$(first_lines "$T/log")"; fi
}

no() { # id, command that must fail...
    id=$1
    shift
    if "$@" > "$T/log" 2>&1; then bad "$id" "succeeded"; else good; fi
}

# Adds what a test program counted: its last line is "N passed, N failed". A program that ends without it, or with an
# exit code that does not fit, has failed.
count() { # command...
    "$@" > "$T/count" 2> "$T/count.err"
    code=$?
    counted=$(sed -n '$s/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$T/count")
    cat "$T/count.err"
    if [ -z "$counted" ]; then
        cat "$T/count"
        bad "$(basename "$1")" "ended with code $code and without its count"
        return
    fi
    sed '$d' "$T/count"
    passed=$((passed + ${counted% *}))
    failed=$((failed + ${counted#* }))
    if [ "$code" -ne 0 ] && [ "${counted#* }" -eq 0 ]; then
        bad "$(basename "$1")" "counted no failure, but ended with code $code"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
