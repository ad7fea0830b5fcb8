#!/bin/sh
# Random operator configurations against the independent reference; then proof that the fuzz can fail: kernels with one detail
# changed (broken.txt), and outputs one element nearer to their inputs than operators allow.
# Usage: run.sh [COUNT]. A passed row is one operator with one type, or one broken detail. Last line: N passed, N failed.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=ref
. tests/lib.sh
CC=${CC:-gcc}
fuzz=$B/tests/ref/fuzz_ops
need "$fuzz"
count "$fuzz" --kernels=portable "${1:-400000}"

# The host's twins of the same kernels.
for twin in avx2 avxvnni avx512vnni; do
    "$fuzz" --kernels=$twin abs 1 1 > "$T/twin" 2>&1
    if [ $? -eq 77 ]; then
        echo "SKIP ref: this CPU cannot run the $twin kernels"
        continue
    fi
    for op in conv_2d depthwise_conv_2d fully_connected transpose_conv; do
        count "$fuzz" --kernels=$twin "$op"
    done
done

# Runs OP with the kernels of $K; it must print a difference.
notices() { # what, operator, options
    "$K/fuzz" --kernels=portable ${3-} "$2" > "$K/out" 2>&1
    if grep -q "^FAIL ref:$2:[0-9]* .*expected\|^FAIL ref:$2:[0-9]* .*written\|^FAIL ref:$2:[0-9]* .*differ" "$K/out"; then
        good
    else
        bad "$1" "went unnoticed by $2"
    fi
}

build() {
    for family in tflite single; do
        single=$([ $family = single ] && echo 1 || echo 0)
        $CC -std=c11 -O0 -w -Isrc -I"$K/rt" -DSHRINC_SINGLE_ROUNDING="$single" -DRT_RUN=rt_run_$family \
            -c -o "$K/$family.o" "$B/gen/rt_run.c" || return 1
    done
    $CC -o "$K/fuzz" "$B"/tests/ref/*.o "$B/gen/ref_families.o" "$K/tflite.o" "$K/single.o" "$B/libshrinc.a" \
        $(cat "$B/gen/libs")
}

K=$T
mkdir "$K/rt"
rows=0
sed '/^#/d; /^$/d' tests/ref/broken.txt > "$K/rows"
while IFS='|' read -r file change op; do
    file=$(echo $file)
    op=$(echo $op)
    change=$(printf '%s\n' "$change" | sed 's/^ //; s/ $//')
    rows=$((rows + 1))
    cp rt/*.[ch] "$K/rt"
    sed "$change" "rt/$file" > "$K/rt/$file"
    if cmp -s "rt/$file" "$K/rt/$file"; then
        bad broken.txt "$change changes nothing in rt/$file; mend the row"
    elif ! build; then
        bad broken.txt "rt/$file does not compile after $change"
    else
        notices "rt/$file with $change" "$op"
    fi
done < "$K/rows"
echo "$rows broken kernels"

# The distances of these operators are the least that are legal, so one element nearer must show.
cp "$fuzz" "$K/fuzz"
for op in conv_2d depthwise_conv_2d average_pool_2d max_pool_2d transpose; do
    notices "an output one element nearer than allowed" "$op" --closer
done
finish
