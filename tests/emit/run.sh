#!/bin/sh
# The emitted C as a product: compilers, warnings, C++, two models in one program, self-test, determinism, budgets, MISRA, golden files.
# Usage: tests/emit/run.sh   (WRITE=1 rewrites the golden files). The last line is "N passed, N failed".
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=emit
. tests/lib.sh

strict="-std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror"
v=tests/vectors
models="examples/models/sine_int8 examples/models/sine_float examples/models/digits_int8 $v/conv_2d/batch_3_int16
$v/softmax/one_int16 $v/unidirectional_sequence_lstm/basic_int8 $v/unidirectional_sequence_lstm/basic_float32
$v/svdf/basic_int8 $v/var_handle/call_once_int8 $v/resize_bilinear/down_int8 $v/l2_normalization/basic_int8
$v/log_softmax/basic_int8 $v/cast/int32_to_int64 $v/select_v2/same_int8 $v/strided_slice/*ellipsis*int8 $v/transpose_conv/*valid*int8
$v/average_pool_2d/*same*int16 $v/mean/*keep*int8 $v/gather/ids_input_int8 $v/batch_matmul/*adj*int8
$v/conv_2d/hybrid_each_same_float32 $v/depthwise_conv_2d/hybrid_multiplier_float32
$v/fully_connected/hybrid_asymmetric_batch_float32 $v/dequantize/float16_weights_float32"
compilers="gcc
clang
arm-none-eabi-gcc -mthumb -mcpu=cortex-m0 -mfloat-abi=soft
arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 --specs=picolibc.specs
avr-gcc -mmcu=atmega2560"

number=0
for pattern in $models; do
    for model in $pattern.tflite; do
        [ -f "$model" ] || continue
        number=$((number + 1))
        d=$T/m$number
        ok "compile:$model" "$shrinc" compile "$model" -o "$d" -n net
        printf '%s\n' "$compilers" | while read -r cc; do
            # shellcheck disable=SC2086
            has ${cc%% *} || continue
            for o in -O0 -O2 -Os; do
                # shellcheck disable=SC2086
                $cc $strict $o -c "$d/net.c" -o "$d/net.o" > "$T/cc.log" 2>&1 &&
                    $cc $strict $o -c "$d/net_selftest.c" -o "$d/self.o" >> "$T/cc.log" 2>&1 ||
                    echo "$cc $o: $(grep -m 1 -E 'error|warning' "$T/cc.log")" >> "$d/bad"
            done
        done
        ok "strict:$model" sh -c "! cat $d/bad"
        cat > "$d/main.c" <<'END'
#include "net.h"
#include <stdio.h>
static net model;
int main(void) { return net_selftest(&model); }
END
        ok "selftest:$model" sh -c "gcc -std=c99 -fsanitize=address,undefined -fno-sanitize-recover=all -o $d/self $d/main.c $d/net.c $d/net_selftest.c -lm && $d/self"
        break
    done
done

# For PCs and gateways: loops for x86-64, on if the compiler may use them; nothing of them for anything else.
d=$T/gateway
ok "x86:compile" "$shrinc" compile examples/models/digits_int8.tflite -o "$d" -n net --target host
ok "x86:loops" grep -q immintrin.h "$d/net_kernels.h"
ok "x86:not on chips" sh -c "! grep -q immintrin.h $T/m*/net_kernels.h"
cp "$T/m1/main.c" "$d/main.c"
for set in "" -mavx2 "-mavx2 -mavxvnni" "-mavx512vl -mavx512vnni"; do
    for cc in gcc clang; do
        has $cc || continue
        # shellcheck disable=SC2086
        echo 'int main(void) { return 0; }' | $cc $set -x c -fsyntax-only - 2> /dev/null || continue # not on this machine
        # shellcheck disable=SC2086
        ok "x86:strict $cc $set" $cc $strict -O2 $set -c "$d/net.c" -o "$d/net.o"
    done
done
if grep -q -w avx2 /proc/cpuinfo 2> /dev/null; then
    ok "x86:self-test" sh -c "gcc -std=c99 -mavx2 -fsanitize=address,undefined -fno-sanitize-recover=all -o $d/self $d/main.c $d/net.c $d/net_selftest.c -lm && $d/self"
else
    echo "SKIPPED: x86 self-test, this CPU has no AVX2"
fi

# Every kernel in a model of its own: strict C, no hidden memory, right on the host under UBSan.
make -s B="$B" "$B/tests/emit_tool"
tool=$(pwd)/$B/tests/emit_tool
cat > "$T/cover.sh" <<'END'
d=$1
printf '#include "net.h"\nstatic net model;\nint main(void) { return net_selftest(&model); }\n' > "$d/main.c"
gcc $STRICT -O1 -c "$d/net.c" -o "$d/net.o" > "$d/log" 2>&1 || { echo "$d: $(grep -m 1 error "$d/log")"; exit 0; }
size "$d/net.o" | awk -v d="$d" 'NR == 2 && $2 + $3 > 0 { print d ": has static memory" }'
gcc $STRICT -fsanitize=undefined -fno-sanitize-recover=all -o "$d/self" "$d"/*.c -lm > "$d/log" 2>&1 && "$d/self" > "$d/log" 2>&1 ||
    echo "$d: self-test gave $?: $(head -n 1 "$d/log")"
END
"$tool" cover "$T/cover" $v/*/*.tflite > "$T/cover.txt" 2> "$T/kernels.txt"
cut -d' ' -f1 "$T/cover.txt" | STRICT=$strict xargs -P 2 -n 1 sh "$T/cover.sh" > "$T/cover.bad"
while read -r folder model; do
    ok "kernel:$model" sh -c "! grep -F '$folder:' $T/cover.bad"
done < "$T/cover.txt"
ok "most kernels emitted" test "$(wc -l < "$T/kernels.txt")" -gt 130

# Text from model files: comment ends, quotes, trigraphs, keywords, equal names, 10 KB. All labels come back whole.
ok "hostile text" "$tool" hostile "$T/hostile"
cat > "$T/hostile/main.c" <<'END'
#include "hostile.h"
#include <stdio.h>
static hostile model;
int main(void)
{
    for (int i = 0; i < HOSTILE_LABEL_COUNT; i++) {
        fputs(hostile_label(i), stdout);
        putchar(0);
    }
    if ((hostile_normalize_input(3.0f, 1) != 20.0f) || (hostile_normalize_input(3.0f, 4) != 1.0f) ||
        (hostile_denormalize_output(20.0f, 3) != 3.0f)) {
        return 2;
    }
    return (hostile_label(-1)[0] != 0) || (hostile_label(HOSTILE_LABEL_COUNT)[0] != 0) || (hostile_selftest(&model) != 0);
}
END
printf '%s\n' "$compilers" | while read -r cc; do
    has "${cc%% *}" || continue
    # shellcheck disable=SC2086
    $cc $strict -c "$T/hostile/hostile.c" -o "$T/hostile/x.o" > "$T/cc.log" 2>&1 || echo "$cc: $(grep -m 1 error "$T/cc.log")" >> "$T/hostile/bad"
done
ok "hostile strict" sh -c "! cat $T/hostile/bad"
ok "hostile run" sh -c "gcc $strict -o $T/hostile/run $T/hostile/main.c $T/hostile/hostile.c $T/hostile/hostile_selftest.c && $T/hostile/run > $T/hostile/said"
ok "hostile labels" cmp "$T/hostile/said" "$T/hostile/labels.bin"
ok "hostile C++" sh -c "echo '#include \"hostile.h\"' > $T/hostile/h.cpp && g++ -std=c++98 -Wall -Wextra -Werror -Wno-long-long -c $T/hostile/h.cpp -o $T/hostile/h.o"
"$tool" names > "$T/names"
ok "names from files" diff -u tests/emit/names.txt "$T/names"

# C++ sees the header; the usage example in it compiles.
s=$T/sine
"$shrinc" compile examples/models/sine_int8.tflite -o "$s" > /dev/null
printf '#include "sine_int8.h"\nint main() { static sine_int8 m; int8_t x[1] = { 0 }; int8_t y[1]; sine_int8_run(&m, x, y); return 0; }\n' > "$s/main.cpp"
for std in c++98 c++11 c++17; do
    ok "header:$std" g++ -std=$std -Wall -Wextra -Werror -Wno-long-long -c "$s/main.cpp" -o "$s/main.o"
done
{
    echo '#include "sine_int8.h"'
    sed -n 's/^ \*     \(static .*\)/\1/p' "$s/sine_int8.h"
    echo 'int main(void) {'
    sed -n '/^ \* Use:/,/\*\//p' "$s/sine_int8.h" | sed -n 's/^ \*     \(.*\)/\1/p' | grep -v '^static'
    echo 'return (int)result; }'
} > "$s/use.c"
ok "usage example" gcc -std=c99 -Wall -Wextra -Werror -c "$s/use.c" -o "$s/use.o"
ok "README example" sh -c "sed -n '/^\`\`\`c/,/^\`\`\`/p' README.md | grep -v '^\`\`\`' > $s/readme.c && gcc -std=c99 -Wall -Wextra -Werror -I$s -c $s/readme.c -o $s/readme.o"

# Two models in one program; nothing but their own names is visible.
"$shrinc" compile examples/models/digits_int8.tflite -o "$s" > /dev/null
printf '#include "sine_int8.h"\n#include "digits_int8.h"\nstatic sine_int8 a;\nstatic digits_int8 b;\nint main(void) { return sine_int8_selftest(&a) + digits_int8_selftest(&b); }\n' > "$s/two.c"
ok "two models" sh -c "gcc -std=c99 -o $s/two $s/two.c $s/sine_int8*.c $s/digits_int8*.c && $s/two"
ok "names" sh -c "gcc -std=c99 -c $s/digits_int8.c -o $s/d.o && ! nm $s/d.o | grep -E ' [TDBRC] ' | grep -v ' digits_int8_'"

# A damaged weight is noticed by the self-test.
cp -r "$s" "$T/broken"
sed 's/\([0-9]\)3,/\14,/g' "$s/sine_int8_weights.h" > "$T/broken/sine_int8_weights.h"
printf '#include "sine_int8.h"\nstatic sine_int8 a;\nint main(void) { return sine_int8_selftest(&a); }\n' > "$T/broken/one.c"
no "damaged weight" sh -c "cd $T/broken && gcc -std=c99 -o one one.c sine_int8.c sine_int8_selftest.c && ./one"

# An image that comes row by row: warnings, self-test, the same bytes from NAME_run, C++.
r=$T/rows
"$shrinc" compile examples/models/digits_int8.tflite --input rows --optimize size -o "$r" > /dev/null
printf '#include "digits_int8.h"\nstatic digits_int8 b;\nint main(void) { return digits_int8_selftest(&b); }\n' > "$r/one.c"
for cc in "gcc -std=c99" "gcc -std=c99 -O2 -fsanitize=address,undefined -fno-sanitize-recover=all" "g++ -std=c++98 -Wno-long-long -x c++"; do
    ok "rows: $cc" sh -c "$cc -Wall -Wextra -Werror -o $r/one $r/one.c $r/digits_int8.c $r/digits_int8_selftest.c && $r/one"
done
cat > "$r/push.c" <<'END'
#include "digits_int8.h"
static digits_int8 a;
static digits_int8 b;
int main(void)
{
    int8_t x[DIGITS_INT8_INPUT_SIZE], y[DIGITS_INT8_OUTPUT_SIZE];
    int wrong = 0;
    for (int i = 0; i < DIGITS_INT8_INPUT_SIZE; i++) {
        x[i] = (int8_t)(i * 37);
    }
    digits_int8_reset(&a);
    digits_int8_reset(&b);
    (void)digits_int8_push_row(&b, x); /* an image that is dropped */
    digits_int8_reset(&b);
    for (int i = 0; i < DIGITS_INT8_INPUT_ROWS; i++) {
        int done = digits_int8_push_row(&b, &x[i * DIGITS_INT8_INPUT_ROW_SIZE]);
        wrong |= done != (i + 1 == DIGITS_INT8_INPUT_ROWS);
    }
    digits_int8_run(&a, x, y);
    for (int i = 0; i < DIGITS_INT8_OUTPUT_SIZE; i++) {
        wrong |= y[i] != digits_int8_output(&b)[i];
    }
    return wrong;
}
END
ok "rows: pushed" sh -c "gcc -std=c99 -Wall -Wextra -Werror -o $r/push $r/push.c $r/digits_int8.c && $r/push"

# A window that slides step by step gives, at each step, what the whole window gives; the self-test; warnings.
r=$T/steps
for v in conv_2d/column_1d depthwise_conv_2d/valid_3x3 max_pool_2d/stride_1_2_valid; do
    "$shrinc" compile tests/vectors/${v}_int8.tflite --name whole -o "$r" > /dev/null
    "$shrinc" compile tests/vectors/${v}_int8.tflite --name slid --input steps --optimize size -o "$r" > /dev/null
    cat > "$r/slide.c" <<'END'
#include "whole.h"
#include "slid.h"
static whole a;
static slid b;
int main(void)
{
    static int8_t x[SLID_INPUT_STEP_SIZE * 300];
    static int8_t y[WHOLE_OUTPUT_SIZE];
    int wrong = slid_selftest(&b) != 0;
    slid_reset(&b);
    for (int i = 0; i < (int)sizeof x; i++) {
        x[i] = (int8_t)((i * 7919) ^ (i >> 3));
    }
    for (int t = 0; t < 300; t++) {
        int full = slid_push_step(&b, &x[t * SLID_INPUT_STEP_SIZE]);
        wrong |= full != (t >= SLID_INPUT_STEPS - 1);
        if (full) {
            whole_run(&a, &x[(t - SLID_INPUT_STEPS + 1) * SLID_INPUT_STEP_SIZE], y);
            wrong |= memcmp(y, slid_output(&b), sizeof y) != 0;
        }
    }
    return wrong;
}
END
    ok "steps: $v" sh -c "gcc -std=c99 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -o $r/slide $r/slide.c $r/whole.c $r/slid.c $r/slid_selftest.c && $r/slide"
done

# Weights in flash on AVR; a section of the user's on Arm.
if has avr-gcc; then
    ok "PROGMEM" sh -c "avr-gcc -mmcu=atmega2560 -std=c99 -Os -c $s/sine_int8.c -o $s/avr.o && avr-objdump -t $s/avr.o | grep -q 'progmem.*packed'"
fi
if has arm-none-eabi-gcc; then
    ok "sections" sh -c "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -std=c99 -Os '-DSINE_INT8_WEIGHTS_ATTR=__attribute__((section(\".qspi\")))' '-DSINE_INT8_CODE_ATTR=__attribute__((section(\".itcm\")))' -c $s/sine_int8.c -o $s/arm.o && arm-none-eabi-objdump -h $s/arm.o | grep -q qspi && arm-none-eabi-objdump -h $s/arm.o | grep -q itcm"
fi

# The same bytes every time, anywhere, in any locale.
"$shrinc" compile examples/models/digits_int8.tflite -o "$T/one" > /dev/null
(cd "$T" && cp ../../../examples/models/digits_int8.tflite . 2> /dev/null || cp "$OLDPWD/examples/models/digits_int8.tflite" .)
(cd "$T" && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$shrinc" compile ./digits_int8.tflite -o two > /dev/null)
ok "deterministic" diff -r "$T/one" "$T/two"

if localedef -i de_DE -f UTF-8 "$T/de_DE.UTF-8" > /dev/null 2>&1; then
    "$tool" cover "$T/plain" examples/models/*.tflite > /dev/null 2>&1
    LOCPATH=$(pwd)/$T LC_ALL=de_DE.UTF-8 "$tool" cover "$T/comma" examples/models/*.tflite > /dev/null 2>&1
    ok "decimal commas" diff -r "$T/plain" "$T/comma"
else
    echo "SKIPPED: a locale with decimal commas, no localedef sources"
fi

# The trace hook sees each layer once, with its bytes.
printf '#include "sine_int8.h"\n#include <stdio.h>\nvoid seen(int layer, const void *data, uint32_t bytes);\nvoid seen(int layer, const void *data, uint32_t bytes) { (void)data; printf("%%d %%u\\n", layer, (unsigned)bytes); }\nstatic sine_int8 m;\nint main(void) { sine_int8_invoke(&m); return 0; }\n' > "$s/trace.c"
ok "trace" sh -c "gcc $strict -DSINE_INT8_TRACE=seen -o $s/trace $s/trace.c $s/sine_int8.c && test \"\$($s/trace | tr '\\n' ';')\" = '1 16;2 16;3 1;'"

# Budgets.
no "ram budget" "$shrinc" compile examples/models/digits_int8.tflite -o "$T/small" --ram 100
ok "no file after a refusal" sh -c "! ls $T/small/*.c"
ok "budget in the header" sh -c "$shrinc compile examples/models/sine_int8.tflite -o $T/fits --ram 32 && gcc -std=c99 -c $T/fits/sine_int8.c -o $T/fits/x.o"
no "budget broken later" sh -c "sed 's/s8\[32\]/s8[4000]/' $T/fits/sine_int8.h > $T/fits/y.h && cp $T/fits/y.h $T/fits/sine_int8.h && gcc -std=c99 -c $T/fits/sine_int8.c -o $T/fits/x.o"

# Golden text: the reviewer reads the difference.
for f in sine_int8.h sine_int8.c sine_int8_weights.h sine_int8_kernels.h sine_int8_selftest.c sine_int8_report.txt \
    sine_int8_report.json digits_int8.h digits_int8.c digits_int8_kernels.h digits_int8_report.txt; do
    [ "${WRITE:-0}" = 1 ] && mkdir -p tests/emit/golden && cp "$s/$f" "tests/emit/golden/$f"
    ok "golden:$f" diff -u "tests/emit/golden/$f" "$s/$f"
done

# MISRA C:2012 by cppcheck's addon: only the rules listed in rt/MISRA.md.
if has cppcheck; then
    for f in "$s/sine_int8.c" "$s/sine_int8_selftest.c" "$s/digits_int8.c" "$T/hostile/hostile.c" "$T/plain/0/net.c"; do
        [ -f "$f" ] && cppcheck --addon=misra --std=c99 --quiet "$f" 2>> "$T/misra.log"
    done
    for f in rt/*.c; do
        echo "#include \"$(pwd)/$f\""
    done > "$T/kernels.c"
    # Loops for x86-64 are left out of what microcontrollers get.
    cppcheck --addon=misra --std=c99 --quiet -Irt -U__AVX2__ -DSHRINC_SINGLE_ROUNDING=0 "$T/kernels.c" 2>> "$T/misra.log"
    # Advisory rules are not counted.
    grep -oE 'misra-c2012-[0-9]+\.[0-9]+' "$T/misra.log" | sed 's/misra-c2012-//' | sort -u |
        grep -v -x -E '2\.5|5\.9|8\.9|12\.1|15\.5|17\.8|18\.4|19\.2|20\.10?' > "$T/misra.rules"
    grep -oE '^\| *[0-9]+\.[0-9]+' rt/MISRA.md | tr -d '| ' | sort -u > "$T/misra.allowed"
    ok "MISRA ran" grep -q misra-c2012 "$T/misra.log"
    ok "MISRA deviations listed" sh -c "! grep -v -x -F -f $T/misra.allowed $T/misra.rules"
    ok "at most 10 deviations" test "$(wc -l < "$T/misra.allowed")" -le 10
else
    echo "SKIPPED: MISRA check, no cppcheck"
fi
finish
