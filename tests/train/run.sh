#!/bin/sh
# shrinc train as users call it: recipes, sentences, JSON, the log, Ctrl-C, and what comes after it.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=train
. tests/lib.sh
trains() { # id, exit code, text, arguments of train
    id=$1 code=$2 text=$3
    shift 3
    want "$id" "$code" "$text" "$shrinc" train "$@"
}
awk 'BEGIN { srand(1); print "x,y"; for (i = 0; i < 500; i++) { x = 6.283 * rand(); printf "%.5f,%.5f\n", x, sin(x) + 0.1 * (rand() + rand() - 1) } }' > "$T/sine.csv"
awk 'BEGIN { srand(2); print "a,b,kind"; for (i = 0; i < 300; i++) { a = rand(); b = rand(); printf "%.5f,%.5f,%s\n", a, b, (a > b ? "more" : "less") } }' > "$T/kinds.csv"
awk 'BEGIN { srand(2); print "a,b,y"; for (i = 0; i < 300; i++) { a = 5000 * rand(); printf "%.5f,%.5f,%.5f\n", a, -a, 7000 * a } }' > "$T/large.csv"
sine="--data $T/sine.csv --target-columns y --net"
kinds="--data $T/kinds.csv --label-column kind --net"

# It works, and says how well.
# shellcheck disable=SC2086
trains sine 0 'MAE  *0\.0' $sine 'dense 16 relu, dense 16 relu, dense 1' --normalize standard --epochs 200 -o "$T/sine.tflite" --log "$T/log.csv"
trains kinds 0 'test part  *samples' $kinds 'dense 8 relu, dense classes softmax' --epochs 40 --rate 0.02 -o "$T/kinds.tflite"
grep -q 'less  *[0-9]* .*[0-9]' "$T/out"
result "table of classes" $? "$(tail -n 5 "$T/out")"
[ "$(head -n 1 "$T/log.csv")" = "epoch,rate,loss,mae,val_loss,val_mae" ] && [ "$(wc -l < "$T/log.csv")" -eq 201 ]
result "log" $? "$(head -n 2 "$T/log.csv")"
"$shrinc" dump "$T/kinds.tflite" > "$T/out" 2>&1 && grep -q '^label.*less' "$T/out"
result "labels in the file" $? "$(head -n 3 "$T/out")"
"$shrinc" compile "$T/sine.tflite" -o "$T/c" > "$T/out" 2>&1
result "compiles" $? "$(head -n 3 "$T/out")"
trains "trains further" 0 'MAE  *0\.0' --data "$T/sine.csv" --target-columns y --model "$T/sine.tflite" --epochs 5 -o "$T/more.tflite"
trains "normalised twice" 2 'the model brings its normalisation' --data "$T/sine.csv" --target-columns y --normalize standard --model "$T/sine.tflite" -o "$T/x"
trains "autoencoder" 0 'MAE' --data "$T/sine.csv" --target-columns x --net 'autoencoder(8, 1)' --epochs 5 --normalize standard -o "$T/auto.tflite"
trains "layers explained" 0 'separable N K' --net help
trains "what comes next" 0 "next: shrinc quantize $T/n.tflite -o OUT" $sine 'dense 1' --epochs 1 -o "$T/n.tflite"
trains "what comes next after int8" 0 "next: shrinc compile $T/n.tflite -o DIR" $sine 'dense 1' --epochs 2 --qat int8 -o "$T/n.tflite"
trains "whose columns" 0 'int8, and classes below: the written file' $kinds 'dense classes softmax' --epochs 2 --qat int8 -o "$T/n.tflite"
trains "plain progress" 0 '^epoch 3/3  loss' $sine 'dense 1' --epochs 3 -o "$T/x.tflite"
trains "early stop" 0 'ended early, kept epoch' $kinds 'dense 8 relu, dense classes' --epochs 500 --rate 0.3 --early-stop 3 -o "$T/x.tflite"

# Rounding of another width in each layer.
# shellcheck disable=SC2086
trains "a mixture" 0 'int8  *' $kinds 'dense 16 relu, dense 16 relu, dense classes softmax' --epochs 20 --rate 0.02 --qat int8 --widths dense_1=4,dense_2=ternary -o "$T/mix.tflite"
"$shrinc" dump "$T/mix.tflite" > "$T/out" 2>&1
grep -q 'dense_1/weights s4' "$T/out" && grep -q 'dense_2/weights s2' "$T/out" && grep -q 'dense_3/weights s8' "$T/out"
result "its widths" $? "$(grep weights "$T/out" | head -n 3)"
trains "the mixture of a model" 0 'classes below: the written file' $kinds 'dense 16 relu, dense 16 relu, dense classes softmax' --epochs 2 --qat int8 --widths "$T/mix.tflite" -o "$T/x.tflite"
trains "no such layer" 2 "no layer 'dense_7'" $kinds 'dense 8 relu, dense classes softmax' --epochs 1 --qat int8 --widths dense_7=4 -o "$T/x"
trains "widths without rounding" 2 'they need --qat' $kinds 'dense classes softmax' --epochs 1 --widths dense_1=4 -o "$T/x"

# A teacher is learnt from, not only labels: those of this file are all wrong.
sed 's/more/x/; s/less/more/; s/,x$/,less/' "$T/kinds.csv" > "$T/wrong.csv"
# shellcheck disable=SC2086
trains "a teacher" 0 'test part' $kinds 'dense 16 relu, dense classes softmax' --epochs 60 --rate 0.02 -o "$T/teacher.tflite"
trains "a pupil" 0 'test part' --data "$T/wrong.csv" --label-column kind --net 'dense 8 relu, dense classes softmax' --epochs 60 --rate 0.02 --teacher "$T/teacher.tflite" --distill 1 --temperature 2 -o "$T/pupil.tflite"
want "the pupil knows what its teacher knows" 0 'accuracy  *0\.9[0-9]' "$shrinc" eval "$T/pupil.tflite" "$T/kinds.csv" --label-column kind
# shellcheck disable=SC2086
trains "with rounding" 0 'int4, and classes below: the written file' $kinds 'dense 8 relu, dense classes softmax' --epochs 8 --rate 0.02 --qat int4 --teacher "$T/teacher.tflite" -o "$T/x.tflite"
trains "no such teacher" 3 'cannot open' $kinds 'dense classes softmax' --epochs 1 --teacher "$T/nobody.tflite" -o "$T/x"
trains "a teacher of something else" 3 "the teacher 'sine.tflite' takes" $kinds 'dense classes softmax' --epochs 1 --teacher "$T/sine.tflite" -o "$T/x"
trains "an int8 teacher" 6 "the teacher 'mix.tflite'" $kinds 'dense classes softmax' --epochs 1 --teacher "$T/mix.tflite" -o "$T/x"
trains "a teacher of numbers" 2 'the loss must be crossentropy, not mse' $sine 'dense 1' --epochs 1 --teacher "$T/sine.tflite" -o "$T/x"
trains "other normalisation" 3 'normalised in another way' $kinds 'dense classes softmax' --epochs 1 --normalize standard --teacher "$T/teacher.tflite" -o "$T/x"

# Pruned and trained further.
want "prune channels" 0 'dense_1 *8 of 16' "$shrinc" prune "$T/teacher.tflite" --keep 0.5 -o "$T/pruned.tflite"
want "the outputs stay" 0 'dense_2 *2 of 2  bound' "$shrinc" prune "$T/teacher.tflite" --keep 0.5 -o "$T/pruned.tflite"
want "fewer weights" 0 'f32\[8,2\]' "$shrinc" dump "$T/pruned.tflite"
trains "the pruned net" 0 'accuracy  *0.9[0-9]* ' --data "$T/kinds.csv" --label-column kind --model "$T/pruned.tflite" --epochs 30 --rate 0.02 -o "$T/x.tflite"
want "prune weights" 0 'zeros *32 of 64 weights' "$shrinc" prune "$T/teacher.tflite" --zeros 0.5 -o "$T/zeros.tflite"
want "says what they save" 0 'no instruction less' "$shrinc" prune "$T/teacher.tflite" --zeros 0.5 -o "$T/zeros.tflite"
zeros() { # id, how many weights of dense_1 are 0 in the last model
    "$shrinc" dump "$T/x.tflite" > "$T/out" 2>&1
    got=$(sed -n 's/^const dense_1.weights .*{\(.*\)}/\1/p' "$T/out" | tr ',' '\n' | grep -c '^ *-*0$')
    [ "$got" -eq "$2" ]
    result "$1" $? "$got instead of $2: $(grep 'dense_1.weights' "$T/out")"
}
trains "with zeros kept" 0 'test part' --data "$T/kinds.csv" --label-column kind --model "$T/zeros.tflite" --epochs 5 --keep-zeros -o "$T/x.tflite"
zeros "they are" 16
trains "without" 0 'test part' --data "$T/kinds.csv" --label-column kind --model "$T/zeros.tflite" --epochs 5 -o "$T/x.tflite"
zeros "they are not" 8 # of four units that none of the samples ever reaches
"$shrinc" prune "$T/teacher.tflite" --keep 0.5 --zeros 0.25 --json > "$T/p.json" 2> "$T/out"
want_keys prune "$T/p.json" schema weights_before weights macs_before macs zeros zeros_of zip_bytes_before zip_bytes layers channels is_bound
want "what goes" 2 'say what goes' "$shrinc" prune "$T/teacher.tflite" -o "$T/x"
want "no file" 2 'needs a file' "$shrinc" prune "$T/teacher.tflite" --keep 0.5
want "no share" 2 'give a number' "$shrinc" prune "$T/teacher.tflite" --keep 50 -o "$T/x"
want "int8 is late" 3 'prune before quantising' "$shrinc" prune examples/models/sine_int8.tflite --keep 0.5 -o "$T/x"
# shellcheck disable=SC2086
trains "one layer" 0 'test part' $kinds 'dense classes softmax' --epochs 1 -o "$T/wide.tflite"
want "nothing can go" 3 'no channel can go' "$shrinc" prune "$T/wide.tflite" --keep 0.5 -o "$T/x"

# The same by a recipe; flags go before it.
cat > "$T/sine.ini" << END
; a comment
[data]
data = $T/sine.csv
target-columns = y
normalize = standard
[net]
net = dense 16 relu
    dense 16 relu   # goes on
    dense 1
[train]
epochs = 7
[output]
out = $T/recipe.tflite
END
trains recipe 0 'epoch 200/200' --recipe "$T/sine.ini" --epochs 200
for f in sine recipe; do
    "$shrinc" dump "$T/$f.tflite" | grep -v -e '^meta' -e '^graph' > "$T/$f.dump"
done
cmp -s "$T/sine.dump" "$T/recipe.dump"
result "recipe gives the same model" $? "$(diff "$T/sine.dump" "$T/recipe.dump" | head -n 5)"
"$shrinc" dump "$T/sine.tflite" | grep -q 'meta "training".*target-columns = y.nnormalize = standard'
result "training record" $? "$("$shrinc" dump "$T/sine.tflite" | grep '^meta')"
"$shrinc" dump "$T/sine.tflite" | grep -q '^scaling input 0 offset \[3'
result "normalisation in the file" $? "$("$shrinc" dump "$T/sine.tflite" | grep '^scaling')"
recipe() { # id, exit code, text, lines
    printf '%b' "$4" > "$T/bad.ini"
    trains "$1" "$2" "$3" --recipe "$T/bad.ini"
}
recipe "recipe: unknown option" 3 "bad.ini, line 2: there is no option 'date' in \[data\]; there are data, labels" '[data]\ndate = x\n'
recipe "recipe: unknown section" 3 'line 2: there is no section \[daat\]; there are \[data\], \[net\]' '[daat]\nx = y\n'
recipe "recipe: wrong section" 3 "line 2: 'epochs' belongs into \[train\]" '[data]\nepochs = 3\n'
recipe "recipe: twice" 3 "line 3: 'epochs' stands here a second time" '[train]\nepochs = 3\nepochs = 4\n'
recipe "recipe: wrong value" 3 'line 3: epochs = many: give a whole number from 1' '[train]\n\nepochs = many\n'
recipe "recipe: wrong choice" 3 'optimizer = adma: choose one of sgd' '[train]\noptimizer = adma\n'
recipe "recipe: no value" 3 'line 2: expected' '[train]\nepochs\n'
recipe "recipe: long line" 3 'line 2: more than 197 characters' "[net]\nnet = $(printf '%0300d' 0)\n"
recipe "recipe: no text" 3 'line 1: this is not a text file' '[net]\0\n'
trains "recipe: not there" 3 'cannot open' --recipe "$T/nothing.ini"

# Sentences.
trains "no data" 2 'there are no samples: --data FILE' --net 'dense 1' -o "$T/x"
trains "no net" 2 'train needs a net' --data "$T/sine.csv" --target-columns y -o "$T/x"
trains "no file" 2 'train needs a file for the model: -o' --data "$T/sine.csv" --net 'dense 1'
trains "net and model" 2 'not both' $sine 'dense 1' --model "$T/sine.tflite" -o "$T/x"
trains "nothing to learn" 3 'says nothing to learn' --data "$T/sine.csv" --net 'dense 1' -o "$T/x"
trains "wrong net" 3 "character 10, at 'dens 1': there is no such layer" $sine 'dense 4, dens 1' -o "$T/x"
trains "wrong outputs" 3 'has 2 classes: end the net with 2 outputs' $kinds 'dense 3' -o "$T/x"
trains "wrong loss" 3 'loss = crossentropy needs an output for each class' $kinds 'dense 1' --loss crossentropy -o "$T/x"
trains "wrong split" 2 'give shares of training' $sine 'dense 1' --split 60-40 -o "$T/x"
trains "wrong class weights" 2 'give balanced, or 2 numbers' $kinds 'dense classes' --class-weights 1,2,3 -o "$T/x"
trains "wrong flag value" 2 '\-\-epochs = 0: give a whole number from 1' $sine 'dense 1' --epochs 0 -o "$T/x"
trains "model that does not fit" 3 "the model's input is \[1,1\], but a sample has 2 numbers" --data "$T/kinds.csv" --label-column kind --model "$T/sine.tflite" -o "$T/x"
trains "integer model" 6 "only float networks can be trained" --data "$T/sine.csv" --target-columns y --model examples/models/sine_int8.tflite -o "$T/x"
trains "resume without file" 2 'resume needs to know the file' $sine 'dense 1' --resume -o "$T/x"
trains "unwritable" 3 'cannot write' $sine 'dense 1' --epochs 1 -o /proc/nowhere/x
trains "unwritable log" 3 'cannot write' $sine 'dense 1' --epochs 1 -o "$T/x" --log /proc/nowhere/x
trains "divergence by the data" 3 'training diverged in epoch [0-9]*, step [0-9]*.*the inputs reach 4.*normalise' --data "$T/large.csv" --target-columns y --net 'dense 8 relu, dense 1' --optimizer sgd --epochs 9 -o "$T/x"
trains "divergence by the rate" 3 'training diverged in epoch [0-9]*.*learning rate 90 is too high' $sine 'dense 32 relu, dense 32 relu, dense 1' --optimizer sgd --rate 90 --epochs 9 -o "$T/diverged"
[ ! -e "$T/diverged" ]
result "no file after divergence" $? "there is one"

# Checkpoints.
trains "checkpoint of sine" 0 'epoch 5/5' $sine 'dense 4 relu, dense 1' --epochs 5 --checkpoint "$T/state" -o "$T/x"
trains "resume" 0 'resume after epoch 5' $sine 'dense 4 relu, dense 1' --epochs 8 --checkpoint "$T/state" --resume -o "$T/y"
trains "resume another" 3 'is of another training' $sine 'dense 5 relu, dense 1' --epochs 8 --checkpoint "$T/state" --resume -o "$T/y"
trains "resume with less" 3 'stands after epoch 8, but only 3 are wanted' $sine 'dense 4 relu, dense 1' --epochs 3 --checkpoint "$T/state" --resume -o "$T/y"
cp "$T/state" "$T/good"
printf 'x' | dd of="$T/state" bs=1 seek=400 conv=notrunc 2> /dev/null
trains "damaged checkpoint" 3 'is damaged' $sine 'dense 4 relu, dense 1' --epochs 8 --checkpoint "$T/state" --resume -o "$T/y"
head -c 500 "$T/good" > "$T/state"
trains "cut checkpoint" 3 'is damaged' $sine 'dense 4 relu, dense 1' --epochs 8 --checkpoint "$T/state" --resume -o "$T/y"
trains "no checkpoint" 3 'is not a checkpoint' $sine 'dense 4 relu, dense 1' --checkpoint "$T/sine.csv" --resume -o "$T/y"

# Ctrl-C keeps the best; killed at any moment, a training goes on to the same bytes.
"$shrinc" train --data "$T/sine.csv" --target-columns y --net 'dense 16 relu, dense 1' --epochs 100000 -o "$T/stopped.tflite" > "$T/out" 2>&1 &
pid=$!
sleep 0.5
kill -INT "$pid"
wait "$pid"
code=$?
[ "$code" -eq 130 ] && grep -q 'interrupted, kept epoch' "$T/out" && "$shrinc" info "$T/stopped.tflite" > /dev/null
result "Ctrl-C" $? "exit $code: $(tail -n 3 "$T/out")"
"$shrinc" train --data "$T/sine.csv" --target-columns y --net 'dense 16 relu, dense 1' --epochs 4000 -o "$T/whole.tflite" > "$T/out" 2>&1
"$shrinc" train --data "$T/sine.csv" --target-columns y --net 'dense 16 relu, dense 1' --epochs 4000 --checkpoint "$T/killed" -o "$T/part.tflite" > "$T/out" 2>&1 &
pid=$!
sleep 1.2
kill -KILL "$pid" 2> /dev/null
wait "$pid" 2> /dev/null
"$shrinc" train --data "$T/sine.csv" --target-columns y --net 'dense 16 relu, dense 1' --epochs 4000 --checkpoint "$T/killed" --resume -o "$T/part.tflite" > "$T/out" 2>&1
cmp -s "$T/whole.tflite" "$T/part.tflite"
result "killed and resumed" $? "$(tail -n 3 "$T/out")"

# JSON.
"$shrinc" train --data "$T/kinds.csv" --label-column kind --net 'dense 4 relu, dense classes softmax' --epochs 2 --json > "$T/out.json" 2> "$T/err"
want_keys "json key" "$T/out.json" schema parameters macs epochs_done best_epoch stopped seconds parts history train validation test \
    accuracy f1 auc classes said val_loss
[ ! -s "$T/err" ]
result "json is silent" $? "$(head -n 2 "$T/err")"
finish
