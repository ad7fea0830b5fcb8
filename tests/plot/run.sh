#!/bin/sh
# Charts: ticks, sentences, PNG sizes, and every SVG well-formed.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=plot
. tests/lib.sh
${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Werror ${CFLAGS:--O1 -g} \
    -Isrc -o "$B/tests/plot_test" tests/plot/plot_test.c "$B/libshrinc.a" $(cat "$B/gen/libs") || exit 1
count "$B/tests/plot_test" "$T"

# The verb: a training log, several files, columns of text, sentences.
printf 'epoch,loss,val_loss,rate\n1,0.5,0.6,0.1\n2,0.2,,0.1\n3,0.1,0.15,0.05\n' > "$T/log.csv"
printf 'variant;flash;accuracy\nint8;1200;97,5\n"int4; packed";700;95,0\n' > "$T/names.csv"
printf 'x,true sine\n0,0\n1,0.84\n' > "$T/sine.csv"
printf 'epoch,loss\n1,0.5\n2,much\n' > "$T/text.csv"
want "no file" 2 'needs FILE.csv' "$shrinc" plot
want "missing file" 3 'cannot open' "$shrinc" plot "$T/none.csv"
want "log in the terminal" 0 'training.*validation' "$shrinc" plot "$T/log.csv"
want "log as pictures" 0 '"charts": 1' "$shrinc" plot "$T/log.csv" --log y --svg "$T/log.svg" --png "$T/log.png" --json
want "two charts" 0 '"charts": 2' "$shrinc" plot "$T/log.csv" --y "loss,val_loss:dashed/rate:steps" --svg "$T/two.svg" --json
want "two files" 0 'loss.*true sine' "$shrinc" plot "$T/log.csv" "$T/sine.csv" --y "loss:points,true sine:grey"
want "one column of two files" 0 'log.csv loss.*text.csv loss' sh -c "sed s/much/0.1/ $T/text.csv > $T/two-text.csv; $shrinc plot $T/log.csv $T/two-text.csv --y loss"
want "names on the x axis" 0 '"charts": 1' "$shrinc" plot "$T/names.csv" --y flash:bars --png "$T/names.png" --json
want "text in a number" 3 "line 3, column 2 ('loss') holds 'much'" "$shrinc" plot "$T/text.csv"
want "text beside numbers" 3 'draw them apart' "$shrinc" plot "$T/log.csv" "$T/names.csv"
want "no column" 2 "no column 'frob'; it has epoch, loss" "$shrinc" plot "$T/log.csv" --y frob
want "no x column" 2 "no column 'frob' for the x axis" "$shrinc" plot "$T/log.csv" --x frob
want "validation of the x column" 0 '"charts": 1' sh -c "printf 'x,val_x,y\n1,2,3\n2,3,4\n' > $T/x.csv; $shrinc plot $T/x.csv --json --svg $T/x.svg"
want "one column" 3 'has 0 series' sh -c "printf 'a\n1\n2\n' > $T/one.csv; $shrinc plot $T/one.csv"
want "no such form" 2 "'pie' is no way to draw" "$shrinc" plot "$T/log.csv" --y loss:pie
want "no such axis" 2 'which axes' "$shrinc" plot "$T/log.csv" --log z
want "log of 0" 3 'logarithmic y axis' "$shrinc" plot "$T/sine.csv" --log y
want "wrong ending" 2 'ending .svg' "$shrinc" plot "$T/log.csv" --svg "$T/log.png"
want "unwritable" 3 'cannot write' "$shrinc" plot "$T/log.csv" --svg /proc/x.svg

mkdir -p "$T/peers"
want "charts of the benchmark" 0 '^3$' sh -c "B=$B sh bench/chart.sh $T/peers && ls $T/peers/*.svg | wc -l"
cp "$T"/peers/*.svg "$T/"
if has xmllint; then
    for svg in "$T"/*.svg; do
        xmllint --noout "$svg" 2> "$T/xml.log" && grep -q '<svg' "$svg"
        result "$(basename "$svg")" $? "$(head -n 1 "$T/xml.log")"
    done
else
    echo "SKIPPED plot: xmllint is not installed, the SVG files were not parsed"
fi
finish
