#!/bin/sh
# The command line: exit codes, sentences, JSON keys, file formats, and a broken kernel that verify must notice.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=cli
. tests/lib.sh
m=examples/models/sine_int8.tflite
want help 0 'usage: shrinc' "$shrinc" --help
want "help of help" 0 'usage: shrinc' "$shrinc" help --help
want "seed below 0" 2 'whole number from 0' "$shrinc" synth sine --seed -9223372036854775807k
want version 0 '^shrinc [0-9]' "$shrinc" --version
want "no command" 2 'usage' "$shrinc"
want "wrong command" 2 "no command 'frob'" "$shrinc" frob
want "wrong flag" 2 'no flag' "$shrinc" info "$m" --frob
want "no value" 2 'needs a value' "$shrinc" compile "$m" -o
want "no model" 2 'needs MODEL' "$shrinc" info
want "two models" 2 'one word too many' "$shrinc" info "$m" "$m"
want "no file" 3 'cannot open' "$shrinc" info "$T/nothing.tflite"
want "not a model" 3 'not a .tflite file' "$shrinc" info README.md
want "a folder" 3 'not a regular file' "$shrinc" info tests
want "bad name" 2 'C identifier' "$shrinc" compile "$m" -o "$T/x" --name 9lives
want "bad mode" 2 'choose one of' "$shrinc" compile "$m" -o "$T/x" --optimize fast
want "budget" 4 'budget\|bytes' "$shrinc" compile "$m" -o "$T/x" --ram 8
want "budget: smallest" 4 'no plan fits: the smallest ones take 32 bytes' "$shrinc" compile "$m" -o "$T/x" --ram 8
want "budget: nearest" 4 'nearest plan that fits is --optimize=size' "$shrinc" compile "$m" -o "$T/x" --flash 700 --optimize speed
want "budget: none for the mode" 0 'flash ' "$shrinc" compile "$m" -o "$T/x" --flash 700 --optimize size
want "budget on a chip" 4 'nearest plan that fits is --optimize=size' "$shrinc" compile "$m" -o "$T/x" --flash 700 --target cortex-m0
want "explain" 0 'B each' "$shrinc" compile "$m" --explain
want "explain: layers" 0 'covers [0-9]* B of its input' "$shrinc" compile examples/models/digits_int8.tflite --explain --target host
want "explain without an emulator" 0 'are not known' "$shrinc" compile "$m" --explain --target host
"$shrinc" compile "$m" --explain --json > "$T/e.json"
want_keys "explain key" "$T/e.json" explain modes bytes_per_saved_instruction code_bytes instructions segments counted_on budgets without_overlap_bytes whole_tensors_bytes shared_bytes ring_rows
for f in tests/quantize/net_int8 tests/vectors/conv_2d/column_1d_int8 tests/vectors/conv_2d/dilation_1_3_same_float32 examples/models/digits_int8; do
    want "rows: $f" 0 'all outputs equal' "$shrinc" verify $f.tflite --input rows --on host,cortex-m0,cortex-m4
done
want "steps" 0 'all outputs equal' "$shrinc" verify tests/vectors/conv_2d/column_1d_int8.tflite --input steps --on host,cortex-m0,riscv32
want "rows of a signal" 0 'all outputs equal' "$shrinc" verify tests/vectors/conv_2d/row_1d_int8.tflite --input rows --on host --expect tests/vectors/conv_2d/row_1d_int8.out.bin --inputs tests/vectors/conv_2d/row_1d_int8.in.bin
want "steps with padding" 6 'cannot slide' "$shrinc" compile tests/vectors/conv_2d/dilation_1_3_same_float32.tflite --input steps -o "$T/x"
want "rows of a batch" 6 'cannot come row by row' "$shrinc" compile tests/vectors/conv_2d/batch_3_int8.tflite --input rows -o "$T/x"
want "rows of no image" 6 'cannot come row by row' "$shrinc" compile "$m" --input rows -o "$T/x"
want "rows: nearest" 4 'fits is --optimize=.* --input=rows' "$shrinc" compile tests/vectors/conv_2d/channels_33_int8.tflite -o "$T/x" --ram 1180
want "input of no such form" 2 'choose one of' "$shrinc" compile "$m" --input columns -o "$T/x"
# What --target knows of the core reaches the choice of kernels.
want "kernels of a 32-bit core" 0 'fully_connected_packed_s8' sh -c "$shrinc compile $m --target cortex-m4 --json -o $T/t32 && cat $T/t32/*.c"
want "kernels of an 8-bit core" 0 'shrinc_fully_connected_s8(' sh -c "$shrinc compile $m --target avr -o $T/t8 && ! grep packed $T/t8/*.c && cat $T/t8/*.c"
want "verify for a target" 0 'all outputs equal' "$shrinc" verify examples/models/digits_int8.tflite --target avr --on avr,host --optimize speed --vectors 2
want "no target" 2 'no target' "$shrinc" verify "$m" --on cortex-m99
want "unwritable" 3 'cannot' "$shrinc" compile "$m" -o /proc/nowhere
want "missing tool" 7 'apt' env PATH=/nonexistent "$shrinc" verify "$m" --on cortex-m4
want "unsupported" 6 'supported: f32, s8' "$shrinc" info tests/vectors/exp/basic_int16.tflite
want "man page" 0 '^.TH SHRINC' "$shrinc" help --man
want completion 0 'complete -o' "$shrinc" help --completion
want "dump" 0 'fully_connected' "$shrinc" dump "$m" --after=plan_memory
want "passes" 0 'plan_memory' "$shrinc" dump "$m" --after=list
want "header's name" 0 'string_model.h' sh -c "cp $m $T/string.tflite; $shrinc compile $T/string.tflite -o $T/s"
want "name that hides a header" 2 'C identifier' "$shrinc" compile "$m" -o "$T/x" --name math
broken=$(printf "$T/b\\377d.tflite")
cp "$m" "$broken"
want "file name that is no text" 0 '"b?d.tflite"' "$shrinc" info "$broken" --json
want "missing file that is no text" 3 '"exit_code": 3' "$shrinc" info "$broken.x" --json
want "wrong pass" 2 'no pass' "$shrinc" dump "$m" --after=frob
for c in info compile dump "verify --on host"; do
    # shellcheck disable=SC2086
    want "json $c" 0 '"schema"' "$shrinc" ${c%% *} "$m" ${c#"${c%% *}"} --json
done
"$shrinc" compile "$m" --json > "$T/c.json"
want_keys "compile key" "$T/c.json" sha256 macs macs_live arena_bytes io_bytes state_bytes lower_bound_bytes greedy_bytes weights_bytes layers offset_bytes output_bytes files
"$shrinc" verify "$m" --on host --json > "$T/v.json"
want_keys "verify key" "$T/v.json" target vectors equal instructions cycles flags stack_bytes text_bytes rodata_bytes data_bytes bss_bytes

# synth: data made to try things out.
want "synth" 0 '^x,y$' "$shrinc" synth sine --count 3
want "synth seed" 0 same sh -c "$shrinc synth sine --seed 7 > $T/s1; $shrinc synth sine --seed 7 -o $T/s2; cmp $T/s1 $T/s2 && echo same"
want "synth wrong" 2 "no 'cosine' to make" "$shrinc" synth cosine
want "synth count" 2 'whole number' "$shrinc" synth sine --count 0
want "synth json" 0 '"samples": 20' "$shrinc" synth wave --count 20 -o "$T/w.csv" --json
want "synth json to stdout" 2 'needs --out' "$shrinc" synth sine --json

want "synth machine" 0 'bearing$' "$shrinc" synth machine --count 2000 --faults "bearing 1s 2s"
want "synth machine wrong" 2 'give KIND START END' "$shrinc" synth machine --faults "rust 1s 2s"

# data: what there is to learn from.
"$shrinc" synth sine --count 200 -o "$T/sine.csv"
"$shrinc" synth blobs --count 300 -o "$T/blobs.csv"
want "data" 0 'split by count, seed 1: 160 training, 20 validation, 20 test' "$shrinc" data "$T/sine.csv" --target-columns y
want "data classes" 0 '^  left  *[0-9]* ' "$shrinc" data "$T/blobs.csv"
want "data normalised" 0 '^  x  *-1[.][0-9]* ' "$shrinc" data "$T/sine.csv" --target-columns y --normalize standard
want "data itself" 0 'the input itself' "$shrinc" data "$T/sine.csv" --target-columns x
want "data nothing to predict" 0 'to predict: nothing' "$shrinc" data "$T/sine.csv"
want "data constant" 0 "'b' never changes" sh -c "printf 'a,b\n1,5\n2,5\n3,5\n4,5\n5,5\n' > $T/c.csv; $shrinc data $T/c.csv --split 60/20/20"
want "data bad" 3 "line 3, column 1 ('a') holds 'x'" sh -c "printf 'a,b\n1,5\nx,5\n' > $T/c.csv; $shrinc data $T/c.csv"
want "data no file" 2 'there are no samples' "$shrinc" data
want "data no column" 3 "no column 'z'; it has 2 columns: x, y" "$shrinc" data "$T/sine.csv" --target-columns z
want "data recipe" 0 '120 training, 40 validation, 40 test' sh -c "printf '[data]\ndata = $T/sine.csv\nsplit = 60/20/20\n' > $T/r.ini; $shrinc data --recipe $T/r.ini"
"$shrinc" data "$T/blobs.csv" --json > "$T/d.json"
want_keys "data key" "$T/d.json" schema format samples shape targets split normalization by seed train validation test columns_are columns min mean max deviation constant classes warnings

# eval: what compare says of the same samples; the same with any number of threads and any kernels.
"$shrinc" train --data "$T/blobs.csv" --label-column class --net "dense 8 relu, dense classes softmax" --qat int8 --epochs 4 \
    --split 60/20/20 -o "$T/blobs.tflite" > "$T/out" 2>&1
"$shrinc" eval "$T/blobs.tflite" "$T/blobs.csv" --label-column class --json > "$T/e.json"
want_keys "eval key" "$T/e.json" schema model data samples outputs_are threads kernels seconds cpu_seconds microseconds_per_sample \
    accuracy top_k_accuracy top_k precision recall f1 auc classes said
"$shrinc" compare "$T/blobs.tflite" --data "$T/blobs.csv" --label-column class --on none --json > "$T/c.json"
want "eval as compare" 0 same sh -c "a=\$(jq '.metrics.accuracy * 10000 | round' $T/e.json); b=\$(jq '.variants[0].metrics.accuracy * 100 | round' $T/c.json); [ \$a = \$b ] && echo same || echo \$a \$b"
for set in "portable 1" "portable 3" "avx2 1" "avx2 5"; do
    grep -q "^portable" <<WORDS || grep -q -w avx2 /proc/cpuinfo || continue
$set
WORDS
    want "eval the same: $set" 0 same sh -c "SHRINC_KERNELS=${set% *} $shrinc eval $T/blobs.tflite $T/blobs.csv --label-column class --threads ${set#* } --json | jq .metrics > $T/e2.json && jq .metrics $T/e.json | cmp - $T/e2.json && echo same"
done
want "eval classes" 0 'said to be' "$shrinc" eval "$T/blobs.tflite" "$T/blobs.csv" --label-column class
want "eval test part" 0 'on 60 samples' "$shrinc" eval "$T/blobs.tflite" "$T/blobs.csv" --label-column class --split 60/20/20
want "eval numbers" 0 'MAE ' "$shrinc" eval "$m" "$T/sine.csv" --target-columns y
want "eval nothing wanted" 3 'says nothing of what the outputs should be' sh -c "printf '1\n2\n3\n' > $T/one.csv; $shrinc eval $m $T/one.csv"
want "eval no data" 2 'eval needs samples' "$shrinc" eval "$m"
want "eval named twice" 2 'samples are named twice' "$shrinc" eval "$m" "$T/sine.csv" --data "$T/blobs.csv"
# Classes that are numbers name the outputs of a model without labels; some may be missing.
awk 'BEGIN { for (k = 0; k < 64; k++) printf "p%d,", k; print "label"
    for (i = 0; i < 8; i++) { for (k = 0; k < 64; k++) printf "%.3f,", (i * 7 + k * 5) % 11 / 11; print i % 2 ? 5 : 2 } }' > "$T/some.csv"
want "eval some classes" 0 '^    9 9   *0 ' "$shrinc" eval examples/models/digits_int8.tflite "$T/some.csv" --label-column label
want "kernels unknown" 2 'not one that this CPU can run' env SHRINC_KERNELS=mmx "$shrinc" run "$m" --input "$T/in.csv"

# array: the very bytes, aligned, in a header and in a source file, in C and C++.
want "array" 0 'sine_int8\[' "$shrinc" array "$m" -o "$T/array.h"
want "array to stdout" 0 'static const unsigned char g_model' "$shrinc" array "$m" --name g_model
want "array source" 0 'array.c' "$shrinc" array "$m" -o "$T/array.c" --name model_data
want "array json" 0 '"sha256"' "$shrinc" array "$m" -o "$T/array.h" --json
want "array of no model" 3 'not a .tflite' "$shrinc" array README.md
want "array with a bad name" 2 'C identifier' "$shrinc" array "$m" -n 9
cat > "$T/array_main.c" <<'END'
#include "array.h"
#include "array.h"
#include <stdint.h>
#include <stdio.h>
#ifdef __cplusplus
extern "C"
#else
extern
#endif
const unsigned char model_data[];
int main(void)
{
    fwrite(sine_int8, 1, sine_int8_len, stdout);
    fwrite(model_data, 1, sine_int8_len, stdout);
    return ((uintptr_t)sine_int8 % 16) != 0 || ((uintptr_t)model_data % 16) != 0;
}
END
cat "$m" "$m" > "$T/array.bin"
for cc in "gcc -std=c99" "gcc -std=c11" "g++ -std=c++98 -x c++" "g++ -std=c++17 -x c++"; do
    want "array with $cc" 0 same sh -c "$cc -Wall -Wextra -Werror -o $T/array_run $T/array_main.c $T/array.c && $T/array_run > $T/array.out && cmp $T/array.out $T/array.bin && echo same"
done

# Hybrid layers and float16 weights: the emitted C gives LiteRT's answers on every kind of core.
for v in conv_2d/hybrid_each_same depthwise_conv_2d/hybrid_multiplier fully_connected/hybrid_asymmetric_batch \
    fully_connected/hybrid_symmetric_scales dequantize/float16_weights; do
    v=tests/vectors/${v}_float32
    want "verify $v" 0 'all outputs equal' "$shrinc" verify $v.tflite --on host,cortex-m0,cortex-m4,riscv32 --inputs $v.in.bin --expect $v.out.bin
done
want "info of a hybrid model" 0 'float32 with int8 weights' "$shrinc" info tests/vectors/conv_2d/hybrid_each_same_float32.tflite

# run: three formats, the same answers.
printf '1\n-128\n127\n' > "$T/in.csv"
printf '\001\200\177' > "$T/in.bin"
want "run csv" 0 . "$shrinc" run "$m" --input "$T/in.csv" --output "$T/a.bin" --json
want "run bin" 0 . "$shrinc" run "$m" --input "$T/in.bin" --output "$T/b.bin" --json
want "run npy out" 0 . "$shrinc" run "$m" --input "$T/in.bin" --output "$T/c.npy" --json
"$shrinc" run "$m" --input "$T/in.csv" --output "$T/a.bin"
want "formats agree" 0 same sh -c "cmp $T/a.bin $T/b.bin && echo same"
want "npy in" 3 'elements\|dtype' "$shrinc" run examples/models/digits_int8.tflite --input "$T/c.npy"
want "ragged csv" 3 'line 1' sh -c "printf '1,2\n' > $T/r.csv; $shrinc run $m --input $T/r.csv"
want "csv words" 3 'line 2' sh -c "printf '1\nx\n' > $T/w.csv; $shrinc run $m --input $T/w.csv"
want "odd bin" 3 'bytes' sh -c "printf 'abc' > $T/o.bin; $shrinc run examples/models/digits_int8.tflite --input $T/o.bin"
want "not npy" 3 'not a .npy' sh -c "printf 'abc' > $T/n.npy; $shrinc run $m --input $T/n.npy"
want "ending" 3 'ending' "$shrinc" run "$m" --input README.md

printf '0\n1.5707963\n' > "$T/real.csv"
want "verify keeps outputs" 0 '^0.055' sh -c "$shrinc verify $m --on host --inputs $T/real.csv --real --output $T/y.csv && cat $T/y.csv"

# A golden file with one byte changed, and kernels with one detail changed, must be noticed.
cp examples/models/sine_int8.out.bin "$T/want.bin"
printf '\055' | dd of="$T/want.bin" bs=1 seek=5 conv=notrunc 2> /dev/null
want "golden differs" 5 'vector 5' "$shrinc" verify "$m" --on host --inputs examples/models/sine_int8.in.bin --expect "$T/want.bin"
mkdir -p "$T/broken"
cp -r rt targets "$T/broken/"
sed -i 's/shrinc_fully_connected_row(&g, p->out_count);/& y[0] = (int8_t)(y[0] ^ 1);/' "$T/broken/rt/shrinc_fully_connected_packed_s8.c"
(cd "$T/broken" && sh "$OLDPWD/tools/gen_files.sh" $(find rt targets -type f | sort) > files.c)
if gcc -std=c11 -Isrc -c -o "$T/broken/files.o" "$T/broken/files.c" &&
    gcc -o "$T/broken/shrinc" "$B"/src/cli/*.o "$T/broken/files.o" "$B/libshrinc.a" $(cat "$B/gen/libs"); then
    want "broken kernel" 5 'layer 1 .*channel' "$T/broken/shrinc" verify "$m" --on host
else
    bad "broken kernel" "could not be built"
fi
finish
