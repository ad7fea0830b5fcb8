#!/bin/sh
# Training speed beside Keras/TensorFlow and PyTorch on the same machine in the same run, into bench/train.csv.
# Usage: bench/train.sh [TASK[:EPOCHS]...], tasks sine mlp cnn resnet8. PYTHON: an interpreter with keras and tensorflow; TORCH: one with torch
# (each left out where it is not given). FASHION: the folder of Debian's dataset-fashion-mnist.
# The seconds are those of the training loop alone; importing the packages is a column of its own.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
F=${FASHION:-/usr/share/datasets/fashion-mnist}
T=$B/bench
mkdir -p "$T"
[ $# -gt 0 ] || set -- sine mlp cnn resnet8
make -s B="$B"
if [ -z "${PYTHON-}${TORCH-}" ]; then
    echo "bench: name an interpreter: PYTHON=.../python (keras, tensorflow), TORCH=.../python (torch)" >&2
    exit 3
fi
"${PYTHON:-$TORCH}" - "$T" "$F" << 'END'
import gzip
import sys

import numpy as np

out, fashion = sys.argv[1:]
rng = np.random.default_rng(1)
x = rng.uniform(0, 2 * np.pi, 600).astype("float32")
np.savez(out + "/sine.npz", x=x[:, None], y=(np.sin(x) + 0.1 * rng.normal(size=600)).astype("float32")[:, None])
np.savetxt(out + "/sine.csv", np.stack([x, np.load(out + "/sine.npz")["y"][:, 0]], 1), fmt="%.8g", delimiter=",", header="x,y",
           comments="")
images = np.frombuffer(gzip.open(fashion + "/train-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
labels = np.frombuffer(gzip.open(fashion + "/train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
for task in ("mlp", "cnn"):
    np.savez(f"{out}/{task}.npz", x=images.astype("float32") / 255, y=labels)
y = rng.integers(0, 10, 50000).astype("uint8")
x = (rng.normal(size=(50000, 32, 32, 3)) + 0.1 * y[:, None, None, None]).astype("float32")
np.savez(out + "/resnet8.npz", x=x, y=y)
END
cores=$(nproc)
new=$T/train.csv
echo "# $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $cores cores; batch 64, Adam; sine: 600 samples; mlp, cnn: 60,000 of Fashion-MNIST; resnet8: 50,000 made images of 32x32x3; load average $(cut -d\  -f 1 /proc/loadavg) before" > "$new"
echo "task,program,epochs,seconds,seconds_per_epoch,import_seconds,worth" >> "$new"
for task in "$@"; do
    fewer=${task#*:}
    task=${task%%:*}
    case $task in
    sine) data="--data $T/sine.csv --target-columns y"; epochs=500; net='dense 16 relu, dense 16 relu, dense 1' ;;
    mlp) data="--data $T/mlp.npz"; epochs=20; net='dense 64 relu, dense classes softmax' ;;
    cnn) data="--data $T/cnn.npz"; epochs=15; net='conv 32 3 valid relu, conv 32 3 valid relu, maxpool, dense 128 relu, dense classes softmax' ;;
    resnet8) data="--data $T/resnet8.npz"; epochs=1; net=resnet8 ;;
    *) echo "bench: there is no task '$task'" >&2; exit 2 ;;
    esac
    [ "$fewer" = "$task" ] || epochs=$fewer
    echo "bench: $task, $epochs epochs" >&2
    # shellcheck disable=SC2086
    "$B/shrinc" train $data --net "$net" --epochs "$epochs" --batch 64 --split 100 --json > "$T/$task.json"
    seconds=$(sed -n 's/.*"seconds": \([0-9.e-]*\).*/\1/p' "$T/$task.json")
    worth=$(sed -n 's/.*"metric": \([0-9.e-]*\).*/\1/p' "$T/$task.json" | tail -n 1)
    awk -v t="$task" -v n="$epochs" -v s="$seconds" -v w="$worth" \
        'BEGIN { printf "%s,shrinc,%d,%.3f,%.4f,0.0,%.4f\n", t, n, s, s / n, w }' | tee -a "$new"
    [ -z "${PYTHON-}" ] || "$PYTHON" bench/train_peers.py keras "$task" "$T/$task.npz" "$epochs" 2> "$T/err" | tail -n 1 | tee -a "$new"
    [ -z "${TORCH-}" ] || OMP_WAIT_POLICY=PASSIVE "$TORCH" bench/train_peers.py torch "$task" "$T/$task.npz" "$epochs" 2> "$T/err" | tail -n 1 | tee -a "$new"
done
cp "$new" bench/train.csv
