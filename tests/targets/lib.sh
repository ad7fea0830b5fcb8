# Shell functions of tests/targets.sh: build the tool, run a case, compare.
# SPDX-License-Identifier: Apache-2.0

prefix=${1-}
pass=0
fail=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp" "$work/model"
export TMPDIR="$work/tmp" LC_ALL=C
here=tests/targets
tool=$work/tool
printf 'abcdABCD1234' >"$work/input"

files=$(find targets -type f | sort)
# shellcheck disable=SC2086
sh tools/gen_files.sh $files >"$work/files.c" &&
    ${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Wall -Wextra -Werror -Isrc -g \
        -O1 -o "$tool" $here/tool.c src/driver/target*.c src/base/*.c "$work/files.c" -lmd -lm || exit 1

# start ID: false if the case is not wanted.
start() {
    id=$1
    case $id in "$prefix"*) return 0 ;; esac
    return 1
}

failed() {
    echo "FAIL $id: $*" | head -n 12
    fail=$((fail + 1))
    return 1
}

passed() {
    pass=$((pass + 1))
}

# model_io LINES: writes model_io.h from "#define" lines.
model_io() {
    echo "$1" | sed 's/^/#define /' >"$work/model/model_io.h"
    case $1 in
    *MODEL*) echo '#include "models.h"' >>"$work/model/model_io.h" ;;
    *) sed 's/^#define HARNESS_INPUT_BYTES.*/#define HARNESS_INPUT_BYTES 4/' \
        targets/common/model_empty.h >"$work/model/model_io.h" ;;
    esac
    cp $here/models.h "$work/model/"
}

# run_tool CASE TARGET DEFINES [SOURCE [MODE [OPT]]]
run_tool() {
    model_io "$3"
    source=${4-}
    "$tool" run "$2" "-O1 ${6-}" "${5:-plain}" "$work/model" "$work/input" "$work/output" \
        ${source:+"$here/$source"} >"$work/said" 2>&1
}

case_model() {
    start "targets:$1:$2" || return 1
    run_tool "$@" || failed "$(cat "$work/said")"
}

# case_difference CASE TARGET NAME WANTED: what CASE's assembly takes more than nothing.
case_difference() {
    start "targets:$1:$2" || return 1
    run_tool "$1" "$2" 'MODEL model_nothing' models.c || { failed "$(cat "$work/said")"; return 1; }
    nothing=$(value "$3")
    run_tool "$1" "$2" "MODEL $1" "$1.S" || { failed "$(cat "$work/said")"; return 1; }
    [ $(($(value "$3") - nothing)) -eq "$4" ] ||
        failed "$3 is $(value "$3"), $nothing without it, wanted $4 more"
}

# case_fails CASE TARGET DEFINES SOURCE WANTED [MODE [OPT]]: must fail and say WANTED.
case_fails() {
    start "targets:$1:$2" || return 1
    limit=20 && [ "$1" = endless ] && limit=2
    if TOOL_TIMEOUT=$limit run_tool "$1" "$2" "$3" "$4" "${6-}" "${7-}"; then
        failed "did not fail"
    elif ! grep -q "$5" "$work/said"; then
        failed "wanted '$5', got: $(cat "$work/said")"
    fi
}

value() {
    sed -n "s/^$1 //p" "$work/said"
}

# expect NAME OPERATOR NUMBER
expect() {
    [ "$(value "$1")" "$2" "$3" ] || failed "$1 is $(value "$1"), wanted $2 $3"
}

expect_sizes() {
    expect text = "$1" && expect rodata = "$2" && expect data = "$3" && expect bss = "$4"
}

# expect_output TEXT: one word per run.
expect_output() {
    want=$(echo "$1" | tr -d ' ')
    [ "$(cat "$work/output")" = "$want" ] || failed "output $(od -An -c "$work/output")"
}

# Three runs of records: layer 0 with two bytes, layer 7 with four, the output (layer -1) with four.
expect_trace() {
    for run in abcd ABCD 1234; do
        printf '\000\000\000\000\002\000\000\000%.2s' "$run"
        printf '\007\000\000\000\004\000\000\000%s' "$run"
        printf '\377\377\377\377\004\000\000\000%s' "$run"
    done >"$work/wanted"
    cmp -s "$work/output" "$work/wanted" || failed "records $(od -An -tx1 "$work/output")"
}

# Without any program to be found, the compiler and its package are named.
case_missing() {
    start "targets:missing:$1" || return 1
    mkdir -p "$work/nothing"
    said=$(PATH="$work/nothing" "$tool" missing "$1")
    case $1 in
    cortex*) want='arm-none-eabi-gcc gcc-arm-none-eabi' ;;
    riscv32) want='riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf' ;;
    avr*) want='avr-gcc gcc-avr' ;;
    *) want='gcc gcc' ;;
    esac
    [ "$said" = "$want" ] || failed "says '$said', wanted '$want'"
    PATH="$work/nothing" run_tool_alone "$1" && failed "ran without a compiler"
    grep -q "^status 5" "$work/said" && grep -q "apt-get install ${want#* }" "$work/said" ||
        failed "says $(cat "$work/said")"
}

run_tool_alone() {
    "$tool" run "$1" -O1 plain "$work/model" "$work/input" "$work/output" >"$work/said" 2>&1
}

# The plugin's count of a mixed workload against the chip's own counter under -icount.
case_second_count() {
    start "targets:second_count:$1" || return 1
    mkdir -p "$work/second"
    printf 'abcd' >"$work/second/input.bin"
    kept=$work/input
    TOOL_IMAGE=$work/second/image.elf run_tool second "$1" 'OUTPUT_BYTES 8
INPUT_BYTES 4
MODEL model_work' models.c || { failed "$(cat "$work/said")"; return 1; }
    machine=$(sed -n 's/^machine = //p' "targets/$1/target.ini")
    case $1 in riscv32) emulator=qemu-system-riscv32 ;; *) emulator=qemu-system-arm ;; esac
    # shellcheck disable=SC2086
    (cd "$work/second" && $emulator $machine -display none -monitor none -serial none \
        -icount shift=0 -semihosting-config enable=on,target=native -kernel image.elf \
        >log 2>&1) || { failed "the second run: $(cat "$work/second/log")"; return 1; }
    chip=$(od -An -tu4 -N4 "$work/second/output.bin" | tr -d ' ')
    ours=$(value instructions)
    difference=$((ours - chip))
    [ "$difference" -ge 0 ] && [ "$difference" -le 200 ] ||
        failed "plugin $ours, the chip's counter $chip"
}

# No temporary folder stays behind.
case_clean() {
    start "targets:clean" || return 1
    [ -z "$(ls -A "$TMPDIR")" ] || failed "left behind: $(ls -A "$TMPDIR")"
}

finish() {
    echo "$pass passed, $fail failed"
    [ "$fail" -eq 0 ]
}
